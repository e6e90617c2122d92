"""Operations on one order until it is paid (BEHAVIOUR 4.2 to 4.5)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.shop import order as shop
from wechat.statements import Update, place
from wechat.steps.operations import Applies, operation
from wechat.steps.reading import keeping_refusal
from wechat.values import moment, number, text

from .. import payloads
from ..models import Order, OrderStatus
from ..models.order import PAID, UNPAID
from ..snapshots import Snapshot, reading, status_accepted

UNKNOWN_ORDER, WRONG_BUYER = 1010011, 1010014


@operation(
    on=Order,
    name="place_order",
    label=_("Place at WeChat"),
    allowed=Order.may_place,
    recover=reading.recover_where(lambda order, snapshot, sent: True, unknown=(UNKNOWN_ORDER, WRONG_BUYER)),
)
def place_order(order: Order, sent: dict) -> Applies:
    """Push an order to WeChat, so that the buyer can pay it."""
    with keeping_refusal(order):
        data = shop.add(payloads.order(order))
    return lambda: _placed(order, data)


def _placed(order: Order, data: dict) -> Order:
    order.order_id = number(data.get("order_id"))
    order.status, order.refusal, order.given_up_at = OrderStatus.TO_PAY, {}, None
    order.ticket = text(Order, "ticket", data.get("ticket"))
    order.ticket_until = moment(data.get("ticket_expire_time"))
    order.final_price = number(data.get("final_price"))
    order.read_at = timezone.now()
    # Not `accepted()`, because a repeated request may have read the order meanwhile. The values are also set on the
    # object, so that the caller needs no query.
    _PLACED.run({"order": order.pk} | {name: getattr(order, name) for name in PLACED})
    return order


PLACED = ("order_id", "ticket", "ticket_until", "final_price", "read_at")
_PLACED = Update(
    lambda: (
        Order.objects.filter(pk=place("order"), order_id=None),
        {**{name: place(name) for name in PLACED}, "status": OrderStatus.TO_PAY, "refusal": {}, "given_up_at": None},
    )
)


@operation(
    on=Order, name="get_payment_params", label=_("Payment parameters"), allowed=Order.may_get_payment_params, reads=True
)
def get_payment_params(order: Order, sent: dict) -> Applies:
    """Get the parameters with which the mini program opens the payment; needed anew each time. Freezes the price."""
    params = shop.getpaymentparams(order.out_order_id, order.openid)
    return lambda: params


def _has_payment(order: Order, snapshot: Snapshot, sent: dict) -> bool:
    """Whether WeChat has the payment, or its failure, as reported."""
    return snapshot.status in (PAID if sent.get("action_type") == shop.PAID else (OrderStatus.CANCELLED,))


@operation(
    on=Order,
    name="confirm_payment",
    label=_("Report the payment"),
    allowed=Order.may_confirm_payment,
    payload=payloads.payment,
    recover=reading.recover_where(_has_payment),
)
def confirm_payment(order: Order, sent: dict) -> Applies:
    """Report to WeChat the result of a payment to the merchant's own number."""
    accepted_now = reading.unless_done(
        order,
        lambda: shop.pay(order.out_order_id, order.openid, sent),
        lambda snapshot: _has_payment(order, snapshot, sent),
    )
    if not accepted_now:
        return None
    if sent.get("action_type") != shop.PAID:
        return lambda: status_accepted(order, OrderStatus.CANCELLED)
    fields: dict[str, Any] = {
        "transaction_id": sent.get("transaction_id", ""),
        "paid_at": moment(sent.get("pay_time")),
    }
    return lambda: status_accepted(order, OrderStatus.TO_SHIP, **fields)


@operation(
    on=Order,
    name="close_order",
    label=_("Close"),
    allowed=Order.may_close,
    recover=reading.recover_where(lambda order, snapshot, sent: snapshot.status not in UNPAID),
    confirm=_("Close this order? The buyer can no longer pay it."),
    typed_above=0,
)
def close_order(order: Order, sent: dict) -> Applies:
    """Close an order that nobody has paid."""
    closed = (OrderStatus.CANCELLED, OrderStatus.TIMED_OUT)
    accepted_now = reading.unless_done(
        order,
        lambda: shop.close(order.out_order_id, order.openid),
        lambda snapshot: snapshot.status in closed,
    )
    return (lambda: status_accepted(order, OrderStatus.CANCELLED)) if accepted_now else None


@operation(on=Order, name="refresh_order", label=_("Read from WeChat"), allowed=Order.may_refresh, reads=True)
def refresh_order(order: Order, sent: dict) -> Applies:
    """Read the order's state, and who promoted it."""
    return reading.refresh(order)
