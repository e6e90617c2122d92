"""What people decide: explain a row, close a day, open it again. All leave a trace; figures of a close are kept."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from console.edits import trace_edit
from orders.funds.models import Flow
from wechat.steps.errors import Conflict

from .checking import check
from .models import Close, CloseRow, Closing
from .scope import give_back, is_first, take

State = CloseRow.State
LONGEST = 300


def explain(row: CloseRow, user: Any, reason: str = "", *, linked: bool = False) -> None:
    """Say why a row is right as it is, or that it belongs to its likely partner. Raises Conflict."""
    reason = reason.strip()
    if linked and row.partner_id is None:
        raise Conflict(_("It has no likely partner: give a reason."))
    if not linked and not reason:
        raise Conflict(_("Give a reason."))
    if len(reason) > LONGEST:
        raise Conflict(_("At most %(most)d characters.") % {"most": LONGEST})
    _decide(row, user, State.ACCEPTED, reason, linked)


def expect_later(row: CloseRow, user: Any) -> None:
    """Let the day be closed without its movement, which may still be listed. Raises Conflict."""
    if not row.may_come:
        raise Conflict(_("Its movement should have been listed by now: find it, or give a reason."))
    _decide(row, user, State.LATER, "", False)


def take_back(row: CloseRow, user: Any) -> None:
    """The explanation was wrong. Raises Conflict."""
    _decide(row, user, State.OPEN, "", False)


@transaction.atomic
def _decide(row: CloseRow, user: Any, state: str, reason: str, linked: bool) -> None:
    close = Close.objects.select_for_update().get(pk=row.close_id)
    if close.is_closed:
        raise Conflict(_("The day is closed: open it again first."))
    row = CloseRow.objects.select_for_update().get(pk=row.pk)
    if row.healed_at:
        raise Conflict(_("It has been solved by itself."))
    before, row.state, row.reason, row.is_linked = row.state, state, reason, linked
    row.decided_by, row.decided_at = (None, None) if state == State.OPEN else (user, timezone.now())
    row.save(update_fields=["state", "reason", "is_linked", "decided_by", "decided_at"])
    close.open_count = close.rows.unexplained().count()
    close.save(update_fields=["open_count"])
    partner = f"→ {row.partner}" if linked else ""
    said = " ".join(part for part in (state, partner, reason) if part)
    trace_edit(close, {f"{row.record or row.flow or row.on} · state": [before, said]})  # codes: no language


def why_not(close: Close) -> str:
    """Why the day cannot be closed now; "" where it can."""
    if close.is_closed:
        return pgettext("daily close", "It is closed already.")
    if not close.is_over:
        return _("The day is not over yet.")
    if not is_first(close):
        first = Close.objects.first_open()
        return _("Days are closed in order: first %(day)s.") % {"day": first}
    if not close.is_pulled:
        return _("Its movements were not pulled since its end: pull them first.")
    if count := close.rows.unexplained().count():
        text = ngettext("%(count)d row is unexplained.", "%(count)d rows are unexplained.", count)
        return text % {"count": count}
    return ""


@transaction.atomic
def close_day(close: Close, user: Any) -> Close:
    """Count the day's movements, look at them once more, and keep the figures. Raises Conflict where it cannot be."""
    close = Close.objects.select_for_update().get(pk=close.pk)
    if not close.is_closed:
        take(close)
        close = check(close, Flow.objects.filter(taken__close=close))
    if fault := why_not(close):
        raise Conflict(fault)
    close.state, close.closed_at, close.closed_by = Close.State.CLOSED, timezone.now(), user
    close.save(update_fields=["state", "closed_at", "closed_by"])
    Closing.objects.create(close=close, act=Closing.Act.CLOSED, by=user, figures=close.figures)
    trace_edit(close, {"state": ["open", "closed"], "net": ["", str(close.figures["net"])]})
    return close


@transaction.atomic
def reopen(close: Close, user: Any, reason: str) -> Close:
    """Open a closed day again; its movements are counted anew when it is closed. Raises Conflict."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise Conflict(_("A reason has 1 to %(most)d characters.") % {"most": LONGEST})
    close = Close.objects.select_for_update().get(pk=close.pk)
    if not close.is_closed:
        raise Conflict(_("It is open."))
    Closing.objects.create(close=close, act=Closing.Act.REOPENED, by=user, reason=reason, figures=close.figures)
    give_back(close)
    close.state, close.closed_at, close.closed_by = Close.State.OPEN, None, None
    close.save(update_fields=["state", "closed_at", "closed_by"])
    trace_edit(close, {"state": ["closed", "open"], "reason": ["", reason]})
    return check(close)
