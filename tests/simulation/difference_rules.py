"""What stands open as a difference with WeChat is one, by the tables of both sides."""

from collections.abc import Iterator
from typing import Any

from aftersales.models import Aftersale
from catalog import copies
from console.models import Difference
from console.reconciling.sources import THERE
from orders.funds.models import Flow, Trade, Withdrawal
from orders.models import Order, Parcel
from sandbox import models as theirs
from wechat.values import time_text

from .rules import at_rest

KEYS = {
    "orders": (Order, theirs.Order, "out_order_id"),
    "aftersales": (Aftersale, theirs.Claim, "aftersale_id"),
    "payments": (Trade, theirs.Trade, "trade_no"),
    "withdrawals": (Withdrawal, theirs.Withdrawal, "out_request_no"),
    "movements": (Flow, theirs.Flow, "funds_flow_id"),
}
NAMES = {("orders", "order_price"): "price"}  # columns of another name at WeChat


@at_rest
def open_differences_are_true(world) -> Iterator[str]:
    """Those that are left, and those that were there before people settled them."""
    yield from world.memory.get("untrue", ())
    yield from untrue()


def untrue() -> Iterator[str]:
    for row in Difference.objects.open():
        ours, there = sides(row)
        if ours == there:
            yield f"{row.source} {row.key} {row.field}: {row.ours} here, {row.theirs} at WeChat; both have {ours}"


def sides(row: Difference) -> tuple[Any, Any]:
    """The values of a field, looked up in both databases; as the row says where it is of another kind."""
    if row.source == "products":
        return _of_product(row)
    if row.source not in KEYS:
        return row.ours, row.theirs
    ours, there, key = KEYS[row.source]
    one, two = ours.objects.filter(**{key: row.key}).first(), there.objects.filter(**{key: row.key}).first()
    if row.field == THERE or one is None or two is None:
        return one is not None, two is not None
    if row.field.startswith("parcel "):
        return _parcels(one, two, row.field.removeprefix("parcel "))
    if row.field.startswith("refund "):
        return _refunds(row.field.removeprefix("refund "))
    return _plain(getattr(one, row.field, row.ours)), _plain(
        getattr(two, NAMES.get((row.source, row.field), row.field), row.theirs)
    )


def _plain(value: Any) -> Any:
    return time_text(value) if hasattr(value, "tzinfo") else value or None


def _parcels(order: Order, there: theirs.Order, number: str) -> tuple[bool, bool]:
    sent = Parcel.objects.filter(order=order, sent_at__isnull=False)
    ours = any(f"{parcel.delivery_id} {parcel.waybill_id}" == number for parcel in sent)
    return ours, any(f"{parcel['delivery_id']} {parcel.get('waybill_id')}" == number for parcel in there.parcels)


def _refunds(field: str) -> tuple[Any, Any]:
    from orders.funds.models import TradeRefund

    number, _blank, name = field.rpartition(" ")
    one = TradeRefund.objects.filter(refund_no=number).exclude(status="").first()
    two = theirs.TradeRefund.objects.filter(refund_no=number).first()
    ours = getattr(one, name, None)
    return ours, getattr(two, "result" if name == "status" else name, None)


def _of_product(row: Difference) -> tuple[Any, Any]:
    from catalog import payloads
    from catalog.models import SPU

    spu = SPU.objects.with_content().filter(out_product_id=row.key).first()
    there = theirs.Product.objects.filter(out_product_id=row.key, deleted=False).first()
    if row.field == THERE or spu is None or there is None:
        return spu is not None, there is not None
    if row.field == "status":
        return spu.status, there.status
    return copies.flat(payloads.product(spu)).get(row.field), copies.flat(there.draft).get(row.field)
