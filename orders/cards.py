from datetime import timedelta

from django.db.models import Count, Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.metrics import gauge
from console.money import yuan
from console.today import RECORDS, Chart, Urgent, chart, work
from console.today_charts import by_day

from .models import Order, OrderLine, OrderStatus, Oversold
from .models.order import UNPAID, UNSHIPPED

ORDERS = "admin:orders_order_changelist"


def late_to_ship() -> QuerySet:
    return Order.objects.to_ship().filter(paid_at__lt=timezone.now() - timedelta(hours=24))


def longest_to_ship() -> list[Urgent]:
    """One state after the other: then an index has the orders as they were paid, and nothing is sorted."""
    paid = Order.objects.filter(paid_at__isnull=False).order_by("paid_at")
    found = [order for status in UNSHIPPED for order in paid.filter(status=status)[:RECORDS]]
    found = sorted(found, key=lambda order: order.paid_at or timezone.now())[:RECORDS]
    prefetch_related_objects(found, "lines")
    return [Urgent(order, order.goods_label, yuan(order.order_price, "¥"), since=order.paid_at) for order in found]


@work(
    "orders.ship_order",
    group="orders",
    title=_("To ship"),
    text=_("Paid orders whose goods have not left yet."),
    page=ORDERS,
    query="state=to-ship",
    order=10,
    late=late_to_ship,
    late_text=_("over 24 h: %(count)d"),
    urgent=longest_to_ship,
)
def to_ship() -> QuerySet:
    return Order.objects.to_ship()


@work(
    "orders.clear_alert",
    group="orders",
    title=_("Payments in doubt"),
    text=_("Messages reported payments that WeChat does not confirm."),
    page=ORDERS,
    query="state=in-doubt",
    tone="red",
    order=15,
)
def in_doubt() -> QuerySet:
    return Order.objects.to_look_at()


@work(
    "orders.place_order",
    group="orders",
    title=_("Orders not at WeChat"),
    text=_("Stored while WeChat could not be reached; sent again automatically."),
    page=ORDERS,
    query="state=unplaced",
    order=46,
)
def not_at_wechat() -> QuerySet:
    return Order.objects.to_push()


@chart("orders.ship_order", order=10)
@chart("orders.view_order", order=90)
def orders_by_day() -> Chart:
    return Chart(_("Orders, 14 days"), by_day(Order.objects.all(), "placed_at", "order_price"), reverse(ORDERS))


@work(
    "orders.ship_order",
    group="orders",
    title=_("Refunds unclear"),
    text=_("It is not known whether the refunded pieces had been shipped."),
    page=ORDERS,
    query="state=unclear",
    tone="amber",
    order=13,
)
def unclear_refunds() -> QuerySet:
    return OrderLine.objects.filter(refunds_unclear=True)


@gauge("console_orders", "Orders that are not over, by WeChat's state; none: not placed yet.", "status")
def orders_by_status() -> dict[str, float]:
    """By the index on the state: those that are over may be a million."""
    is_open = Q(status=None) | Q(status__in=[*UNPAID, *UNSHIPPED, OrderStatus.SHIPPED])
    rows = Order.objects.filter(is_open).order_by().values_list("status").annotate(Count("pk"))
    return {"none" if status is None else str(status): count for status, count in rows}


@work(
    "orders.set_stock",
    group="products",
    title=_("Oversold"),
    text=_("Paid orders have pieces that are nowhere in the stock: find them, or refund."),
    page="admin:orders_stockedsku_changelist",
    query="state=oversold",
    tone="red",
    order=12,
)
def oversold() -> QuerySet:
    return Oversold.objects.open()
