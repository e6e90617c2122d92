"""Scheduled tasks of orders: they read changes whose message was lost, important ones more often."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from console import schedule
from wechat.models import Step
from wechat.steps import actors
from wechat.steps.reading import unread_since

from . import buyer_hashes, stock
from .models import BuyerHash, Order, OrderLine, OrderStatus
from .models.order import UNPAID, UNSHIPPED
from .operations import close_order, place_order, refresh_order, ship_order

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
    """Push orders that were stored while WeChat could not be reached, while the buyer may still pay."""
    now = timezone.now()
    unplaced = Order.objects.to_push().filter(created_at__lt=now - timedelta(seconds=15))
    return schedule.each(place_order, unplaced.filter(created_at__gt=now - timedelta(days=1)).order_by("id")[:MOST])


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
    """Send WeChat the stock of the products that were sold."""
    with actors.acting("schedule"):
        return stock.push()


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
