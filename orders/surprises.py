"""What a read of an order shows that nobody expected: kept as a difference, also where it is taken over."""

from datetime import datetime
from typing import Any

from console.reconciling import reads
from wechat.values import number, time_text

from .models import Order, OrderStatus

S = OrderStatus
# The way of an order; other states end it.
PATH = (S.TO_PAY, S.PAID_UNSYNCED, S.TO_SHIP, S.PART_SHIPPED, S.SHIPPED, S.FINISHED)
WITH_PARCELS = (S.PART_SHIPPED, S.SHIPPED, S.FINISHED)


def is_ahead(ours: Any, theirs: Any) -> bool:
    """Whether an order may go from one state to the other."""
    if ours not in PATH:
        return False
    return theirs not in PATH or PATH.index(theirs) > PATH.index(ours)


def keep(before: Order, fields: dict[str, Any], row: dict, began: datetime) -> None:
    """Compare what a read sets with what was stored; within its transaction."""
    changed: dict[str, tuple[Any, Any]] = {}
    status = fields.get("status")
    if None not in (before.status, status) and before.status != status and not is_ahead(before.status, status):
        changed["status"] = before.status, status
    transaction_id, paid_at = fields.get("transaction_id"), fields.get("paid_at")
    if before.transaction_id and transaction_id and transaction_id != before.transaction_id:
        changed["transaction_id"] = before.transaction_id, transaction_id
    if before.paid_at and paid_at and time_text(paid_at) != time_text(before.paid_at):
        changed["paid_at"] = time_text(before.paid_at), time_text(paid_at)
    reads.keep("orders", before, changed, began)
    if _is_odd(before, row):
        reads.look("orders", before, row, began)


def _is_odd(before: Order, row: dict) -> bool:
    """Whether the read shows another price, or lacks a parcel that was sent: no read takes these over."""
    detail = row.get("order_detail") or {}
    price = number((detail.get("price_info") or {}).get("order_price"))
    if price is not None and price != before.order_price:
        return True
    if before.status not in WITH_PARCELS or not isinstance(detail.get("delivery_detail"), dict):
        return False
    listed = [parcel.get("waybill_id") for parcel in detail["delivery_detail"].get("delivery_list") or []]
    return before.parcels.filter(sent_at__isnull=False).exclude(waybill_id__in=listed).exists()
