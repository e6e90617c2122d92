"""What should have moved the money, by our own records: each source's rows with `expected` (fen) and `moment`.

A movement belongs to a source by its kind and by the model of its record (`funds.matching`).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from aftersales.models import Aftersale, Family
from aftersales.models.aftersale import PAID_BACK
from orders.funds.models import Flow, Trade, TradeRefund, Withdrawal
from orders.funds.models.flow import FlowKind
from orders.funds.models.trade import RefundStatus
from orders.funds.models.withdrawal import WithdrawStatus
from orders.models import FundType, Order

BEFORE = timedelta(days=45)  # an order or payment is made at most so long before it is paid
SETTLES = timedelta(days=180)  # an order is placed at most so long before it settles


class Source(NamedTuple):
    name: str
    kind: str
    model: type[models.Model]
    rows: Callable[[], QuerySet]
    made: tuple[str, timedelta] | None = None  # an indexed moment that is at most so long before `moment`

    @property
    def content_type(self) -> ContentType:
        return ContentType.objects.get_for_model(self.model)

    def between(self, since: date, until: date) -> QuerySet:
        """The records of these days, both included."""
        begin, end = midnight(since), midnight(until + timedelta(days=1))
        rows = self.rows().filter(moment__gte=begin, moment__lt=end).exclude(expected=0)
        if self.made:
            name, longest = self.made
            rows = rows.filter(**{f"{name}__gte": begin - longest, f"{name}__lt": end + timedelta(days=1)})
        return rows

    def with_moved(self, rows: QuerySet) -> QuerySet:
        """With `moved`: the sum of each record's movements of this kind, None where there is none."""
        flows = self.flows().filter(object_id=OuterRef("pk")).order_by().values("object_id")
        return rows.annotate(moved=Subquery(flows.annotate(total=Sum("amount")).values("total")))

    def flows(self, flows: QuerySet | None = None) -> QuerySet:
        """Its movements, of all or of these."""
        rows = Flow.objects.all() if flows is None else flows
        return rows.filter(kind=self.kind, content_type=self.content_type)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def _signed(column: str, sign: int) -> Cast:
    return Cast(F(column) * Value(sign), BigIntegerField())


def _orders_paid() -> QuerySet:
    paid = Order.objects.filter(fund_type=FundType.PLATFORM, paid_at__isnull=False)
    return paid.annotate(expected=_signed("order_price", 1), moment=F("paid_at"))


def _parts_paid() -> QuerySet:
    return Trade.objects.filter(paid_at__isnull=False).annotate(expected=_signed("amount", 1), moment=F("paid_at"))


def refunds_by_wechat() -> QuerySet[Aftersale]:
    """After-sales that WeChat paid back; one that the merchant paid offline moves nothing and has no number."""
    return Aftersale.objects.filter(family=Family.EC, status__in=PAID_BACK).exclude(refund_id="")


def _claims_refunded() -> QuerySet:
    return refunds_by_wechat().annotate(expected=_signed("orderamt", -1), moment=F("moved_at"))


def _parts_refunded() -> QuerySet:
    accepted = TradeRefund.objects.filter(status__in=RefundStatus.values)
    return accepted.annotate(expected=_signed("amount", -1), moment=F("asked_at"))


def _refunds_returned() -> QuerySet:
    closed = TradeRefund.objects.filter(status=RefundStatus.CLOSED)
    return closed.annotate(expected=_signed("amount", 1), moment=Coalesce("finished_at", "asked_at"))


def refunded_before() -> Coalesce:
    """Of an order: the fen that came back before its settlement, whose moment WeChat tells in whole seconds."""
    second = OuterRef("settled_at") + timedelta(seconds=1)
    before = refunds_by_wechat().filter(order=OuterRef("pk"), moved_at__lt=second)
    return Coalesce(Subquery(before.order_by().values("order").annotate(total=Sum("orderamt")).values("total")), 0)


def _fees() -> QuerySet:
    """The fee is what is missing in the settlement: the price less refunds before it, less what was settled."""
    settled = Order.objects.filter(fund_type=FundType.PLATFORM, settled_at__isnull=False, settled_fen__isnull=False)
    fee = F("settled_fen") - F("order_price") + refunded_before()
    return settled.annotate(expected=Cast(fee, BigIntegerField()), moment=F("settled_at"))


def _left(withdrawals: QuerySet) -> QuerySet:
    """Those whose money has left by any of their movements, though they failed: either may be listed first."""
    out = Flow.objects.filter(
        kind__in=(FlowKind.WITHDRAWAL, FlowKind.RETURN),
        content_type=ContentType.objects.get_for_model(Withdrawal),
        object_id=OuterRef("pk"),
    )
    return withdrawals.filter(Exists(out))


FAILED = (WithdrawStatus.FAILED, WithdrawStatus.CLOSED)


def _withdrawn() -> QuerySet:
    gone = Q(status__in=(WithdrawStatus.ACCEPTED, WithdrawStatus.SUCCEEDED, WithdrawStatus.RETURNED))
    failed = Q(pk__in=_left(Withdrawal.objects.filter(status__in=FAILED)).order_by().values("pk"))
    rows = Withdrawal.objects.filter(gone | failed)
    return rows.annotate(expected=_signed("amount", -1), moment=Coalesce("created_at", "asked_at"))


def _came_back() -> QuerySet:
    failed = Q(pk__in=_left(Withdrawal.objects.filter(status__in=FAILED)).order_by().values("pk"))
    rows = Withdrawal.objects.filter(Q(status=WithdrawStatus.RETURNED) | failed)
    return rows.annotate(expected=_signed("amount", 1), moment=Coalesce("created_at", "asked_at"))


SOURCES = [
    Source("order_paid", FlowKind.PAYMENT, Order, _orders_paid, ("placed_at", BEFORE)),
    Source("part_paid", FlowKind.PAYMENT, Trade, _parts_paid, ("payment__created_at", BEFORE)),
    Source("claim_refunded", FlowKind.REFUND, Aftersale, _claims_refunded),
    Source("part_refunded", FlowKind.REFUND, TradeRefund, _parts_refunded),
    Source("refund_returned", FlowKind.RETURN, TradeRefund, _refunds_returned),
    Source("fee", FlowKind.FEE, Order, _fees, ("placed_at", SETTLES)),
    Source("withdrawn", FlowKind.WITHDRAWAL, Withdrawal, _withdrawn),
    Source("withdrawal_returned", FlowKind.RETURN, Withdrawal, _came_back),
]
BY_NAME = {source.name: source for source in SOURCES}
