from datetime import timedelta

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from console.today import RECORDS, Chart, Urgent, chart, work
from console.today_charts import by_day

from . import operations
from .approval import WAITS_FOR_SECOND
from .models import Aftersale, Complaint, Dispute

DESK = "admin:aftersales_aftersale_changelist"
DECISIONS = (operations.accept_refund, operations.accept_return, operations.confirm_goods)


def _ending(rows: QuerySet, hours: int) -> QuerySet:
    return rows.filter(deadline_at__lte=timezone.now() + timedelta(hours=hours))


def most_urgent() -> list[Urgent]:
    rows = Aftersale.objects.ours().select_related("order", "line")
    return [
        Urgent(
            row,
            row.goods_label if row.line else str(row),
            " · ".join(part for part in (yuan(row.orderamt, "¥"), row.refund_reason[:40]) if part),
            until=row.deadline_at,
            operations=DECISIONS,
        )
        for row in rows.order_by(F("deadline_at").asc(nulls_last=True), "-id")[:RECORDS]
    ]


@work(
    "aftersales.view_aftersale",
    group="aftersales",
    title=_("After-sales"),
    text=_("Buyers wait for your answer."),
    page=DESK,
    query="state=ours",
    order=5,
    late=lambda: _ending(Aftersale.objects.ours(), 6),
    late_text=_("due within 6 h: %(count)d"),
    urgent=most_urgent,
)
def waiting_aftersales() -> QuerySet:
    return Aftersale.objects.ours()


@work(
    "aftersales.approve_refund",
    group="aftersales",
    title=_("Refunds to approve"),
    text=_("Somebody asked for a large refund."),
    page=DESK,
    query="state=to-approve",
    order=6,
    late=lambda: _ending(_asked(), 24),
    late_text=_("due within 24 h: %(count)d"),
)
def _asked() -> QuerySet:
    return Aftersale.objects.ours().filter(WAITS_FOR_SECOND)


@work(
    "aftersales.receive_return",
    group="aftersales",
    title=_("Goods coming back"),
    text=_("Mark what has arrived, for those who decide."),
    page=DESK,
    query="state=coming-back",
    order=12,
    late=lambda: _ending(Aftersale.objects.ours().expected(), 24),
    late_text=_("WeChat refunds within 24 h: %(count)d"),
)
def returns() -> QuerySet:
    return Aftersale.objects.expected()


def next_disputes() -> list[Urgent]:
    rows = Dispute.objects.running().order_by("expired_at")[:RECORDS]
    return [Urgent(row, str(_("Dispute")) + f" {row}", row.state_label, until=row.expired_at) for row in rows]


@work(
    "aftersales.view_dispute",
    group="aftersales",
    title=_("Disputes"),
    text=_("The platform decides: hand in your evidence in time."),
    page="admin:aftersales_dispute_changelist",
    tone="red",
    order=7,
    urgent=next_disputes,
)
def disputes() -> QuerySet:
    return Dispute.objects.running()


def next_complaints() -> list[Urgent]:
    rows = Complaint.objects.unanswered().order_by(F("due_at").asc(nulls_last=True), "-id")[:RECORDS]
    return [Urgent(row, str(_("Complaint")) + f" {row}", row.content[:40], until=row.due_at) for row in rows]


@work(
    "aftersales.view_complaint",
    group="aftersales",
    title=_("Complaints"),
    text=_("Buyers complained to WeChat about the shop: answer them there."),
    page="admin:aftersales_complaint_changelist",
    query="state=open",
    order=8,
    late=lambda: Complaint.objects.due_within(6),
    late_text=_("due within 6 h: %(count)d"),
    urgent=next_complaints,
)
def complaints() -> QuerySet:
    return Complaint.objects.unanswered()


@chart("aftersales.reject_claim", order=30)
def aftersales_by_day() -> Chart:
    days = by_day(Aftersale.objects.all(), "created_at", "orderamt")
    return Chart(_("After-sales, 14 days"), days, reverse(DESK))
