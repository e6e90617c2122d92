"""Shipping and receipt (BEHAVIOUR 4.6)."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Refused
from wechat.shop import delivery as shop
from wechat.steps.operations import Applies, operation

from .. import payloads
from ..models import DeliveryType, Order, OrderStatus
from ..snapshots import Snapshot, apply_snapshot, reading, status_accepted

NOT_ALL_PACKED = 1010042
SHIPPED = (OrderStatus.SHIPPED, OrderStatus.FINISHED)


def _missing(order: Order) -> dict[str, list]:
    lines = {line.pk: line for line in order.lines.all()}
    packed, rest = list(order.parcels.all()), order.left_to_ship()
    new = {item.line_id for parcel in packed if parcel.sent_at is None for item in parcel.items.all()}
    missing: dict[str, list] = {}
    if order.delivery_type == DeliveryType.EXPRESS and not new and (not packed or any(n > 0 for n in rest.values())):
        missing["parcels"] = [_("Enter at least one parcel with its express company and waybill.")]
    for pk, left in rest.items():
        # A line may be below 0 because shipped pieces were refunded later: report it only if a new parcel contains it.
        if left < 0 and pk in new:
            text = _("“%(title)s”: %(count)d pieces more than are to be shipped.")
            missing.setdefault("parcels", []).append(text % {"title": lines[pk], "count": -left})
    return missing


def _has_parcels(order: Order, snapshot: Snapshot, sent: dict) -> bool:
    """Whether WeChat has these parcels already."""
    detail = snapshot.order.get("order_detail") or {}
    parcels = (detail.get("delivery_detail") or {}).get("delivery_list") or []
    waybills = {(parcel.get("delivery_id"), parcel.get("waybill_id")) for parcel in parcels}
    sent_waybills = {(parcel["delivery_id"], parcel["waybill_id"]) for parcel in sent.get("delivery_list", [])}
    finished = not sent["finish_all_delivery"] or snapshot.status in SHIPPED
    # An order that was refunded since is over: what WeChat shows of its parcels is all that became of the call.
    finished = finished or (snapshot.status == OrderStatus.REFUNDED and bool(sent_waybills))
    return sent_waybills <= waybills and finished


def _shipped(order: Order, sent: dict, apply_state: Applies) -> None:
    """WeChat has the parcels: mark them as sent, and set the order's state from a read, else from what was sent."""
    for parcel in sent.get("delivery_list", []):
        unsent = order.parcels.filter(delivery_id=parcel["delivery_id"], waybill_id=parcel["waybill_id"], sent_at=None)
        unsent.update(sent_at=timezone.now())
    _clear_refunds(order)
    if apply_state:
        apply_state()
    elif sent["finish_all_delivery"]:
        status_accepted(order, OrderStatus.SHIPPED)


def _clear_refunds(order: Order) -> None:
    """Where WeChat knows parcels of all that a line's buyer waits for, its refunds were of shipped pieces."""
    unclear = list(order.lines.filter(refunds_unclear=True).values_list("pk", flat=True))
    if unclear:
        left = Order.objects.with_content().get(pk=order.pk).left_to_ship(sent_only=True)
        order.lines.filter(pk__in=[pk for pk in unclear if left[pk] <= 0]).update(refunds_unclear=False)


def _shipped_as_read(order: Order, sent: dict, snapshot: Snapshot) -> None:
    _shipped(order, sent, lambda: apply_snapshot(order, snapshot))


def _send(order: Order, sent: dict) -> None:
    """Send the shipment; with all ordered pieces in it where WeChat wants also those that were refunded."""
    try:
        shop.send(order.out_order_id, order.openid, sent)
    except Refused as refusal:
        whole = payloads.with_refunded(order, sent) if refusal.errcode == NOT_ALL_PACKED else None
        if whole is None:
            raise
        shop.send(order.out_order_id, order.openid, whole)


@operation(
    on=Order,
    name="ship_order",
    label=gettext_lazy("Ship"),
    allowed=Order.may_ship,
    check=_missing,
    payload=payloads.shipment,
    recover=reading.recover_where(_has_parcels, then=_shipped_as_read),
)
def ship_order(order: Order, sent: dict) -> Applies:
    """Send the parcels to WeChat; the last one completes the shipping."""
    accepted_now = reading.unless_done(
        order,
        lambda: _send(order, sent),
        lambda snapshot: _has_parcels(order, snapshot, sent),
    )
    # After a partial shipment the state differs between merchant accounts, so it is read.
    all_shipped = accepted_now and sent["finish_all_delivery"]
    apply_state = None if all_shipped else reading.refresh_if_possible(order)
    return lambda: _shipped(order, sent, apply_state)


@operation(
    on=Order,
    name="confirm_receipt",
    label=gettext_lazy("Confirm receipt"),
    allowed=Order.may_confirm_receipt,
    recover=reading.recover_where(lambda order, snapshot, sent: snapshot.status == OrderStatus.FINISHED),
    confirm=gettext_lazy("Confirm in the buyer's place that the goods arrived? The days for after-sales begin."),
    typed_above=0,
)
def confirm_receipt(order: Order, sent: dict) -> Applies:
    """Confirm on behalf of the buyer that everything has arrived."""
    accepted_now = reading.unless_done(
        order,
        lambda: shop.recieve(order.out_order_id, order.openid),
        lambda snapshot: snapshot.status == OrderStatus.FINISHED,
    )
    return (lambda: status_accepted(order, OrderStatus.FINISHED)) if accepted_now else None
