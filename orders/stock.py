"""Paid orders lower the stock stored here; the schedule sends it to WeChat, for many products at once.

WeChat never lowers its stock because of an order (BEHAVIOUR 3.4); it changes only when we send ours.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog import copies, payloads
from catalog.models import SKU, SPU, Unsent
from catalog.operations import update_spu_stock
from console import jobs
from wechat.chunks import chunks_of
from wechat.models import Step
from wechat.steps import actors
from wechat.values import number

from .models import MoveKind, Order, OrderLine, Oversold, StockMove

MOST = 5000  # orders per run
LATELY = timedelta(days=3)  # for which a change of the stock waits that another step was in the way of


def take(order: Order) -> None:
    """Lower the stock by an order's goods, once per order; within the transaction that stores the payment.

    What is no longer for sale is taken from the part that an evening keeps back; what is nowhere is kept as oversold.
    """
    first = Order.objects.filter(pk=order.pk, stock_taken_at=None)
    if not first.update(stock_taken_at=timezone.now(), stock_pushed=False):
        return
    lines = list(order.lines.exclude(sku=None).order_by("sku_id", "id"))
    # Every transaction locks the SKUs in this order, so two orders of the same goods do not deadlock.
    skus = {sku.pk: sku for sku in locked(line.sku_id or 0 for line in lines)}
    over = []
    for line in lines:
        if sku := skus.get(line.sku_id or 0):
            short = max(line.product_cnt - sku.stock_num, 0)
            from_shop = min(short, sku.kept_back or 0)
            sku.stock_num = max(sku.stock_num - line.product_cnt, 0)
            if sku.kept_back is not None:
                sku.kept_back -= from_shop
            SKU.objects.filter(pk=sku.pk).update(stock_num=sku.stock_num, kept_back=sku.kept_back)
            if short:
                over.append(
                    Oversold(
                        order=order,
                        sku=sku,
                        out_sku_id=sku.out_sku_id,
                        from_shop=from_shop,
                        missing=short - from_shop,
                    )
                )
    Oversold.objects.bulk_create(over)


def locked(keys: Iterable[int]) -> list[SKU]:
    """These SKUs, locked until the transaction ends."""
    return list(SKU.objects.filter(pk__in=set(keys)).order_by("pk").select_for_update())


def total(sku: SKU) -> int:
    """All pieces that are not sold: those for sale, and those that an evening keeps back."""
    return sku.stock_num + (sku.kept_back or 0)


def set_total(sku: SKU, count: int, kind: str, reference: str) -> bool:
    """Set all pieces of a locked SKU; during an evening the shop's part takes the difference. False where it is so."""
    was = total(sku)
    if was == count:
        return False
    if sku.kept_back is not None:
        sku.stock_num = min(sku.stock_num, count)
        sku.kept_back = count - sku.stock_num
    else:
        sku.stock_num = count
    SKU.objects.filter(pk=sku.pk).update(stock_num=sku.stock_num, kept_back=sku.kept_back)
    note(sku, kind, was, reference)
    return True


def note(sku: SKU, kind: str, was: int, reference: str) -> None:
    """Keep a change of the stock that no order made."""
    StockMove.objects.create(
        sku_id=sku.pk,
        kind=kind,
        was=was,
        now=total(sku),
        for_sale=sku.stock_num,
        reference=reference[:100],
        user=actors.current().user,
    )


def refresh_unsent(spu: int) -> None:
    """After the stock or a price was changed here: what of the product WeChat does not have."""
    product = SPU.objects.with_content().get(pk=spu)
    unsent = copies.unsent(payloads.product(product), product.draft, product.online)
    SPU.objects.filter(pk=spu).update(unsent=unsent)


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


def push_moved() -> int:
    """Send WeChat the stock that a count, a push or a move of pieces changed while another step was in its way.

    Returns the number of products. An evening's own steps tell what they change.
    """
    kind = ContentType.objects.get_for_model(SPU)
    steps = Step.objects.filter(content_type=kind, reads=False)
    told = steps.filter(
        operation=update_spu_stock.full_name, object_id=OuterRef("sku__spu"), created_at__gte=OuterRef("at")
    ).exclude(state=Step.State.SKIPPED, attempts=0)
    moves = StockMove.objects.filter(at__gte=timezone.now() - LATELY).exclude(
        kind__in=[MoveKind.EVENING, MoveKind.EVENING_END]
    )
    waiting = SPU.objects.current().filter(pk__in=moves.exclude(Exists(told)).values("sku__spu")).exclude(online=None)
    waiting = waiting.exclude(
        Exists(Step.objects.open().filter(content_type=kind, reads=False, object_id=OuterRef("pk")))
    )
    left = []
    for chunk in chunks_of(waiting.with_content(), 200):
        for spu in chunk:
            if _differs(spu):
                refresh_unsent(spu.pk)
                left.append(spu.pk)
    products = SPU.objects.filter(pk__in=left).exclude(unsent=Unsent.NOTHING).order_by("id")
    count = products.count()
    if count:
        jobs.start(update_spu_stock, products)
    return count


def _differs(spu: SPU) -> bool:
    """Whether a copy at WeChat has another stock."""
    ours = {sku.out_sku_id: sku.stock_num for sku in spu.skus.all()}
    theirs = [sku for copy in (spu.draft, spu.online) if copy for sku in copy.get("skus") or []]
    return any(
        number(sku.get("stock_num")) != ours[sku["out_sku_id"]] for sku in theirs if sku.get("out_sku_id") in ours
    )
