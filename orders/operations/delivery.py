"""Shipping and receipt (BEHAVIOUR 4.6)."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import OperationError
from wechat.shop import delivery as shop
from wechat.steps.operations import NotDone, operation

from .. import payloads
from ..models import DeliveryType, Order, OrderStatus
from ..snapshots import Snapshot, read, take_in
from .orders import put, reread, unless_done

SHIPPED = (OrderStatus.SHIPPED, OrderStatus.FINISHED)


def _missing(order: Order) -> dict[str, list]:
    lines = {line.pk: line for line in order.lines.all()}
    packed, rest = list(order.parcels.all()), payloads.left_to_ship(order)
    new = {item.line_id for parcel in packed if parcel.sent_at is None for item in parcel.items.all()}
    missing: dict[str, list] = {}
    if order.delivery_type == DeliveryType.EXPRESS and not new and (not packed or any(n > 0 for n in rest.values())):
        missing["parcels"] = [_("Enter at least one parcel with its express company and waybill.")]
    for pk, left in rest.items():
        # What was refunded after it was shipped is no fault of the parcels to come.
        if left < 0 and pk in new:
            text = _("“%(title)s”: %(count)d pieces more than are to be shipped.")
            missing.setdefault("parcels", []).append(text % {"title": lines[pk], "count": -left})
    return missing


def _find_shipment(order: Order, sent: dict):
    found = read(order)
    if not _knows(found, sent):
        take_in(order, found)
        raise NotDone
    return lambda: _shipped(order, sent, found)


def _knows(found: Snapshot, sent: dict) -> bool:
    """Whether WeChat has these parcels already."""
    known = ((found.order.get("order_detail") or {}).get("delivery_detail") or {}).get("delivery_list") or []
    waybills = {(parcel.get("delivery_id"), parcel.get("waybill_id")) for parcel in known}
    wanted = {(parcel["delivery_id"], parcel["waybill_id"]) for parcel in sent.get("delivery_list", [])}
    finished = not sent["finish_all_delivery"] or found.status in SHIPPED
    return wanted <= waybills and finished


@operation(
    on=Order,
    name="ship_order",
    label=gettext_lazy("Ship"),
    allowed=Order.may_ship,
    check=_missing,
    payload=payloads.shipment,
    recover=_find_shipment,
)
def ship_order(order: Order, sent: dict):
    """Tell WeChat of the parcels; the last one closes the shipping."""
    done = unless_done(
        order,
        lambda: shop.send(order.out_order_id, order.openid, sent),
        lambda found: _knows(found, sent),
    )
    # What a part of the goods makes of the state differs from account to account: it is read.
    found = None if done and sent["finish_all_delivery"] else _read_if_possible(order)
    return lambda: _shipped(order, sent, found)


def _read_if_possible(order: Order) -> Snapshot | None:
    """WeChat has the parcels, whatever becomes of this read; else the polling reads the state."""
    try:
        return read(order)
    except OperationError:
        return None


def _shipped(order: Order, sent: dict, found: Snapshot | None) -> None:
    for parcel in sent.get("delivery_list", []):
        told = order.parcels.filter(delivery_id=parcel["delivery_id"], waybill_id=parcel["waybill_id"], sent_at=None)
        told.update(sent_at=timezone.now())
    if found:
        take_in(order, found)
    elif sent["finish_all_delivery"]:
        put(order, OrderStatus.SHIPPED)


def _find_receipt(order: Order, sent: dict):
    if reread(order).status != OrderStatus.FINISHED:
        raise NotDone
    return lambda: None


@operation(
    on=Order,
    name="confirm_receipt",
    label=gettext_lazy("Confirm receipt"),
    allowed=Order.may_confirm_receipt,
    recover=_find_receipt,
    confirm=gettext_lazy("Confirm in the buyer's place that the goods arrived? The days for claims begin."),
)
def confirm_receipt(order: Order, sent: dict):
    """Say in the buyer's place that everything has arrived."""
    finished = OrderStatus.FINISHED
    done = unless_done(
        order, lambda: shop.recieve(order.out_order_id, order.openid), lambda found: found.status == finished
    )
    return lambda: put(order, finished) if done else None
