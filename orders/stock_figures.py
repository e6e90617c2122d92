"""Who takes how much of a SKU: orders by their state, and what became of its stock, newest first."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, Sum

from catalog.models import SKU
from wechat.values import number

from .models import OrderLine, OrderStatus, StockMove
from .models.order import PAID, UNPAID, UNSHIPPED

SHOWN = 100  # events of a SKU
GONE = [OrderStatus.TIMED_OUT, OrderStatus.CANCELLED]


class Event(NamedTuple):
    """A line of the ledger; `change` is None where the stock did not change by it."""

    at: datetime | None
    kind: str  # of a move, or `order`
    change: int | None
    now: int | None
    reference: str
    record: Any
    state: str = ""


def taken_by(sku: SKU) -> dict[str, int]:
    """Pieces of the SKU in orders: unpaid, paid, of these to be shipped; refunded; of orders that came to nothing."""
    lines = OrderLine.objects.order_by().filter(sku=sku)
    pieces = "product_cnt"
    return lines.aggregate(
        unpaid=Sum(pieces, filter=Q(order__status__in=UNPAID), default=0),
        paid=Sum(pieces, filter=Q(order__status__in=PAID), default=0),
        to_ship=Sum(pieces, filter=Q(order__status__in=UNSHIPPED), default=0),
        refunded=Sum("refunded_cnt", default=0),
        cancelled=Sum(pieces, filter=Q(order__status__in=GONE), default=0),
    )


def ledger(sku: SKU) -> list[Event]:
    """The last events: orders that took from the stock, counts, pushes, evenings."""
    moves = StockMove.objects.filter(sku=sku).select_related("user").order_by("-id")[:SHOWN]
    lines = OrderLine.objects.filter(sku=sku, order__stock_taken_at__isnull=False).select_related("order")
    taken = lines.order_by("-order__stock_taken_at", "-pk")[:SHOWN]
    events = [Event(move.at, move.kind, move.now - move.was, move.now, move.reference, None) for move in moves]
    events += [
        Event(
            line.order.stock_taken_at,
            "order",
            -line.product_cnt,
            None,
            line.order.out_order_id,
            line.order,
            line.order.state_label,
        )
        for line in taken
    ]
    return sorted(events, key=lambda event: str(event.at), reverse=True)[:SHOWN]


def at_wechat(sku: SKU) -> int | None:
    """WeChat's number, as last read or sent; None where the SKU is not online."""
    skus = (sku.spu.online or {}).get("skus") or []
    return next((number(row.get("stock_num")) for row in skus if str(row.get("out_sku_id")) == sku.out_sku_id), None)
