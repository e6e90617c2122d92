"""An import from its first look to its undoing; each chunk of rows is one commit, so that any worker may die."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from console.sheets import read
from wechat.steps import actors, waking
from wechat.steps.leases import free, lease

from .. import content
from ..models import SPU, Batch, BatchChange, BatchRow
from . import drafts, writing
from .columns import KEY, headers
from .drafts import Draft, Shelves
from .pictures import Pictures

State, Kind, Outcome = Batch.State, Batch.Kind, BatchChange.Outcome
CHUNK = 500  # products, or rows of prices, in one commit
Told = Callable[[Batch], None]


def bring(sheet: File, pictures: File | None = None, *, ring: bool = True) -> Batch:
    """Keep a sheet in the current actor's name and have it looked through. Raises ValidationError."""
    name = (sheet.name or "sheet").rsplit("/", 1)[-1]
    if not name.lower().endswith((".xlsx", ".xlsm", ".csv")):
        raise ValidationError(_("A sheet is an XLSX or a CSV file."))
    if sheet.size > read.MAX_SHEET:
        raise ValidationError(_("The sheet is larger than %(size)d MB. Split it.") % {"size": read.MAX_SHEET >> 20})
    actor = actors.current()
    batch = Batch(name=name[-200:], user=actor.user, door=actor.door)
    batch.sheet.save(name[-80:], sheet, save=False)
    if pictures:
        batch.pictures.save(pictures.name[-80:], pictures, save=False)
    batch.save()
    if ring:
        _ring(batch)
    return batch


def start(batch: Batch) -> bool:
    """Import what was found good; what was found wrong is looked at again on the way."""
    return _begin(batch, State.CHECKED, State.IMPORTING)


def undo(batch: Batch) -> bool:
    """Put every product back as it was before, except those changed or sent since."""
    return _begin(batch, State.IMPORTED, State.UNDOING)


