"""Checks a day: what does not add up becomes a row, and a row whose other side has come is solved."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.funds.models import Flow
from wechat.steps.errors import Conflict

from . import figures, partners
from .findings import WAITING, Finding, find
from .models import Close, CloseRow
from .scope import is_first
from .sources import SOURCES

State = CloseRow.State
MOST_PARTNERS = 200  # looked for in one check
CHUNK = 500


def ensure_days() -> int:
    """Make the days from the first one up to yesterday, once the books were begun; returns how many are new."""
    begun = Close.objects.order_by("day").values_list("day", flat=True).first()
    if begun is None:
        return 0
    days = (timezone.localdate() - begun).days
    known = set(Close.objects.values_list("day", flat=True))
    wanted = (begun + timedelta(days=nth) for nth in range(days))
    made = [Close(day=day) for day in wanted if day not in known]
    Close.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def day_of(day: date) -> Close:
    """The close of a day that is over; the first one that is asked for begins the books. Raises Conflict."""
    if day >= timezone.localdate():
        raise Conflict(_("The day is not over yet."))
    first = Close.objects.order_by("day").first()
    if first is not None and day < first.day:
        raise Conflict(_("The books begin on %(day)s.") % {"day": first})
    close = Close.objects.get_or_create(day=day)[0]
    ensure_days()
    return close


@transaction.atomic
def check(close: Close, flows: QuerySet[Flow] | None = None) -> Close:
    """Look at an open day again; what people explained stays explained while its amount is the same."""
    close = Close.objects.select_for_update().get(pk=close.pk)
    if close.is_closed:
        return close
    seen: set[str] = set()
    looked = 0
    for chunk in _chunks(find(close, flows)):
        known = CloseRow.objects.in_bulk([one.cause for one in chunk], field_name="cause")
        for finding in chunk:
            seen.add(finding.cause)
            row = known.get(finding.cause)
            if row is None:
                looked += 1
                _make(close, finding, looked <= MOST_PARTNERS)
            else:
                looked += _update(close, row, finding, looked < MOST_PARTNERS)
    _heal(close, seen)
    close.figures, close.checked_at = figures.of(close, flows), timezone.now()
    close.open_count = close.rows.unexplained().count()
    close.save(update_fields=["figures", "checked_at", "open_count"])
    return close


def _chunks(found: Iterator[Finding]) -> Iterator[list[Finding]]:
    """So many at a time, each cause once: a record may be found as new and as known."""
    chunk: dict[str, Finding] = {}
    for finding in found:
        chunk[finding.cause] = finding
        if len(chunk) == CHUNK:
            yield list(chunk.values())
            chunk = {}
    if chunk:
        yield list(chunk.values())


def _make(close: Close, finding: Finding, with_partner: bool) -> None:
    row = CloseRow(close=close, cause=finding.cause, problem=finding.problem, source=finding.source, on=finding.on)
    _fill(row, finding)
    if with_partner and (partner := partners.likely(finding)):
        row.partner, row.partner_why = partner.record, partner.why
    row.save()


def _fill(row: CloseRow, finding: Finding) -> None:
    row.kind, row.amount, row.expected, row.moved = finding.kind, finding.amount, finding.expected, finding.moved
    row.flow = finding.flow
    if finding.record is not None:
        row.record = finding.record


def _update(close: Close, row: CloseRow, finding: Finding, with_partner: bool) -> bool:
    """A row opens again where its amount changed, it had been solved, or it was expected and did not come.

    Returns whether its partner was looked for.
    """
    overdue = row.state == State.LATER and close.day >= row.waits_until
    changed = row.amount != finding.amount or row.healed_at is not None
    if not (overdue or changed):
        looks = with_partner and row.state == State.OPEN and row.partner_id is None
        if looks and (partner := partners.likely(finding)):
            row.partner, row.partner_why = partner.record, partner.why
            row.save(update_fields=["partner_type", "partner_id", "partner_why"])
        return looks
    _fill(row, finding)
    row.close, row.state, row.healed_at, row.is_linked = close, State.OPEN, None, False
    row.save()
    return False


def _heal(close: Close, seen: set[str]) -> None:
    """Rows of this day, and those expected later of earlier days, that are not found any more."""
    active = CloseRow.objects.active()
    looked_at = [active.filter(close=close)]
    if is_first(close):
        looked_at.append(active.filter(state=State.LATER, close__day__lt=close.day))
        _note_what_came(active)
    for rows in looked_at:
        gone = [row for row in rows.only("cause", "state") if row.cause not in seen]
        waiting = [row.pk for row in gone if row.state in WAITING]
        CloseRow.objects.filter(pk__in=waiting).update(state=State.HEALED, healed_at=timezone.now())
        explained = [row.pk for row in gone if row.state not in WAITING]
        CloseRow.objects.filter(pk__in=explained).update(healed_at=timezone.now())


def _note_what_came(active: QuerySet[CloseRow]) -> None:
    """Movements that came after a person had explained why there is none."""
    for source in SOURCES:
        came = source.flows().filter(object_id=OuterRef("object_id"))
        explained = active.filter(problem=CloseRow.Problem.NOT_MOVED, source=source.name, state=State.ACCEPTED)
        explained.filter(Exists(came)).update(healed_at=timezone.now())
