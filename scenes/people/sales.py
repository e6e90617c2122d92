"""Sales of promoters and sharers, from the orders stored here: amounts in fen, commission at the merchant's rates."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from console.money import percent
from orders.models import Order, OrderLine, OrderStatus
from wechat.masking import mask

from ..models import Promoter, SellingSettings, Sharer

EARLIEST, LATEST = date(2020, 1, 1), date(2199, 12, 31)  # the component does not exist for longer
PROMOTERS, SHARERS, ROOMS = "promoters", "sharers", "rooms"


class Line(NamedTuple):
    """A row of the leaderboard: one person or one live room."""

    key: str
    name: str
    orders: int
    buyers: int
    amount: int  # paid, freight included
    refunded: int
    rate: Decimal | None  # in %
    record: object = None

    @property
    def net(self) -> int:
        return self.amount - self.refunded

    @property
    def commission(self) -> int | None:
        return None if self.rate is None else percent(self.net, self.rate)


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last day, in Shanghai's time."""
    first, last = max(first, EARLIEST), min(max(last, EARLIEST), LATEST)
    begin = timezone.make_aware(datetime.combine(first, time.min))
    return begin, timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))


def lines(kind: str, first: date, last: date) -> list[Line]:
    """The rows, highest sales first: one for each person who sold, so 11,000 at most."""
    sold = {PROMOTERS: _promoters, SHARERS: _sharers, ROOMS: _rooms}[kind](*span(first, last))
    return sorted(sold, key=lambda line: (-line.net, line.key))


def _promoters(begin: datetime, end: datetime) -> Iterable[Line]:
    usual = SellingSettings.load().promoter_rate
    sums = _sums(begin, end, "promoter_id")
    promoters = Promoter.objects.in_bulk([key for (key,) in sums], field_name="promoter_id")
    for (key,), numbers in sums.items():
        promoter = promoters.get(key)
        rate = promoter.rate if promoter and promoter.rate is not None else usual
        yield Line(key, str(promoter) if promoter else key, **numbers, rate=rate, record=promoter)


def _sharers(begin: datetime, end: datetime) -> Iterable[Line]:
    usual = SellingSettings.load().sharer_rate
    sums = _sums(begin, end, "sharer_openid")
    sharers = Sharer.objects.in_bulk([key for (key,) in sums], field_name="openid")
    for (key,), numbers in sums.items():
        sharer = sharers.get(key)
        rate = sharer.rate if sharer and sharer.rate is not None else usual
        yield Line(key, str(sharer) if sharer else mask(key), **numbers, rate=rate, record=sharer)


def _rooms(begin: datetime, end: datetime) -> Iterable[Line]:
    """Rows of live rooms, identified by account and time of beginning; without commission, which people get."""
    for (nickname, started), numbers in _sums(begin, end, "finder_nickname", "live_started_at").items():
        when = f"{timezone.localtime(started):%Y-%m-%d %H:%M}" if started else ""
        yield Line(f"{when} {nickname}", " · ".join(part for part in (nickname, when) if part), **numbers, rate=None)


def _sums(begin: datetime, end: datetime, *by: str) -> dict[tuple, dict[str, int]]:
    sold = Q(paid_at__gte=begin, paid_at__lt=end) & _sold_by(by[0])
    refunded_whole = Q(status=OrderStatus.REFUNDED)
    rows = Order.objects.filter(sold).values(*by).order_by()
    counted = rows.annotate(
        orders=Count("pk"),
        buyers=Count("openid", distinct=True),
        amount=Sum("order_price"),
        refunded=Sum("order_price", filter=refunded_whole),
    )
    names = ("orders", "buyers", "amount", "refunded")
    sums = {tuple(row[name] for name in by): {name: row[name] or 0 for name in names} for row in counted}
    named = {f"of_{name}": F(f"order__{name}") for name in by}
    inside = Q(**{f"order__{name}": value for name, value in (("paid_at__gte", begin), ("paid_at__lt", end))})
    refunded_lines = OrderLine.objects.filter(inside & _sold_by(by[0], "order__"), refunded_fen__gt=0)
    refunded_lines = refunded_lines.exclude(order__status=OrderStatus.REFUNDED)
    parts = refunded_lines.annotate(**named).order_by().values(*named).annotate(part=Sum("refunded_fen"))
    for part in parts.values_list(*named, "part"):
        sums[part[:-1]]["refunded"] += part[-1]
    return sums


def _sold_by(name: str, path: str = "") -> Q:
    if name == "finder_nickname":
        return ~Q(**{f"{path}promoter_id": ""})
    return ~Q(**{f"{path}{name}": ""})
