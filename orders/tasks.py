"""Scheduled tasks of orders: they read changes whose message was lost, important ones more often."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from console import schedule
from console.edits import trace_edits
from wechat.models import Step
from wechat.models.step import OPEN
from wechat.steps import actors
from wechat.steps.reading import unread_since

from . import buyer_hashes, stock, stock_counts
from .models import BuyerHash, Order, OrderLine, OrderStatus, StockCount
from .models.order import UNPAID, UNSHIPPED
from .operations import close_order, place_order, refresh_order, ship_order

State = StockCount.State
STALE = timedelta(minutes=8)
DAILY = timedelta(hours=20)
LONG = timedelta(days=60)  # an order may still change this long after it was placed
MOST = 1500  # orders per run; the next run is two minutes later


@shared_task
def refresh_orders() -> int:
    """Read unpaid and unshipped orders that have not been read for some minutes."""
    now = timezone.now()
    waiting = unread_since(Order.objects.filter(status__in=(*UNPAID, *UNSHIPPED)), now - STALE).exclude(openid="")
    count = schedule.read_round(refresh_order, waiting.order_by("read_at"), MOST)
    # Those shipped, or finished and still within the days for after-sales: once a day.
    moving = Order.objects.filter(status__in=(OrderStatus.SHIPPED, OrderStatus.FINISHED), read_at__lt=now - DAILY)
    moving = moving.exclude(openid="").filter(placed_at__gt=now - LONG)
    return count + schedule.read_round(refresh_order, moving.order_by("read_at"), MOST)


@shared_task
def push_unplaced_orders() -> int:
    """Push orders that were stored while WeChat could not be reached, as long as a buyer waits for them."""
    _give_up_orders()
    unplaced = Order.objects.to_push().filter(created_at__lt=timezone.now() - timedelta(seconds=15))
    return schedule.each(place_order, unplaced.order_by("id")[:MOST])


def _give_up_orders() -> None:
    """Close here the orders that nobody asked for in the last ORDER_PUSH_MINUTES: their buyers have left."""
    since = timezone.now() - timedelta(minutes=settings.ORDER_PUSH_MINUTES)
    steps = Step.objects.filter(content_type=ContentType.objects.get_for_model(Order), object_id=OuterRef("pk"))
    asked = Exists(steps.filter(door="api", created_at__gt=since))
    # One whose outcome is unknown may be at WeChat: its step is resolved first.
    left = Order.objects.unplaced().filter(~asked, ~Exists(steps.filter(OPEN)), created_at__lt=since)
    with actors.acting("schedule"), transaction.atomic():
        keys, now = list(left.order_by("id").values_list("pk", flat=True)[:MOST]), timezone.now()
        if keys and left.filter(pk__in=keys).update(given_up_at=now):
            given_up = Order.objects.filter(pk__in=keys, given_up_at=now).values_list("pk", flat=True)
            trace_edits(Order, {pk: {"given_up_at": ["", now.isoformat(timespec="seconds")]} for pk in given_up})


@shared_task
def close_overdue_orders() -> int:
    """Close orders that were not paid in time; one that WeChat has closed already counts as closed."""
    return schedule.each(close_order, Order.objects.overdue().order_by("expire_at")[:MOST])


@shared_task
def finish_shipping() -> int:
    """Close the shipping of orders whose last pieces were refunded before they were shipped: nobody waits for more."""
    partly = Order.objects.filter(status__in=UNSHIPPED, payment_alert="").with_content()
    partly = partly.filter(pk__in=OrderLine.objects.filter(refunded_unshipped_cnt__gt=0).values("order"))
    refused = Step.objects.filter(operation=ship_order.full_name, state=Step.State.REFUSED, object_id=OuterRef("pk"))
    waiting = partly.exclude(Exists(refused.filter(created_at__gt=timezone.now() - timedelta(days=1))))
    return schedule.each(ship_order, [order for order in waiting.order_by("id")[:MOST] if order.is_all_shipped])


@shared_task
def push_sold_stock() -> int:
    """Send WeChat the stock of the products that were sold, or that another step was in the way of."""
    with actors.acting("schedule"):
        return stock.push() + stock.push_moved()


@shared_task
def work_count(count_id: int) -> None:
    """Take or undo a sheet of counts."""
    stock_counts.work(count_id)


@shared_task
def go_on_with_counts() -> int:
    """Go on with sheets of counts whose worker died."""
    left = [State.TAKING, State.UNDOING]
    keys = list(StockCount.objects.filter(state__in=left).order_by("id").values_list("pk", flat=True)[:10])
    for key in keys:
        stock_counts.work(key)
    return len(keys)


@shared_task
def pull_all_orders() -> None:
    """Pull the orders of the last days."""
    schedule.pull("orders")


@shared_task
def pull_companies() -> None:
    schedule.pull("express_companies")


@shared_task
def erase_addresses() -> int:
    """Erase the addresses of orders placed ORDER_KEEP_ADDRESS_DAYS ago, unless they are still unpaid or unshipped."""
    old = timezone.now() - timedelta(days=settings.ORDER_KEEP_ADDRESS_DAYS)
    old_orders = Order.objects.filter(placed_at__lt=old, address__isnull=False).exclude(
        status__in=(*UNPAID, *UNSHIPPED)
    )
    keys = list(old_orders.values_list("pk", flat=True)[:50_000])
    with transaction.atomic():
        count = Order.objects.filter(pk__in=keys).update(address=None)  # locks them before the hashes go
        BuyerHash.objects.filter(order__in=keys).delete()
        return count


@shared_task
def hash_buyers() -> int:
    """Make the buyers of new orders findable by name and phone."""
    return buyer_hashes.refresh()


@shared_task
def forget_idempotency_keys() -> int:
    """Delete idempotency keys after a day; from then on only the order's number identifies a repeat."""
    old = timezone.now() - timedelta(days=1)
    keyed = Order.objects.filter(idempotency_key__isnull=False, created_at__lt=old)
    return Order.objects.filter(pk__in=list(keyed.values_list("pk", flat=True)[:50_000])).update(idempotency_key=None)
