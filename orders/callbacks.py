"""Messages that an order was paid, cancelled, received, refunded, settled or attributed to a promoter.

The order's state is read from WeChat, never set from the message; only a settlement's amount comes by message alone.
"""

from django.utils.translation import gettext as _

from console.money import yuan
from wechat.callbacks import TooEarly, after_our_own, on
from wechat.errors import OperationError
from wechat.messages import Event
from wechat.values import moment, number, text

from .models import Order
from .operations import refresh_order


def _order(event: Event) -> Order | None:
    """The order a message is about; one that is not stored here is imported by the next pull. Raises Malformed."""
    if ours := event.get("out_order_id"):
        return Order.objects.filter(out_order_id=ours).first()
    return Order.objects.filter(order_id=event.need_number("order_id")).first()


def _reread(event: Event) -> Order | None:
    order = _order(event)
    if order is None:
        return None
    after_our_own(order)
    if order.order_id is None:
        raise TooEarly(order.out_order_id)
    refresh_order(order)
    order.refresh_from_db()
    return order


@on(
    "open_product_order_cancel",
    "open_product_order_confirm",
    "open_product_order_refund",
    "open_product_order_analyze",
    "open_product_order_update",
)
def order_changed(event: Event) -> Order | None:
    """Read the order that the message names."""
    return _reread(event)


@on("open_product_order_pay")
def order_paid(event: Event) -> Order | None:
    """Read the order; raise an alert where WeChat does not confirm the payment, or less was paid than the price."""
    order = _reread(event)
    if order is None:
        return None
    amount = number(event.get("amount"))
    alert = code = ""
    if not order.is_paid:
        code = "unconfirmed"
        alert = _("A message reported that this order is paid; WeChat's own state is “%(state)s”.") % {
            "state": order.state_label
        }
    elif amount is not None and amount < order.order_price:
        code = "underpaid"
        alert = _("A message reported a payment of %(amount)s; the order's price is %(price)s.") % {
            "amount": yuan(amount, "¥"),
            "price": yuan(order.order_price, "¥"),
        }
    Order.objects.filter(pk=order.pk).update(payment_alert=alert, payment_alert_code=code, told_fen=amount)
    return order


@on("open_product_order_settle")
def order_settled(event: Event) -> Order | None:
    """Store the settlement's number, amount and time: no endpoint returns them."""
    order = _order(event)
    if order is None:
        return None
    Order.objects.filter(pk=order.pk, settle_no="").update(
        settle_no=text(Order, "settle_no", event.get("settle_no")),
        settled_fen=number(event.get("amount")),
        settled_at=moment(event.get("settle_time")),
    )
    try:
        refresh_order(order)
    except OperationError:
        pass  # polling will read it
    return order
