"""The books of both sides, compared to the fen once everything has come to rest; and that nothing is left open."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import F

from aftersales.models import Aftersale, Dispute
from catalog.models import SPU, Unsent
from orders.funds.models import Balance, Flow, Settlement, Trade, TradeRefund, TradeSharing, Withdrawal
from orders.models import Order, OrderLine, ParcelItem
from sandbox import books
from sandbox import models as theirs
from wechat.models import Callback, Step

from .rules import at_rest

APPROVED = 4  # by a reviewer, of a product


@at_rest
def nothing_is_open(world) -> Iterator[str]:
    for step in Step.objects.open():
        yield f"{step} on {step.object_id} is {step.state}: {step.message}"
    for callback in Callback.objects.filter(state__in=("received", "failed")):
        yield f"message {callback} is {callback.state}: {callback.error}"


@at_rest
def orders_are_equal(world) -> Iterator[str]:
    ours = {row.out_order_id: row for row in Order.objects.prefetch_related("lines", "parcels__items")}
    for their in theirs.Order.objects.all():
        our = ours.pop(their.out_order_id, None)
        if our is None:
            yield f"{their.out_order_id} is at WeChat only"
            continue
        one = (our.order_id, our.status, our.order_price, our.transaction_id, our.openid)
        two = (their.order_id, their.status, their.price, their.transaction_id, their.openid)
        if one != two:
            yield f"{their.out_order_id}: here {one}, at WeChat {two}"
        if bool(our.paid_at) != bool(their.paid_at):
            yield f"{their.out_order_id}: paid here {our.paid_at}, at WeChat {their.paid_at}"
        if our.promoter_id != their.promoter_id or our.sharer_openid != their.sharer_openid:
            yield f"{their.out_order_id}: sold by {our.promoter_id}{our.sharer_openid} here"
    for number, our in ours.items():
        if our.order_id or not (our.refusal or our.given_up_at or our.expire_at):
            yield f"{number} is here only, as {our.state_label}"


@at_rest
def what_is_left_to_ship_is_equal(world) -> Iterator[str]:
    """Pieces that are in no parcel, nor were refunded before they were in one; where WeChat sees it so, too.

    Also of orders for which nobody ships any more: what was refunded before shipping stays on their pages.
    """
    if not theirs.Account.only().on("refunds_free_unshipped"):
        return
    paid = Order.objects.filter(status__in=(20, 21, 30, 100)).prefetch_related("lines")
    orders = {row.out_order_id: row for row in paid}
    for their in theirs.Order.objects.filter(out_order_id__in=orders):
        our, gone, packed = orders[their.out_order_id], Counter(their.freed), Counter()
        for parcel in their.parcels:
            gone.update({item["out_sku_id"]: item["product_cnt"] for item in parcel["product_info_list"]})
        for item in ParcelItem.objects.filter(parcel__order=our, parcel__sent_at=None):
            packed[item.line_id] += item.product_cnt
        for line in our.lines.all():
            left = our.left_to_ship()[line.pk] + packed[line.pk]
            if not line.refunds_unclear and left != line.product_cnt - gone[line.out_sku_id]:
                yield f"{our} {line.out_sku_id}: {left} left to ship of {line.product_cnt} less {gone[line.out_sku_id]}"


@at_rest
def less_than_the_price_is_in_doubt(world) -> Iterator[str]:
    """A message told of a smaller payment, and nobody has looked at it."""
    for order in Order.objects.filter(told_fen__lt=F("order_price"), status__in=(20, 21, 30, 100), payment_alert=""):
        yield f"{order}: {order.told_fen} of {order.order_price} were told, and there is no alert"


@at_rest
def refunds_of_orders_are_equal(world) -> Iterator[str]:
    """Pieces of each line, and money, of orders whose refunds were after-sales."""
    for their in theirs.Order.objects.exclude(refunded={}).prefetch_related("claims"):
        done = [claim for claim in their.claims.all() if claim.status in theirs.Claim.DONE]
        lines = OrderLine.objects.filter(order__out_order_id=their.out_order_id)
        for line in lines:
            of_line = [claim for claim in done if claim.out_sku_id == line.out_sku_id]
            one = (line.refunded_cnt, line.refunded_fen)
            two = (sum(row.product_cnt for row in of_line), sum(row.orderamt for row in of_line))
            if one != two:
                yield f"{their.out_order_id} {line.out_sku_id}: refunded here {one}, at WeChat {two}"


@at_rest
def parcels_are_equal(world) -> Iterator[str]:
    for their in theirs.Order.objects.all():
        our = Order.objects.filter(out_order_id=their.out_order_id).prefetch_related("parcels").first()
        if our is None:
            continue
        one = {(parcel.delivery_id, parcel.waybill_id) for parcel in our.parcels.all() if parcel.sent_at}
        two = {(parcel["delivery_id"], parcel.get("waybill_id")) for parcel in their.parcels}
        if one != two:
            yield f"{their.out_order_id}: parcels here {sorted(one)}, at WeChat {sorted(two)}"


@at_rest
def claims_are_equal(world) -> Iterator[str]:
    ours = {row.aftersale_id: row for row in Aftersale.objects.filter(family=1)}
    for their in theirs.Claim.objects.select_related("order"):
        our = ours.pop(their.aftersale_id, None)
        if our is None:
            yield f"after-sale {their.aftersale_id} of {their.order.out_order_id} is at WeChat only"
            continue
        one = (our.status, our.type, our.orderamt, our.product_cnt, our.refund_id, our.out_aftersale_id or "")
        two = (their.status, their.type, their.orderamt, their.product_cnt, their.refund_id, their.out_aftersale_id)
        if one != two:
            yield f"after-sale of {their.order.out_order_id}: here {one}, at WeChat {two}"
    for number, our in ours.items():
        if number is not None:
            yield f"after-sale {our} is here only"


@at_rest
def disputes_are_equal(world) -> Iterator[str]:
    ours = dict(Dispute.objects.values_list("complaint_order_id", "state"))
    for their in theirs.Dispute.objects.all():
        found = {str(key): state for key, state in ours.items()}.get(str(their.complaint_order_id))
        if found != their.state:
            yield f"dispute {their.complaint_order_id}: here {found}, at WeChat {their.state}"


@at_rest
def withdrawals_are_equal(world) -> Iterator[str]:
    ours = {row.out_request_no: row for row in Withdrawal.objects.exclude(out_request_no=None)}
    earlier = {number for row in Withdrawal.objects.all() for number in row.earlier}
    for their in theirs.Withdrawal.objects.all():
        our = ours.get(their.out_request_no)
        if our is None and their.out_request_no not in earlier:
            yield f"withdrawal {their.out_request_no} ({their.remark}) is at WeChat only"
        elif our is not None and (our.status, our.amount) != (their.status, their.amount):
            yield f"withdrawal {their.remark}: {our.status} {our.amount} here, {their.status} {their.amount} at WeChat"


@at_rest
def no_withdrawal_is_without_a_way_out(world) -> Iterator[str]:
    """A day later: with the bank, over, or somebody can press something."""
    for row in Withdrawal.objects.filter(status__in=("BEFORE_SCAN_QRCODE", "AFTER_SCAN_QRCODE")):
        if row.released_at is None and not (row.may_renew or row.may_release):
            yield f"withdrawal {row.remark} is {row.status}, and nobody can do anything about it"


@at_rest
def what_is_paid_was_not_refused(world) -> Iterator[str]:
    for trade in Trade.objects.filter(paid_at__isnull=False).exclude(payment__refusal={}).select_related("payment"):
        yield f"payment {trade.payment} is paid, and refused: {trade.payment.refusal}"
    for order in Order.objects.filter(paid_at__isnull=False).exclude(refusal={}):
        yield f"{order} is paid, and refused: {order.refusal}"


@at_rest
def movements_are_equal(world) -> Iterator[str]:
    ours = {row.funds_flow_id: row for row in Flow.objects.all()}
    for their in theirs.Flow.objects.all():
        our = ours.pop(their.funds_flow_id, None)
        if our is None:
            yield f"movement {their.kind} {their.request_no} of {their.amount} is at WeChat only"
        elif (our.amount, our.balance) != (their.amount, their.balance):
            yield f"movement {their.request_no}: {our.amount} {our.balance} here, {their.amount} {their.balance}"
        elif our.object_id is None and not _is_of_whole_refund(their):
            yield f"movement {their.kind} {their.request_no} of {their.amount} belongs to nothing"
    for our in ours.values():
        yield f"movement {our.request_no} is here only"


def _is_of_whole_refund(flow: theirs.Flow) -> bool:
    """WeChat refunded a whole order by itself: no after-sale has the refund's number."""
    return flow.kind == flow.ORDER_REFUND and not theirs.Claim.objects.filter(refund_id=flow.request_no).exists()


