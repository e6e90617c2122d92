"""What can be asked of WeChat for one order until it is paid (BEHAVIOUR 4.2 to 4.5)."""

from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Action, Refused
from wechat.shop import order as shop
from wechat.steps.operations import NotDone, operation
from wechat.values import moment, number

from .. import payloads, snapshots
from ..models import Order, OrderStatus
from ..models.order import PAID, UNPAID

UNKNOWN_ORDER, WRONG_BUYER = 1010011, 1010014
FINAL = (Action.FIX, Action.STATE)  # refusals that asking again does not change


def reread(order: Order) -> snapshots.Snapshot:
    """Read the order and record what was read."""
    found = snapshots.read(order)
    snapshots.take_in(order, found)
    return found


def unless_done(order: Order, call, is_done: Callable[[snapshots.Snapshot], bool]) -> bool:
    """Ask; True when WeChat did it. Where it refuses and the order, read again, is as wanted already: False."""
    try:
        call()
    except Refused:
        if not is_done(reread(order)):
            raise
        return False
    return True


def put(order: Order, status: int, **fields) -> None:
    """WeChat said yes, and so the order is in this state. A read that began before tells of what was before."""
    now = Order.objects.get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(status=status, read_at=timezone.now(), **fields)
    snapshots.changed(now, status)


def _find_order(order: Order, sent: dict):
    """After a silence: WeChat has the order under our number, or it never arrived."""
    try:
        found = snapshots.read(order)
    except Refused as error:
        if error.errcode in (UNKNOWN_ORDER, WRONG_BUYER):
            raise NotDone from None
        raise
    return lambda: snapshots.take_in(order, found)


@operation(on=Order, name="place_order", label=_("Place at WeChat"), allowed=Order.may_place, recover=_find_order)
def place_order(order: Order, sent: dict):
    """Push an order to WeChat, so that the buyer can pay it."""
    try:
        data = shop.add(payloads.order(order))
    except Refused as error:
        if error.meaning.action in FINAL:
            Order.objects.filter(pk=order.pk).update(refusal={"errcode": error.errcode, "errmsg": error.errmsg})
        raise
    return lambda: _placed(order, data)


def _placed(order: Order, data: dict) -> Order:
    order.order_id = number(data.get("order_id"))
    order.status, order.refusal = OrderStatus.TO_PAY, {}
    order.ticket = str(data.get("ticket") or "")[:300]
    order.ticket_until = moment(data.get("ticket_expire_time"))
    order.final_price = number(data.get("final_price"))
    order.read_at = timezone.now()
    names = ("order_id", "status", "refusal", "ticket", "ticket_until", "final_price", "read_at")
    Order.objects.filter(pk=order.pk, order_id=None).update(**{name: getattr(order, name) for name in names})
    return order


@operation(
    on=Order, name="get_payment_params", label=_("Payment parameters"), allowed=Order.may_get_payment_params, reads=True
)
def get_payment_params(order: Order, sent: dict):
    """What the mini program needs to open the cash register; ask anew each time. Freezes the price."""
    params = shop.getpaymentparams(order.out_order_id, order.openid)
    return lambda: params


def _find_payment(order: Order, sent: dict):
    wanted = PAID if sent.get("action_type") == shop.PAID else (OrderStatus.CANCELLED,)
    if reread(order).status not in wanted:
        raise NotDone
    return lambda: None


@operation(
    on=Order,
    name="confirm_payment",
    label=_("Report the payment"),
    allowed=Order.may_confirm_payment,
    payload=payloads.payment,
    recover=_find_payment,
)
def confirm_payment(order: Order, sent: dict):
    """Tell WeChat what became of a payment to the merchant's own number."""
    paid = sent.get("action_type") == shop.PAID
    status = OrderStatus.TO_SHIP if paid else OrderStatus.CANCELLED
    done = unless_done(
        order,
        lambda: shop.pay(order.out_order_id, order.openid, sent),
        lambda found: found.status in PAID if paid else found.status == status,
    )
    told = {"transaction_id": sent.get("transaction_id", ""), "paid_at": moment(sent.get("pay_time"))}
    return lambda: put(order, status, **(told if paid else {})) if done else None


def _find_closing(order: Order, sent: dict):
    if reread(order).status in UNPAID:
        raise NotDone
    return lambda: None


@operation(
    on=Order,
    name="close_order",
    label=_("Close"),
    allowed=Order.may_close,
    recover=_find_closing,
    confirm=_("Close this order? The buyer can no longer pay it."),
)
def close_order(order: Order, sent: dict):
    """Close an order that nobody has paid."""
    over = (OrderStatus.CANCELLED, OrderStatus.TIMED_OUT)
    done = unless_done(order, lambda: shop.close(order.out_order_id, order.openid), lambda found: found.status in over)
    return lambda: put(order, OrderStatus.CANCELLED) if done else None


@operation(on=Order, name="refresh_order", label=_("Read from WeChat"), allowed=Order.may_refresh, reads=True)
def refresh_order(order: Order, sent: dict):
    """Read where the order stands, and who promoted it."""
    found = snapshots.read(order)
    return lambda: snapshots.take_in(order, found)
