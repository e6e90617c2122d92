"""WeChat's limits on after-sales (BEHAVIOUR 5.4), checked before anything is sent; returns messages by field."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from console.money import yuan
from orders.models import Order, OrderLine, OrderStatus
from orders.models.order import PAID, UNSHIPPED
from wechat.steps.operations import Missing

from .models import Aftersale, ClaimVersion, Family, Kind

AFTERSALES_PER_LINE = 5


def most_refundable(line: OrderLine) -> int:
    """The fen that may be refunded on a line: the paid amount, plus freight for the last line of an unshipped order."""
    left = max(0, line.sku_real_price - line.refunded_fen)
    order = line.order
    if order.status != OrderStatus.TO_SHIP or not left:
        return left
    others = order.lines.exclude(pk=line.pk)
    is_last = all(other.refunded_fen >= other.sku_real_price for other in others)
    return left + (order.freight if is_last else 0)


def is_unshipped(line: OrderLine) -> bool:
    """Whether no piece of the line was shipped: then there is nothing to send back."""
    if line.order.status not in UNSHIPPED:
        return False
    return not any(
        item.line_id == line.pk for parcel in line.order.parcels.all() if parcel.sent_at for item in parcel.items.all()
    )


def faults_of_new(aftersale: Aftersale) -> Missing:
    """{field: [messages]}: why the after-sale cannot be opened."""
    faults = _faults_of_order(aftersale.order)
    line = aftersale.line
    if line is None:
        return faults | {"out_sku_id": [_("The order has no such goods.")]}
    others = Aftersale.objects.filter(line=line).exclude(pk=aftersale.pk)
    if others.open().exists():
        faults.setdefault("out_sku_id", []).append(_("There is an open after-sale on these goods already."))
    elif others.exclude(status=None).count() >= AFTERSALES_PER_LINE:
        faults.setdefault("out_sku_id", []).append(
            _("There have been five after-sales on these goods; WeChat takes no more.")
        )
    for field, lines in faults_of_content(aftersale).items():
        faults.setdefault(field, []).extend(lines)
    return faults


def faults_of_content(aftersale: Aftersale) -> Missing:
    """{field: [messages]}: what is wrong with its kind, number of pieces and amount."""
    faults: Missing = {}
    line = aftersale.line
    if line is None:
        return {"out_sku_id": [_("The order has no such goods.")]}
    if aftersale.is_ec and aftersale.type == Kind.EXCHANGE:
        faults["type"] = [_("WeChat knows no exchange on its merchant account: refund, and let the buyer order again.")]
    elif aftersale.is_ec and aftersale.type == Kind.RETURN and is_unshipped(line):
        faults["type"] = [_("These goods have not been shipped: only a refund is possible.")]
    if aftersale.is_ec and not aftersale.refund_reason.strip():
        faults["refund_reason"] = [_("WeChat wants the buyer's reason, in a few words.")]
    if not 0 < aftersale.product_cnt <= line.product_cnt - line.refunded_cnt:
        faults["product_cnt"] = [
            _("%(count)d pieces can be claimed.") % {"count": max(0, line.product_cnt - line.refunded_cnt)}
        ]
    most = most_refundable(line)
    if aftersale.orderamt > most:
        faults["orderamt"] = [_("At most %(most)s can be refunded on these goods.") % {"most": yuan(most, "¥")}]
    elif aftersale.orderamt <= 0 and aftersale.type != Kind.EXCHANGE:
        faults["orderamt"] = [_("The amount has to be above zero.")]
    if aftersale.pk and ClaimVersion.objects.filter(aftersale=aftersale).count() >= settings.AFTERSALE_MOST_CHANGES:
        faults.setdefault("type", []).append(_("This after-sale was changed too often; WeChat takes no more changes."))
    return faults


def _faults_of_order(order: Order) -> Missing:
    if order.status not in PAID:
        return {
            "out_order_id": [_("The order is “%(state)s”: there is nothing to claim.") % {"state": order.state_label}]
        }
    if order.settle_no:
        return {"out_order_id": [_("The order has been settled; WeChat takes no more after-sales.")]}
    end = window_end(order)
    if end and end < timezone.now():
        return {"out_order_id": [_("The days for after-sales on this order are over.")]}
    return {}


def window_end(order: Order) -> datetime | None:
    """When the days for after-sales end, counted from the receipt; None where the receipt is not known here."""
    received = order.changes.filter(status=OrderStatus.FINISHED).order_by("id").values_list("at", flat=True).first()
    if received is None or order.status != OrderStatus.FINISHED:
        return None
    return received + timedelta(days=order.aftersale_duration or settings.ORDER_AFTERSALE_DAYS)


def family_of(order: Order) -> int:
    return Family.EC if order.fund_type else Family.OLD
