"""What a refund does to an order's line: pieces in no parcel yet are no longer to be shipped (BEHAVIOUR 4.6)."""

from django.db import transaction
from django.db.models import F, Sum

from wechat.models import Step

from .models import Order, OrderLine, ParcelItem
from .operations import ship_order


def refunded(line_id: int, count: int, amount: int, returned: bool) -> None:
    """Add a refund of `count` pieces, `amount` fen, within the transaction that stores it.

    returned: the pieces had been shipped and came back. Of others those count as refunded before shipping that are in
    no parcel that WeChat knows. While a parcel is on its way to WeChat nobody can tell: they count as shipped, and the
    line is marked for a person until WeChat has taken the parcel.
    """
    line = OrderLine.objects.filter(pk=line_id).select_related("order").first()
    if line is None:
        return
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=line.order_id)
        line.refresh_from_db()
        _count(line, count, amount, returned)


def _count(line: OrderLine, count: int, amount: int, returned: bool) -> None:
    freed, unclear = 0, False
    if not returned:
        packed = _pieces(line, sent_at__isnull=False)
        unclear = _is_being_sent(line) and bool(_pieces(line, sent_at=None))
        if unclear:
            packed += _pieces(line, sent_at=None)
        freed = max(0, min(count, line.product_cnt - packed - line.refunded_unshipped_cnt))
        unclear = unclear and freed < count
    OrderLine.objects.filter(pk=line.pk).update(
        refunded_cnt=F("refunded_cnt") + count,
        refunded_fen=F("refunded_fen") + amount,
        refunded_unshipped_cnt=F("refunded_unshipped_cnt") + freed,
        **({"refunds_unclear": True} if unclear else {}),
    )


def most_unshipped(line: OrderLine) -> int:
    """How many of the line's refunded pieces can be such as were in no parcel."""
    return max(0, min(line.refunded_cnt, line.product_cnt - _pieces(line, sent_at__isnull=False)))


def _pieces(line: OrderLine, **parcel: object) -> int:
    where = {f"parcel__{name}": value for name, value in parcel.items()}
    return ParcelItem.objects.filter(line=line, **where).aggregate(total=Sum("product_cnt"))["total"] or 0


def _is_being_sent(line: OrderLine) -> bool:
    shipping = Step.objects.of(line.order).open().filter(operation=ship_order.full_name)
    return shipping.filter(state__in=[Step.State.SENT, Step.State.UNKNOWN]).exists()
