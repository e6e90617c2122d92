"""What WeChat should have been told of an order by now; it counts what is not synchronised as a violation."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Order

PUSH_LATE = timedelta(hours=1)  # ours: WeChat's page names no time


def late_push(order: Order) -> str:
    """What is late to be sent, one sentence; "" where WeChat knows all."""
    late = timezone.now() - PUSH_LATE
    if order.order_id is None:
        is_over = order.refusal or order.given_up_at
        return "" if is_over or order.created_at > late else _("WeChat does not have this order yet.")
    if order.may_confirm_payment and order.placed_at <= late:
        return _("WeChat does not know yet that this order is paid.")
    waiting = [parcel for parcel in order.parcels.all() if parcel.sent_at is None and parcel.created_at <= late]
    if waiting and order.may_ship:
        return _("WeChat does not know yet of the parcel %(waybill)s.") % {"waybill": waiting[0].waybill_id}
    return ""
