from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import MOST, Cause, alert, each, page_of

from .approval import WAITS_FOR_SECOND
from .cards import DESK
from .deadlines import CLOCKS, WARNINGS, due_warning
from .models import Aftersale, Complaint, Dispute


def _then(values: Mapping[str, Any]) -> dict[str, Any]:
    clock = CLOCKS.get(values["status"])
    return {**values, "then": clock.then if clock else "–"}


@alert(
    "aftersale_clock",
    title=_("After-sale about to end"),
    text=_("%(record)s: less than %(hours)d h left, then: %(then)s."),
    permission="aftersales.view_aftersale",
    page=DESK,
    query="state=ours",
    is_urgent=True,
    words=_then,
)
def clocks() -> list[Cause]:
    """Told 24 hours before the end; who has not acknowledged it is reminded 6 and 1 hours before it."""
    return [
        _clock(row, row.deadline_at, status=row.status or 0) for row in _near(Aftersale.objects.ours(), "deadline_at")
    ]


def _near(rows: QuerySet, end: str) -> QuerySet:
    """Those that end within a day, the next one first."""
    now = timezone.now()
    last = now + timedelta(hours=max(WARNINGS))
    return rows.filter(**{f"{end}__gt": now, f"{end}__lte": last}).order_by(end)[:MOST]


def _clock(row: Any, end: Any, **values: str | int) -> Cause:
    hours = due_warning((end - timezone.now()).total_seconds() / 3600)
    shown = {"record": str(row), "hours": hours, **values}
    return Cause(f"{row._meta.model_name}-{row.pk}", shown, page_of(row), stage=WARNINGS.index(hours) + 1)


@alert(
    "dispute_clock",
    title=_("Time for evidence about to end"),
    text=_("%(record)s (%(state)s): less than %(hours)d h left to hand in evidence."),
    permission="aftersales.view_dispute",
    page="admin:aftersales_dispute_changelist",
    is_urgent=True,
)
def disputes() -> list[Cause]:
    """The end of a dispute's present state, told as an after-sale's; the platform decides by what it has then."""
    return [_clock(row, row.expired_at, state=row.state_label) for row in _near(Dispute.objects.all(), "expired_at")]


@alert(
    "refund_to_approve",
    title=_("Refund needs a second person"),
    text=_("%(record)s: somebody asked for a large refund, another person has to approve it."),
    permission="aftersales.approve_refund",
    page=DESK,
    query="state=to-approve",
)
def refunds_to_approve() -> list[Cause]:
    return each(Aftersale.objects.ours().filter(WAITS_FOR_SECOND))


@alert(
    "complaint_clock",
    title=_("Complaint about to end"),
    text=_("%(record)s: less than 6 h left to answer it on WeChat's pages."),
    permission="aftersales.view_complaint",
    page="admin:aftersales_complaint_changelist",
    query="state=open",
    is_urgent=True,
)
def complaints() -> list[Cause]:
    return each(Complaint.objects.due_within(6))