@at_rest
def the_balance_is_equal(world) -> Iterator[str]:
    ours, now = Balance.load(), books.current()
    one, two = (ours.available, ours.pending), (books.free(now), now.pending)
    if one not in (two, (now.available, now.pending)):
        yield f"available and pending are {one} here, {two} at WeChat"


@at_rest
def settlements_are_equal(world) -> Iterator[str]:
    """Where its message arrived; where it was lost, the settlement is missed as soon as it is late."""
    told = {
        row.fields["order_info"]["out_order_id"]: row.fields["order_info"]
        for row in theirs.Push.objects.filter(event="open_product_order_settle", state=theirs.Push.DELIVERED)
    }
    for row in Settlement.objects.select_related("order"):
        their = told.get(row.order.out_order_id)
        if their and (row.order.settled_fen, row.settled_fen) != (their["amount"], their["amount"]):
            yield f"{row.order}: settled {row.order.settled_fen} here, {their['amount']} at WeChat"
        if their and row.state == "different" and row.order.out_order_id not in world.memory.get("early", ()):
            yield f"{row.order}: expected {row.expected_fen}, settled {row.settled_fen}"
    for number in told:
        if not Settlement.objects.filter(order__out_order_id=number).exists():
            yield f"{number}: its settlement is not known here"


