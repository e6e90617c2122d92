"""Which days have to be counted again, and counting them.

Every change of an order or a product is in the feed (`console.feed`), whatever made it. The days of a changed order are
where it was counted last and where it belongs now.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.models import SPU
from console.feed import positions
from console.models import FeedEvent

from .counting import category_of, count_day, coupon_of, sold
from .models import DayToCount, Dimension, Figure, SalesMark, SoldOrder

log = logging.getLogger(__name__)
BATCH = 1_000  # events at once
SECONDS = 50  # of one run of the schedule
COUPON_DAYS = 2  # in which each run looks for coupons that were used; older ones are looked for each night


def refresh(seconds: float = SECONDS) -> int:
    """Count the days that changed, the newest first, for so many seconds; returns how many were counted."""
    until, began = time.monotonic() + seconds, timezone.now()
    note_changes()
    note_coupons(timezone.localdate() - timedelta(days=COUPON_DAYS))
    counted, failed = 0, set[date]()
    while time.monotonic() < until:
        row = DayToCount.objects.exclude(day__in=failed).order_by("-day").first()
        if row is None:
            break
        try:
            count_day(row.day)
            counted += 1
        except Exception:  # one day's stops no other; it stays noted, and the page says that days wait
            log.exception("the sales of %s could not be counted", row.day)
            failed.add(row.day)
    if not DayToCount.objects.exists():
        SalesMark.objects.update(current_at=began)
    return counted


def rebuild(first: date, last: date, told: Callable[[date], None] = lambda day: None) -> int:
    """Count all days from first to last anew, one after the other; returns how many."""
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    note(days)
    for day in days:
        count_day(day)
        told(day)
    return len(days)


def span() -> tuple[date, date] | None:
    """The first and the last day with anything sold, or counted as sold; None where there is none."""
    days = [*_days_of_orders(sold().order_by("paid_at")[:1]), *_days_of_orders(sold().order_by("-paid_at")[:1])]
    counted = SoldOrder.objects.order_by("day").values_list("day", flat=True)
    days += [*counted[:1], *counted.reverse()[:1]]
    return (min(days), max(days)) if days else None


def note(days: Iterable[date]) -> None:
    DayToCount.objects.bulk_create([DayToCount(day=day) for day in sorted(set(days))], ignore_conflicts=True)


def note_changes() -> None:
    """Note the days of all changes that were committed so far."""
    positions.give()
    while _note_some():
        pass


def note_coupons(since: date) -> None:
    """Note the days since then on which a coupon was used, or is no longer, of orders that were counted otherwise."""
    rows = SoldOrder.objects.filter(day__gte=since).annotate(now=coupon_of("", OuterRef("day")))
    note(rows.exclude(coupon=F("now")).order_by().values_list("day", flat=True).distinct())


def note_categories(products: Any = None) -> None:
    """Note the days on which products were sold that are in another category now; by default of all products."""
    rows = Figure.objects.filter(dimension=Dimension.PRODUCT).exclude(key="")
    rows = rows if products is None else rows.filter(key__in=products)
    stale = rows.annotate(now=category_of("key")).exclude(part=F("now"))
    note(stale.order_by().values_list("day", flat=True).distinct())


def _note_some() -> bool:
    """Whether there may be more."""
    with transaction.atomic():
        mark = SalesMark.load_to_write()
        if mark.position is None:
            mark.position = positions.last()  # read before the orders: what is committed meanwhile comes after it
            note(sold().annotate(on=_day()).values_list("on", flat=True).distinct())
            mark.save(update_fields=["position"])
            return False
        events = FeedEvent.objects.filter(kind__in=("order", "product"), position__gt=mark.position)
        found = list(events.order_by("position").values_list("position", "kind", "record_id", "name")[:BATCH])
        if not found:
            return False
        note(_days_of_changed({pk for _position, kind, pk, _name in found if kind == "order"}))
        if any(name == "product.deleted" for *_event, name in found):
            note_categories()  # nobody knows any more which number it had
        elif products := {pk for _position, kind, pk, _name in found if kind == "product"}:
            note_categories(SPU.objects.filter(pk__in=products).values("out_product_id"))
        mark.position = found[-1][0]
        mark.save(update_fields=["position"])
        return len(found) == BATCH


def _day() -> TruncDate:
    return TruncDate("paid_at", tzinfo=timezone.get_default_timezone())


def _days_of_orders(orders: Iterable) -> list[date]:
    zone = timezone.get_default_timezone()
    return [order.paid_at.astimezone(zone).date() for order in orders if order.paid_at]


def _days_of_changed(keys: set[int]) -> set[date]:
    was = SoldOrder.objects.filter(order__in=keys).values_list("day", flat=True)
    now = sold().filter(pk__in=keys).annotate(on=_day()).values_list("on", flat=True)
    return {*was, *now}
