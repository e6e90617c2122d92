"""What holds at any moment: nothing twice, nothing below zero, two people, only forward."""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Sum

from aftersales.models import Aftersale
from catalog.models import SKU
from console.models import Approval
from orders.funds.models import TradeRefund, Withdrawal
from orders.models import Order, OrderLine, StatusChange
from sandbox import books
from sandbox import models as theirs
from wechat.models import Step

from .rules import always

# From here, never back: of an order, and its ends.
RANK = {None: 0, 10: 1, 11: 2, 20: 3, 21: 4, 30: 5, 100: 6}
ENDS = (181, 200, 250)
CLAIM_ENDS = (1, 13, 14, 18, 19)


@always
def no_order_twice(world) -> Iterator[str]:
    """Each order that the backend asked for is at WeChat once, and none besides."""
    numbers = Counter(theirs.Order.objects.values_list("out_order_id", flat=True))
    asked = world.memory.get("asked", {})
    for number, count in numbers.items():
        if count > 1 or number not in asked:
            yield f"{number} is at WeChat {count} times, asked for: {number in asked}"


@always
def what_was_asked_for_is_what_wechat_has(world) -> Iterator[str]:
    asked = world.memory.get("asked", {})
    for order in theirs.Order.objects.all():
        body = asked.get(order.out_order_id)
        if body and order.price != _price(body):
            yield f"{order.out_order_id} costs {order.price} at WeChat, {_price(body)} was asked for"


def _price(body: dict) -> int:
    goods = sum(line["sale_price"] * line["product_cnt"] for line in body["product_infos"])
    return goods + body["price_info"]["freight"] - body["price_info"]["discounted_price"]


@always
def stock_never_below_zero(world) -> Iterator[str]:
    for sku in SKU.objects.filter(stock_num__lt=0):
        yield f"{sku.out_sku_id} has {sku.stock_num}"
    for product in theirs.Product.objects.all():
        for sku in (product.online or {}).get("skus", []):
            if sku["stock_num"] < 0:
                yield f"{sku['out_sku_id']} has {sku['stock_num']} at WeChat"


@always
def rows_of_a_job_are_taken_up_again(world) -> Iterator[str]:
    """What a worker died with before anything was sent is carried out by the next one, not closed."""
    for step in Step.objects.filter(jobs__isnull=False, state=Step.State.SKIPPED, message__startswith="Cut off before"):
        yield f"{step.operation} of a job on {step.object_id} was closed: {step.message}"


@always
def orders_go_forward(world) -> Iterator[str]:
    seen = world.memory.setdefault("orders", {})
    for number, status in Order.objects.values_list("out_order_id", "status"):
        was = seen.get(number)
        if was != status and was is not None and (was in ENDS or (status not in ENDS and RANK[status] < RANK[was])):
            yield f"{number} went from {was} to {status}"
        seen[number] = status
    for change in StatusChange.objects.select_related("order"):
        if change.was in ENDS or (change.status not in ENDS and RANK[change.status] <= RANK[change.was]):
            yield f"{change.order} is noted to have gone from {change.was} to {change.status}"


@always
def decided_claims_stay(world) -> Iterator[str]:
    seen = world.memory.setdefault("decided", {})
    for pk, status in Aftersale.objects.values_list("pk", "status"):
        if seen.get(pk) in CLAIM_ENDS and status != seen[pk]:
            yield f"after-sale {pk} went from {seen[pk]} to {status}"
        seen[pk] = status


@always
def two_people_for_withdrawals(world) -> Iterator[str]:
    """What reached WeChat was approved here by another than who asked, each once at a time, for its amount."""
    by_mark = {row.marked_remark.rsplit(".", 1)[0]: row for row in Withdrawal.objects.all()}
    live: Counter[str] = Counter()
    for row in theirs.Withdrawal.objects.all():
        mark = row.remark.rsplit(".", 1)[0]
        ours = by_mark.get(mark)
        if ours is None:
            yield f"{row.out_request_no} was asked for by nobody here"
        elif not ours.is_approved or ours.asked_by_id == ours.approved_by_id:
            yield f"{row.out_request_no} was approved by no second person"
        elif ours.amount != row.amount:
            yield f"{row.out_request_no} is of {row.amount}, {ours.amount} was approved"
        live[mark] += row.status in (row.STARTED, row.ACCEPTED, row.SUCCEEDED)
    for mark, count in live.items():
        if count > 1:
            yield f"withdrawal {mark} goes out {count} times"