@at_rest
def payments_are_equal(world) -> Iterator[str]:
    ours = {row.trade_no: row for row in Trade.objects.select_related("payment")}
    for their in theirs.Trade.objects.prefetch_related("refunds", "sharings"):
        our = ours.get(their.trade_no)
        if our is None:
            yield f"payment {their.trade_no} is at WeChat only"
            continue
        one = (bool(our.paid_at), our.amount, our.transaction_id)
        two = (their.status == their.PAID, their.amount, their.transaction_id)
        if one != two:
            yield f"payment {their.trade_no}: here {one}, at WeChat {two}"
        for model, key, rows in (
            (TradeRefund, "refund_no", their.refunds.all()),
            (TradeSharing, "profit_sharing_no", their.sharings.all()),
        ):
            state = "status" if model is TradeRefund else "result"
            found = dict(model.objects.filter(trade=our).values_list(key, state))
            for row in rows:
                if found.get(getattr(row, key)) != row.result:
                    yield f"{getattr(row, key)}: here {found.get(getattr(row, key))}, at WeChat {row.result}"


@at_rest
def stock_is_equal(world) -> Iterator[str]:
    """Where nobody has unsent changes; what is in review is with WeChat, but not on sale yet."""
    for spu in SPU.objects.current().filter(unsent=Unsent.NOTHING, edit_status=APPROVED).prefetch_related("skus"):
        their = theirs.Product.objects.get(out_product_id=spu.out_product_id)
        online = {sku["out_sku_id"]: sku["stock_num"] for sku in (their.online or {}).get("skus", [])}
        for sku in spu.skus.all():
            if online.get(sku.out_sku_id) != sku.stock_num:
                yield f"{sku.out_sku_id}: {sku.stock_num} here, {online.get(sku.out_sku_id)} at WeChat"


@at_rest
def products_are_equal(world) -> Iterator[str]:
    their_products = {row.out_product_id: row for row in theirs.Product.objects.all()}
    for spu in SPU.objects.all():
        their = their_products.get(spu.out_product_id)
        if their is None or their.deleted:
            if spu.is_known:
                yield f"{spu.out_product_id} is at WeChat no more, and here {spu.edit_status}/{spu.status}"
        elif spu.removed_at:
            yield f"{spu.out_product_id} is deleted here, and at WeChat {their.edit_status}/{their.status}"
        elif (spu.edit_status, spu.status) != (their.edit_status, their.status):
            yield f"{spu.out_product_id}: {spu.edit_status}/{spu.status} here, {their.edit_status}/{their.status}"
