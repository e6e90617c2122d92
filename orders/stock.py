"""Paid orders lower the stock stored here; the schedule sends it to WeChat, for many products at once.

WeChat never lowers its stock because of an order (BEHAVIOUR 3.4); it changes only when we send ours.
"""

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from catalog import copies, payloads
from catalog.models import SKU, SPU, Unsent
from catalog.operations import update_spu_stock
from console import jobs
from wechat.chunks import chunks_of
from wechat.models import Step

from .models import Order, OrderLine

MOST = 5000  # orders per run


def take(order: Order) -> None:
    """Lower the stock by an order's goods, once per order; within the transaction that stores the payment."""
    first = Order.objects.filter(pk=order.pk, stock_taken_at=None)
    if not first.update(stock_taken_at=timezone.now(), stock_pushed=False):
        return
    # Every transaction locks the SKUs in this order, so two orders of the same goods do not deadlock.
    for line in order.lines.exclude(sku=None).order_by("sku_id"):
        SKU.objects.filter(pk=line.sku_id or 0).update(stock_num=Greatest(F("stock_num") - line.product_cnt, 0))


def push() -> int:
    """Send WeChat the stock of the products sold since the last run; returns their number."""
    orders = list(Order.objects.filter(stock_pushed=False).order_by("id").values_list("pk", flat=True)[:MOST])
    lines = OrderLine.objects.filter(order__in=orders).exclude(sku=None)
    sold = SPU.objects.current().filter(pk__in=lines.values("sku__spu"))
    for chunk in chunks_of(sold.with_content(), 200):
        for spu in chunk:
            unsent = copies.unsent(payloads.product(spu), spu.draft, spu.online)
            SPU.objects.filter(pk=spu.pk).update(unsent=unsent)
    waiting = sold.exclude(unsent=Unsent.NOTHING).exclude(online=None).order_by("id")
    count, busy = waiting.count(), Step.objects.none()
    if count:
        job = jobs.start(update_spu_stock, waiting)
        busy = job.steps.filter(state=Step.State.SKIPPED)
    # A product with another open step was skipped: its orders stay marked, so the next run sends its stock.
    done = Order.objects.filter(pk__in=orders).exclude(
        lines__sku__spu__in=list(busy.values_list("object_id", flat=True))
    )
    Order.objects.filter(pk__in=list(done.values_list("pk", flat=True))).update(stock_pushed=True)
    return count
