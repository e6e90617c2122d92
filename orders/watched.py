from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import MEASURED, MOST, Cause, alert, each, page_of
from wechat.models import Callback

from .cards import ORDERS
from .models import Order, Oversold

FEWEST = 3  # paid orders: each of them should have brought a message


@alert(
    "payment_in_doubt",
    title=_("Payment in doubt"),
    text=_("%(record)s: a message reported a payment that WeChat does not confirm."),
    permission="orders.clear_alert",
    page=ORDERS,
    query="state=in-doubt",
    is_urgent=True,
)
def in_doubt() -> list[Cause]:
    return each(Order.objects.to_look_at())


@alert(
    "no_messages",
    title=_("WeChat's messages do not arrive"),
    text=_("No message for %(hours)d h, though orders were paid: check the push address on WeChat's page."),
    permission="wechat.view_callback",
    page="admin:wechat_callback_changelist",
    is_urgent=True,
    settles=MEASURED,
)
def no_messages() -> list[Cause]:
    since = timezone.now() - timedelta(hours=settings.ALERTS_SILENT_HOURS)
    if Callback.objects.exclude(state=Callback.State.REFUSED).filter(received_at__gt=since).exists():
        return []
    paid = Order.objects.filter(placed_at__gt=since, paid_at__gt=since)[:FEWEST].count()
    return [Cause("messages", {"hours": settings.ALERTS_SILENT_HOURS})] if paid >= FEWEST else []


@alert(
    "oversold",
    title=_("Oversold"),
    text=_("%(sku)s in order %(record)s: %(count)d paid pieces are nowhere in the stock."),
    permission="orders.set_stock",
    page="admin:orders_stockedsku_changelist",
    query="state=oversold",
    is_urgent=True,
)
def oversold() -> list[Cause]:
    rows = Oversold.objects.open().select_related("order").order_by("pk")[:MOST]
    return [
        Cause(
            f"oversold-{row.pk}",
            {"sku": row.out_sku_id, "record": str(row.order), "count": row.missing},
            page_of(row.order),
        )
        for row in rows
    ]
