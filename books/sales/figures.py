"""The sales figures of a span of days, and of the span before it, added up from the days."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import F, IntegerField, QuerySet, Sum
from django.db.models.functions import Cast, TruncMonth

from .counting import AMOUNTS, BUYERS, OF_LINES, OF_ORDERS, grouped, text_of, with_lines
from .models import DayToCount, Dimension, Figure, SalesMark, SoldOrder

D = Dimension
SUMS = ("orders", *AMOUNTS)
NET = F("gross") - F("discount") + F("freight") + F("extra") - F("refunded") - F("fee")
EARLIEST, LATEST = date(2020, 1, 1), date(2199, 12, 31)  # the component does not exist for longer
MOST_DAYS = 1_100  # of a span
BUYERS_DAYS = 31  # longer spans do not say how many buyers each row has


class Period(NamedTuple):
    """Days of payment in Shanghai's time, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days, before the first."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def span(first: date, last: date) -> Period:
    """The days that can have sales; none where the first is after the last."""
    first, last = max(first, EARLIEST), min(last, LATEST)
    return Period(first, last) if first <= last else Period(EARLIEST, EARLIEST - timedelta(days=1))


@dataclass
class Sums:
    """Added-up figures; money in fen. buyers: people, each once; None where they were not counted."""

    orders: int = 0
    buyers: int | None = 0
    pieces: int = 0
    gross: int = 0
    discount: int = 0
    freight: int = 0
    extra: int = 0
    refunded: int = 0
    fee: int = 0

    @property
    def paid(self) -> int:
        return self.gross - self.discount + self.freight + self.extra

    @property
    def net(self) -> int:
        return self.paid - self.refunded - self.fee


@dataclass
class Row(Sums):
    """What was sold under one key."""

    key: str = ""
    part: str = ""
    day: date | None = None
    before: Sums | None = None  # of the span before; None where it is not compared


def total(period: Period) -> Sums:
    """The whole span; its buyers are counted once, however many days they bought on."""
    found = _days(D.DAY, period).aggregate(**{name: Sum(name) for name in SUMS})
    buyers = _orders(period).aggregate(buyers=BUYERS)["buyers"]
    return Sums(**{name: value or 0 for name, value in found.items()}, buyers=buyers)


def count(by: str, period: Period) -> int:
    """How many rows there are."""
    return _grouped(by, period).count()


def rows(by: str, period: Period, start: int = 0, end: int | None = None) -> list[Row]:
    """The rows, highest net first, or in the order of time, with those of the span before and their buyers."""
    found = [_row(sums) for sums in _grouped(by, period)[start:end]]
    keys = None if end is None else {row.key for row in found}
    if by == D.DAY:
        _add_days_before(period, found)
    else:
        _add_before(by, period, found, keys)
        _add_buyers(by, period, found)
    return found


def points(period: Period) -> list[tuple[date | int, int, int]]:
    """What a chart shows: (day, month's first day or hour; orders; net), those without sales too."""
    if period.days == 1:
        hours = {int(row["key"]): row for row in _grouped(D.HOUR, period)}
        return [_point(hour, hours.get(hour)) for hour in range(24)]
    if period.days > 92:
        months = _days(D.DAY, period).annotate(month=TruncMonth("day")).values("month").order_by("month")
        summed = {row["month"]: row for row in months.annotate(total_orders=Sum("orders"), total_net=Sum(NET))}
        return [_point(month, summed.get(month)) for month in _months(period)]
    sums = {row["day"]: row for row in _grouped(D.DAY, period)}
    days = (period.first + timedelta(days=nth) for nth in range(period.days))
    return [_point(day, sums.get(day)) for day in days]


def state() -> tuple[Any, int]:
    """(no change before this time is missing, or None; how many days wait to be counted)."""
    return SalesMark.load().current_at, DayToCount.objects.count()


def _months(period: Period) -> Iterator[date]:
    month = period.first.replace(day=1)
    while month <= period.last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def _point(at: date | int, sums: dict[str, Any] | None) -> tuple[date | int, int, int]:
    return (at, sums["total_orders"], sums["total_net"]) if sums else (at, 0, 0)


def _days(by: str, period: Period) -> QuerySet:
    return Figure.objects.filter(dimension=by, day__range=period).order_by()


def _orders(period: Period) -> QuerySet:
    return SoldOrder.objects.filter(day__range=period).order_by()


def _grouped(by: str, period: Period, keys: Iterable[str] | None = None) -> QuerySet:
    figures = _days(by, period)
    if keys is not None:
        figures = figures.filter(key__in=keys)
    names = ["day"] if by == D.DAY else ["key"] if by == D.PRODUCT else ["key", "part"]
    sums = {f"total_{name}": Sum(name) for name in SUMS}
    if by == D.DAY:
        sums["total_buyers"] = Sum("buyers")  # a single row
    summed = figures.values(*names).annotate(**sums, total_net=Sum(NET))
    if by == D.DAY:
        return summed.order_by("day")
    return summed.order_by(Cast("key", IntegerField())) if by == D.HOUR else summed.order_by("-total_net", *names)


def _row(sums: dict[str, Any]) -> Row:
    values: dict[str, Any] = {name: sums[f"total_{name}"] or 0 for name in SUMS}
    place: dict[str, Any] = {name: sums[name] for name in ("key", "part", "day") if name in sums}
    return Row(**values, **place, buyers=sums.get("total_buyers"))


def _add_days_before(period: Period, found: list[Row]) -> None:
    """A day is compared with the one at the same place of the span before."""
    before = {sums["day"]: _row(sums) for sums in _grouped(D.DAY, period.before)}
    for row in found:
        row.before = before.get(row.day - timedelta(days=period.days), Sums()) if row.day else None


def _add_before(by: str, period: Period, found: list[Row], keys: set[str] | None) -> None:
    before = {(row.key, row.part): row for row in map(_row, _grouped(by, period.before, keys))}
    for row in found:
        row.before = before.get((row.key, row.part), Sums())


def _add_buyers(by: str, period: Period, found: list[Row]) -> None:
    """People who bought on several days count once, so days cannot be added up: the orders' buyers are counted."""
    if period.days > BUYERS_DAYS:
        return
    of_key, of_part = {**OF_ORDERS, **OF_LINES}[by]
    place_of = (of_key, "" if by == D.PRODUCT else of_part)
    orders = with_lines(_orders(period), place_of) if by in OF_LINES else _orders(period)
    # Not only of these keys: SQLite would begin with everything that was ever sold under them.
    of_all = grouped(orders, place_of).annotate(sum_buyers=BUYERS)
    wanted = {(row.key, row.part) for row in found}
    counted = {
        place: row["sum_buyers"]
        for row in of_all
        if (place := (text_of(row["by_key"]), text_of(row["by_part"]))) in wanted
    }
    for row in found:
        row.buyers = counted.get((row.key, row.part), 0)
