from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from console.today import Card, card

from .models import Order

ORDERS = "admin:orders_order_changelist"
MOST = 1000  # highest count on the front page


@card("orders.ship_order")
def to_ship() -> Card:
    waiting = Order.objects.to_ship().exclude(paid_at=None)
    count = Order.objects.to_ship()[:MOST].count()
    oldest = waiting.order_by("paid_at").values_list("paid_at", flat=True).first()
    late = waiting.filter(paid_at__lt=timezone.now() - timedelta(hours=24))[:MOST].count()
    parts = [_("oldest %(time)s") % {"time": timesince(oldest, depth=1)}] if oldest else []
    parts += [_("%(count)d over 24 h") % {"count": late}] if late else []
    tone = "red" if late else "amber" if count else "grey"
    text = " · ".join(parts) or _("Nothing to ship.")
    return Card(_("To ship"), count, text, reverse(ORDERS) + "?state=to-ship", tone, order=10)


@card("orders.clear_alert")
def in_doubt() -> Card:
    count = Order.objects.to_look_at()[:MOST].count()
    text = _("Messages reported payments that WeChat does not confirm.") if count else _("No payment is in doubt.")
    return Card(
        _("Payments in doubt"), count, text, reverse(ORDERS) + "?state=in-doubt", "red" if count else "grey", 15
    )


@card("orders.place_order")
def not_at_wechat() -> Card:
    count = Order.objects.to_push()[:MOST].count()
    text = (
        _("Stored while WeChat could not be reached; sent again automatically.")
        if count
        else _("WeChat has every order.")
    )
    return Card(
        _("Orders not at WeChat"), count, text, reverse(ORDERS) + "?state=unplaced", "amber" if count else "grey", 46
    )
