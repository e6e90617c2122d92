"""Compares each finished order's expected settlement with the actual one: 7+7 days, 0.6 % fee (BEHAVIOUR 7.1)."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from console.money import percent
from orders.models import FundType, Order, OrderLine, OrderStatus, StatusChange

from .models import Settlement
from .models.flow import SettlementState

LATELY = timedelta(days=120)  # orders placed within this time may still lack a settlement
MOST = 2000
GRACE = timedelta(days=2)  # after the expected day, before it counts as missing
Find = Callable[[list[int]], dict[int, int]]  # keys of orders; fen by key
_finders: list[Find] = []


def fee(amount: int) -> int:
    """WeChat's fee on an amount in fen, rounded half up to the fen."""
    return percent(amount, settings.SETTLEMENT_FEE)


def paid_past_wechat(find: Find) -> Find:
    """Register what knows how much of orders, by key, buyers got back in another way: WeChat settles that, too."""
    _finders.append(find)
    return find


def _paid_past(orders: Iterable[Order]) -> Counter[int]:
    keys, paid = [order.pk for order in orders], Counter[int]()
    for find in _finders if keys else []:
        paid.update(find(keys))
    return paid


def expected(order: Order, past: int = 0) -> int:
    """The expected settlement in fen: the order's price less refunds, but for those past WeChat, less the fee."""
    left = order.order_price - sum(line.refunded_fen for line in order.lines.all()) + past
    left = 0 if order.status == OrderStatus.REFUNDED else max(0, left)
    return left - fee(left)


def due(order: Order, finished_at: datetime) -> date:
    """The expected day: after the days for after-sales and a second period, by SETTLEMENT_DAYS or the order's own."""
    aftersale_days, more_days = settings.SETTLEMENT_DAYS
    days = (order.aftersale_duration or aftersale_days) + more_days
    return timezone.localtime(finished_at + timedelta(days=days)).date()


def reckon() -> int:
    """Compute the settlement of newly finished orders, and recompute open ones; returns how many changed."""
    return _add_new() + _update_open()


def _add_new() -> int:
    finished = StatusChange.objects.filter(order=OuterRef("pk"), status=OrderStatus.FINISHED).order_by("id")
    # A settlement message may arrive before the order is read as finished.
    wanted = Q(status=OrderStatus.FINISHED) | ~Q(settle_no="")
    fresh = Order.objects.filter(
        wanted, fund_type=FundType.PLATFORM, settlement=None, placed_at__gt=timezone.now() - LATELY
    )
    orders = fresh.annotate(received_at=Subquery(finished.values("at")[:1])).prefetch_related("lines")[:MOST]
    past = _paid_past(orders)
    rows = [
        _row(order, order.received_at or order.settled_at or order.read_at or timezone.now(), past[order.pk])
        for order in orders
    ]
    Settlement.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(order: Order, finished_at: datetime, past: int) -> Settlement:
    wanted = expected(order, past)
    row = Settlement(order=order, finished_at=finished_at, due_on=due(order, finished_at), expected_fen=wanted)
    row.settled_fen, row.state = order.settled_fen, _state(row, order)
    return row


def _state(row: Settlement, order: Order) -> str:
    if order.settled_fen is not None:
        return SettlementState.SETTLED if order.settled_fen == row.expected_fen else SettlementState.DIFFERENT
    if row.expected_fen == 0 and order.status == OrderStatus.REFUNDED:
        return SettlementState.SETTLED
    late = row.due_on < timezone.localdate() - GRACE
    return SettlementState.MISSING if late else SettlementState.TO_COME


def _update_open() -> int:
    """Recompute settlements that were refunded, settled or became overdue since, the longest unchecked first."""
    changed, now, today = [], timezone.now(), timezone.localdate()
    recent = Q(state__in=(SettlementState.TO_COME, SettlementState.MISSING)) | Q(due_on__gt=today - LATELY)
    touched = Q(order__read_at__gt=F("reckoned_at")) | Q(order__settled_at__gt=F("reckoned_at"))
    late = Q(state=SettlementState.TO_COME, due_on__lt=today - GRACE) | Q(reckoned_at__lt=now - timedelta(days=1))
    rows = Settlement.objects.filter(recent, touched | late).select_related("order").prefetch_related(_lines())
    seen = list(rows.order_by("reckoned_at", "id")[:MOST])
    past = _paid_past([row.order for row in seen])
    for row in seen:
        before = (row.expected_fen, row.settled_fen, row.state)
        row.expected_fen, row.settled_fen = expected(row.order, past[row.order_id]), row.order.settled_fen
        row.state = _state(row, row.order)
        if (row.expected_fen, row.settled_fen, row.state) != before:
            changed.append(row)
    Settlement.objects.bulk_update(changed, ["expected_fen", "settled_fen", "state"])
    Settlement.objects.filter(pk__in=[row.pk for row in seen]).update(reckoned_at=now)
    return len(changed)


def _lines() -> Prefetch:
    return Prefetch("order__lines", OrderLine.objects.only("order_id", "refunded_fen"))