@always
def two_people_for_large_refunds(world) -> Iterator[str]:
    """A refund that brings what a payment has refunded above the limit had a second person."""
    at_wechat = set(theirs.TradeRefund.objects.exclude(result="CLOSE").values_list("refund_no", flat=True))
    refunds: dict[int, list[TradeRefund]] = {}
    for row in TradeRefund.objects.select_related("trade").order_by("asked_at", "pk"):
        if row.refund_no in at_wechat:
            refunds.setdefault(row.trade.payment_id, []).append(row)
    for rows in refunds.values():
        total = sum(row.amount for row in rows)
        if total > settings.REFUND_SECOND_PERSON and not rows[-1].is_approved:
            yield f"{total} of {rows[-1].trade.payment} are refunded, and nobody approved the last, {rows[-1]}"
    known = set(TradeRefund.objects.values_list("refund_no", flat=True))
    for number in at_wechat - known:
        yield f"refund {number} was asked for by nobody here"


@always
def a_large_claim_had_two_people(world) -> Iterator[str]:
    by_us = ("acceptrefund",)
    for claim in theirs.Claim.objects.filter(orderamt__gt=settings.REFUND_SECOND_PERSON):
        if not any(entry["event"] in by_us for entry in claim.log):
            continue
        ours = Aftersale.objects.filter(aftersale_id=claim.aftersale_id).first()
        approved = ours and Approval.objects.filter(object_id=ours.pk, kind="refund").exclude(approved_by=None)
        if not approved or not approved.filter(mark=str(claim.orderamt)).exists():
            yield f"after-sale {claim.aftersale_id} of {claim.orderamt} was agreed to by one person"


@always
def no_more_is_refunded_than_was_paid(world) -> Iterator[str]:
    for order in theirs.Order.objects.all():
        if not 0 <= order.paid_back <= order.price:
            yield f"{order.out_order_id}: {order.paid_back} of {order.price} refunded at WeChat"
    for line in OrderLine.objects.all():
        if line.refunded_cnt > line.product_cnt:
            yield f"{line.order}: {line.refunded_cnt} of {line.product_cnt} pieces refunded"
    for trade in theirs.Trade.objects.prefetch_related("refunds"):
        if trade.left < 0:
            yield f"{trade.trade_no}: {trade.left} left"


@always
def no_parcel_twice(world) -> Iterator[str]:
    for order in theirs.Order.objects.exclude(parcels=[]):
        numbers = Counter((parcel["delivery_id"], parcel.get("waybill_id")) for parcel in order.parcels)
        pieces: Counter[str] = Counter()
        for parcel in order.parcels:
            for item in parcel["product_info_list"]:
                pieces[item["out_sku_id"]] += item["product_cnt"]
        ordered = {line["out_sku_id"]: line["product_cnt"] for line in order.lines}
        if max(numbers.values()) > 1 or any(count > ordered[sku] for sku, count in pieces.items()):
            yield f"{order.out_order_id}: parcels {dict(numbers)} with {dict(pieces)} of {ordered}"


@always
def the_books_of_wechat_add_up(world) -> Iterator[str]:
    """Of the sandbox itself: else no comparison means anything."""
    now, last = books.current(), theirs.Flow.objects.order_by("pk").last()
    total = theirs.Flow.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    if last and not last.balance == total == now.pending + now.available:
        yield f"{last.balance}, {total} and {now.pending} + {now.available}"
    if now.pending < 0:
        yield f"{now.pending} are pending"


@always
def one_open_step(world) -> Iterator[str]:
    """An open step has a time at which somebody looks at it again: a lease, a next attempt, or a person."""
    for step in Step.objects.filter(state__in=("wanted", "sent"), lease_until=None, next_attempt_at=None):
        yield f"{step} on {step.object_id} is {step.state} and has neither lease nor next attempt"