def pause(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(paused=True)


def resume(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(paused=False)
    _ring(batch)


def ring_standing() -> None:
    """For imports whose bell was lost or whose worker died."""
    for batch in Batch.objects.standing().filter(free())[:20]:
        _ring(batch)


def work(batch_id: int, told: Told = lambda batch: None) -> None:
    """Work on an import until it is done or paused, unless another worker has it."""
    claimed = Batch.objects.standing().filter(free(), pk=batch_id)
    if not claimed.update(lease_until=lease(), attempts=F("attempts") + 1):
        return
    batch = Batch.objects.select_related("user").get(pk=batch_id)
    with actors.acting(batch.door, batch.user):
        try:
            _undo(batch, told) if batch.state == State.UNDOING else _go_through(batch, told)
        except ValidationError as error:
            batch.close(State.FAILED, " ".join(error.messages))
        except BaseException:
            # Its lease runs out by itself; whoever comes next goes on after the last commit.
            batch.mine().update(lease_until=None)
            raise


def _begin(batch: Batch, was: str, state: str) -> bool:
    with transaction.atomic():
        mine = Batch.objects.filter(pk=batch.pk, state=was)
        begun = mine.update(state=state, paused=False, finished_at=None, message="", lease_until=None)
        if begun and state == State.IMPORTING:
            Batch.objects.filter(pk=batch.pk).update(position=0, good=0, bad=0)
            batch.rows.all().delete()
        if begun:
            transaction.on_commit(lambda: _ring(batch))
    return bool(begun)


def _ring(batch: Batch) -> None:
    waking.wake("catalog.tasks.work_batch", batch.pk)


def _go_through(batch: Batch, told: Told) -> None:
    if not batch.kind:
        _measure(batch)
    writes = batch.state == State.IMPORTING
    with batch.sheet.open("rb") as sheet:
        pictures = Pictures(batch.pictures.open("rb") if batch.pictures else None)
        seen: dict[str, int] = {}
        rows = _after(batch.position, read.rows(sheet, batch.sheet.name, headers(), KEY), seen)
        chunks = _of_prices(rows) if batch.kind == Kind.PRICES else _of_products(rows, seen)
        for chunk in chunks:
            existing = _existing(chunk)
            for draft in chunk:
                _compare(draft, existing, batch)
            sound = [draft for draft in chunk if not draft.faults]
            _find_pictures(sound if writes else chunk, pictures, writes)
            if not _commit(batch, chunk, existing, writes):
                return
            told(batch)
    batch.close(State.IMPORTED if writes else State.CHECKED)


def _measure(batch: Batch) -> None:
    """What kind of sheet it is, and how many rows it has."""
    with batch.sheet.open("rb") as sheet:
        names = read.header_names(sheet, batch.sheet.name, headers(), KEY)
    kind = Kind.PRICES if "title" not in names and "out_sku_id" in names else Kind.PRODUCTS
    with batch.sheet.open("rb") as sheet:
        total = sum(1 for _row in read.rows(sheet, batch.sheet.name, headers(), KEY))
    if not total:
        raise ValidationError(_("The sheet has headers, but no rows."))
    batch.kind, batch.total = kind, total
    batch.mine().update(kind=kind, total=total)


def _after(position: int, rows: Iterator[read.Row], seen: dict[str, int]) -> Iterator[read.Row]:
    """The rows that are not dealt with yet; of the others the products are remembered."""
    for row in rows:
        if row[0] > position:
            yield row
        else:
            seen.setdefault(str(row[1].get("out_product_id") or ""), row[0])


def _of_products(rows: Iterator[read.Row], seen: dict[str, int]) -> Iterator[list[Draft]]:
    shelves = Shelves()
    groups = drafts.grouped(rows)
    while chunk := list(islice(groups, CHUNK)):
        made = []
        for out_product_id, lines, wrong in chunk:
            draft = drafts.parsed(out_product_id, lines, wrong, shelves)
            if out_product_id and (first := seen.get(out_product_id)):
                text = _("The rows of one product stand together; this one also stands on row %(row)d.")
                draft.fault(draft.first, "out_product_id", text % {"row": first})
            seen.setdefault(out_product_id, draft.first)
            made.append(draft)
        yield made


def _of_prices(rows: Iterator[read.Row]) -> Iterator[list[Draft]]:
    """Each row names its product and SKU; rows of one product within a chunk are taken together."""
    while chunk := list(islice(rows, CHUNK)):
        made: dict[str, Draft] = {}
        for out_product_id, lines, wrong in drafts.grouped(chunk):
            draft = drafts.parsed(out_product_id, lines, wrong, _NO_SHELVES)
            if known := made.get(out_product_id):
                known.rows += draft.rows
                known.skus += draft.skus
                known.faults |= draft.faults
            else:
                made[out_product_id] = draft
        yield list(made.values())


class _None:
    def category(self, text: str) -> None:
        return None

    brand = category


_NO_SHELVES = _None()


def _existing(chunk: list[Draft]) -> dict[str, SPU]:
    ids = [draft.out_product_id for draft in chunk]
    found = SPU.objects.filter(out_product_id__in=ids).select_related("category", "brand").with_content()
    return {spu.out_product_id: spu for spu in found}


def _compare(draft: Draft, existing: dict[str, SPU], batch: Batch) -> None:
    spu = existing.get(draft.out_product_id)
    if batch.kind == Kind.PRICES:
        known = {sku.out_sku_id for sku in spu.skus.all()} if spu else set()
        if spu is None:
            draft.fault(draft.first, "out_product_id", _("There is no product with this id."))
            return
        for sku in draft.skus:
            if sku.get("out_sku_id") not in known:
                draft.fault(sku["row"], "out_sku_id", _("The product has no SKU with this id."))
    drafts.compare(draft, spu)


def _find_pictures(chunk: list[Draft], pictures: Pictures, fetch: bool) -> None:
    names = {name for draft in chunk for name in draft.names()}
    if not names:
        return
    keys, faults = pictures.get(names) if fetch else ({}, pictures.look(names))
    for draft in chunk:
        for kind, wanted in draft.pictures.items():
            for name in wanted:
                if name in faults:
                    draft.fault(draft.first, kind, faults[name])
            draft.pictures[kind] = [keys.get(name, 0) for name in wanted]
        for sku in draft.skus:
            if name := sku.get("thumb_img"):
                if name in faults:
                    draft.fault(sku["row"], "thumb_img", faults[name])
                sku["thumb_img"] = keys.get(name)


def _commit(batch: Batch, chunk: list[Draft], existing: dict[str, SPU], writes: bool) -> bool:
    """One chunk and how far we are, together; False when paused or taken over."""
    good = [draft for draft in chunk if not draft.faults]
    bad = [draft for draft in chunk if draft.faults]
    last = max(row[0] for draft in chunk for row in draft.rows)
    with transaction.atomic():
        created, updated = writing.write(batch, good, existing) if writes else (0, 0)
        BatchRow.objects.bulk_create(
            [row for draft in bad for row in _kept_rows(batch, draft)], ignore_conflicts=True, batch_size=500
        )
        batch.position, batch.good = last, batch.good + sum(len(draft.rows) for draft in good)
        batch.bad += sum(len(draft.rows) for draft in bad)
        batch.created += created
        batch.updated += updated
        standing = (
            batch.mine()
            .filter(state=batch.state)
            .update(
                position=batch.position,
                good=batch.good,
                bad=batch.bad,
                created=batch.created,
                updated=batch.updated,
                lease_until=lease(),
            )
        )
        if not standing:
            transaction.set_rollback(True)
            return False
    if Batch.objects.filter(pk=batch.pk, paused=True).exists():
        batch.mine().update(lease_until=None)
        return False
    return True


def _kept_rows(batch: Batch, draft: Draft) -> Iterator[BatchRow]:
    wrong = min(draft.faults)
    held = {"out_product_id": [_("Held back: row %(row)d of this product is wrong.") % {"row": wrong}]}
    for number, cells in draft.rows:
        kept = {name: _json(cell) for name, cell in cells.items()}
        yield BatchRow(batch=batch, number=number, cells=kept, errors=draft.faults.get(number) or held)


def _json(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float | bool) or cell is None else str(cell)


def _undo(batch: Batch, told: Told) -> None:
    while True:
        chunk = list(batch.changes.filter(outcome="").select_related("spu").order_by("-id")[:CHUNK])
        if not chunk:
            batch.close(State.UNDONE)
            return
        with transaction.atomic():
            for change in chunk:
                change.outcome = _undo_one(change)
            BatchChange.objects.bulk_update(chunk, ["outcome"])
            if not batch.mine().filter(state=State.UNDOING).update(lease_until=lease()):
                transaction.set_rollback(True)
                return
        told(batch)
        if Batch.objects.filter(pk=batch.pk, paused=True).exists():
            batch.mine().update(lease_until=None)
            return


def _undo_one(change: BatchChange) -> str:
    spu = change.spu
    if spu is None:
        return Outcome.DELETED
    # Two changes of one chunk may concern the same product.
    spu.refresh_from_db()
    if spu.changed_at != change.changed_at:
        return Outcome.EDITED
    if change.before is None:
        if spu.is_known or spu.removed_at or content.is_being_sent(spu):
            return Outcome.SENT
        spu.delete()
        change.spu = None
        return Outcome.DELETED
    writing.restore(spu, change.before)
    return Outcome.RESTORED
