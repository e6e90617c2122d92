"""The goods of an evening: its products and SKUs in order, with the price and stock they shall have."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from catalog.models import SKU
from console.edits import trace_edit
from console.money import yuan

from ..models import LiveDay, LiveProduct, LiveState, LiveTerm, Wanted

Terms = dict[str, int | None]  # price in fen, stock


def fill(day: LiveDay) -> None:
    """Give each product of the day a place, and each of its SKUs terms; take away what left the day before it began."""
    with transaction.atomic():
        LiveDay.objects.select_for_update().get(pk=day.pk)
        wanted = list(day.products.order_by("pk").values_list("pk", flat=True))
        planned = day.goods.filter(state=LiveState.PLANNED, wanted=Wanted.NOTHING)
        planned.exclude(spu__in=wanted).delete()
        there = set(day.goods.values_list("spu", flat=True))
        last = day.goods.aggregate(last=Max("position"))["last"] or 0
        new = [pk for pk in wanted if pk not in there]
        LiveProduct.objects.bulk_create(
            [LiveProduct(day=day, spu_id=pk, position=last + nth) for nth, pk in enumerate(new, 1)]
        )
        _add_terms(day)


def is_behind(day: LiveDay) -> bool:
    """Whether `fill` would change something: the day's products or their SKUs were changed since."""
    wanted, places = day.products.values("pk"), day.goods.values("spu")
    gone = day.goods.filter(state=LiveState.PLANNED, wanted=Wanted.NOTHING).exclude(spu__in=wanted)
    terms = LiveTerm.objects.filter(product__day=day, product__spu=OuterRef("spu"))
    named = terms.filter(Q(sku=OuterRef("pk")) | Q(out_sku_id=OuterRef("out_sku_id")))
    skus = SKU.objects.filter(spu__in=wanted).exclude(Exists(named))
    return day.products.exclude(pk__in=places).exists() or gone.exists() or skus.exists()


def _add_terms(day: LiveDay) -> None:
    places = dict(day.goods.values_list("spu", "pk"))
    there = LiveTerm.objects.filter(product__day=day).exclude(sku=None).values("sku")
    skus = SKU.objects.filter(spu__in=places).exclude(pk__in=there).order_by("spu", "position", "pk")
    LiveTerm.objects.bulk_create(
        [LiveTerm(product_id=places[sku.spu_id], sku=sku, out_sku_id=sku.out_sku_id) for sku in skus],
        ignore_conflicts=True,
    )


def add(day: LiveDay, spus: Iterable[int]) -> int:
    """Add products at the end, in this order; returns how many it did not have yet."""
    with transaction.atomic():
        fill(day)
        before = set(day.products.values_list("pk", flat=True))
        new = [pk for pk in dict.fromkeys(spus) if pk not in before]
        day.products.add(*new)
        last = day.goods.aggregate(last=Max("position"))["last"] or 0
        LiveProduct.objects.bulk_create(
            [LiveProduct(day=day, spu_id=pk, position=last + nth) for nth, pk in enumerate(new, 1)],
            ignore_conflicts=True,
        )
        _add_terms(day)
    return len(new)


def remove(row: LiveProduct) -> bool:
    """Take a product out of the evening; False once something of it was set, or waits."""
    with transaction.atomic():
        gone, _rows = LiveProduct.objects.filter(pk=row.pk, state=LiveState.PLANNED, wanted=Wanted.NOTHING).delete()
        if gone:
            row.day.products.remove(row.spu_id)
    return bool(gone)


def set_order(day: LiveDay, places: dict[int, int]) -> bool:
    """Put the products in the order of these places ({key of its row: number}); equal ones stay as they stood."""
    rows = list(day.goods.in_order())
    ordered = sorted(enumerate(rows), key=lambda pair: (places.get(pair[1].pk, pair[1].position), pair[0]))
    changed = []
    for nth, (_was, row) in enumerate(ordered, 1):
        if row.position != nth:
            row.position = nth
            changed.append(row)
    LiveProduct.objects.bulk_update(changed, ["position"])
    return bool(changed)


def set_terms(day: LiveDay, wanted: dict[int, Terms]) -> int:
    """Store price and stock ({key of the term: terms}), traced; those that ended stay. Returns how many changed.

    The stock of one that runs stays too: pieces are moved instead (`presses.move`).
    """
    changes: dict[str, list[str]] = {}
    with transaction.atomic():
        rows = LiveTerm.objects.select_for_update(of=("self",)).filter(product__day=day, pk__in=wanted)
        for term in rows.select_related("product"):
            terms = dict(wanted[term.pk])
            if term.product.state == LiveState.ENDED:
                continue
            if term.hold is not None:
                terms.pop("stock", None)
            before = {name: getattr(term, name) for name in terms}
            if before == terms:
                continue
            for name, value in terms.items():
                setattr(term, name, value)
            term.save(update_fields=list(terms))
            changes |= _told(term.out_sku_id, before, terms)
        if changes:
            trace_edit(day, changes)
    return len(changes)


def _told(name: str, before: Terms, after: Terms) -> dict[str, list[str]]:
    words: dict[str, tuple[str, Any]] = {"price": (_("price"), yuan), "stock": (_("stock"), str)}
    return {
        f"{name} · {words[column][0]}": [
            "" if before[column] is None else words[column][1](before[column]),
            "" if value is None else words[column][1](value),
        ]
        for column, value in after.items()
        if before[column] != value
    }
