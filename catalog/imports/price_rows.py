"""Prices and stock of many SKUs as the API brings them: rows are checked as those of a sheet, then stored."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from ..models import SPU
from . import drafts, preview, writing
from .drafts import Draft

CHUNK = 200  # products stored in one transaction
Faults = dict[int, dict[str, list[str]]]  # {row: {column: sentences}}


def store(rows: dict[int, dict[str, Any]], faults: Faults) -> tuple[list[int], Faults]:
    """Store the rows, by their index; returns the keys of their products, and why rows were not taken.

    `faults` has those of rows that could not be read. A faulty row holds the other rows of its product back.
    """
    products, refused = list[int](), dict[int, dict[str, list[str]]]()
    for chunk in _chunks(_by_product(rows, faults)):
        with transaction.atomic():
            keys, bad = _store(chunk)
        products += keys
        refused |= bad
    return products, faults | refused


def _by_product(rows: dict[int, dict[str, Any]], faults: Faults) -> list[Draft]:
    found: dict[str, Draft] = {}
    for index, row in rows.items():
        number = str(row.get("out_product_id") or "")
        if not number and index in faults:
            continue
        draft = found.setdefault(number, Draft(number, []))
        draft.rows.append((index, row))
        for column, sentences in faults.get(index, {}).items():
            draft.fault(index, column, *sentences)
        drafts.add_sku(draft, {"row": index, **{name: row[name] for name in row if name != "out_product_id"}})
    return list(found.values())


def _chunks(found: list[Draft]) -> Iterator[list[Draft]]:
    for nth in range(0, len(found), CHUNK):
        yield found[nth : nth + CHUNK]


def _store(chunk: list[Draft]) -> tuple[list[int], Faults]:
    numbers = [draft.out_product_id for draft in chunk]
    rows = SPU.objects.filter(out_product_id__in=numbers)
    list(rows.order_by("pk").select_for_update().values_list("pk"))  # locked alone: the joins below may be empty
    existing = {spu.out_product_id: spu for spu in rows.select_related("category", "brand").with_content()}
    for draft in chunk:
        drafts.compare_prices(draft, existing.get(draft.out_product_id))
    good = [draft for draft in chunk if not draft.faults]
    changing = [draft for draft in good if not preview.changes_nothing(draft, existing[draft.out_product_id])]
    writing.write_prices(changing, existing)
    bad = {index: faults for draft in chunk if draft.faults for index, faults in draft.faults_of_rows().items()}
    return [existing[draft.out_product_id].pk for draft in good], bad
