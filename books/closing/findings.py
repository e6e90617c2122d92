"""What does not add up on a day, to the fen; each finding has a cause by which it is found again."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from orders.funds.models import Flow
from wechat.chunks import in_chunks

from . import balance
from .models import Close, CloseRow
from .scope import begun, is_first, movements
from .sources import SOURCES, Source, midnight

LOOKS_BACK = timedelta(days=31)  # records of earlier days whose movement is still missing
Problem = CloseRow.Problem
WAITING = (CloseRow.State.OPEN, CloseRow.State.LATER)


class Finding(NamedTuple):
    cause: str
    problem: str
    kind: str
    on: date
    amount: int  # fen: what moved less what should have moved
    source: str = ""
    expected: int | None = None
    moved: int | None = None
    flow: Flow | None = None
    record: models.Model | None = None


def find(close: Close, flows: QuerySet[Flow] | None = None) -> Iterator[Finding]:
    """Everything that does not add up; of all that does nothing is held."""
    flows = movements(close) if flows is None else flows
    for source in SOURCES:
        yield from _not_moved(source, close)
        yield from _differing(source, close, flows)
        yield from _behind(source, flows)
    yield from _without_record(flows)
    yield from _gaps(close)


def _not_moved(source: Source, close: Close) -> Iterator[Finding]:
    """Records of the day that no movement belongs to; the first open day also looks at those of closed days."""
    if not is_first(close):
        yield from _lacking(source, source.between(close.day, close.day))
        return
    known = CloseRow.objects.filter(source=source.name, problem=Problem.NOT_MOVED, state__in=WAITING).order_by()
    older = (
        source.rows()
        .filter(pk__in=known.values("object_id"), moment__lt=midnight(close.day + timedelta(days=1)))
        .exclude(expected=0)
    )
    yield from _lacking(source, source.between(max(begun(), close.day - LOOKS_BACK), close.day))
    yield from _lacking(source, older)


def _lacking(source: Source, rows: QuerySet) -> Iterator[Finding]:
    for record in in_chunks(source.with_moved(rows).filter(moved=None)):
        yield Finding(
            f"not_moved:{source.name}:{record.pk}",
            Problem.NOT_MOVED,
            source.kind,
            _day_of(record.moment),
            -record.expected,
            source.name,
            record.expected,
            0,
            record=record,
        )


def _differing(source: Source, close: Close, flows: QuerySet[Flow]) -> Iterator[Finding]:
    """Records of the day's movements of which another amount moved, or the same one twice."""
    touched = source.flows(flows).order_by().values("object_id")
    rows = source.with_moved(source.rows().filter(pk__in=touched)).exclude(moved=F("expected"))
    for record in in_chunks(rows):
        yield Finding(
            f"differs:{source.name}:{record.pk}",
            Problem.DIFFERS,
            source.kind,
            close.day,
            record.moved - record.expected,
            source.name,
            record.expected,
            record.moved,
            record=record,
        )


def _behind(source: Source, flows: QuerySet[Flow]) -> Iterator[Finding]:
    """Movements of a record that, as it was read last, is not paid, refunded or settled."""
    known = source.rows().filter(pk=OuterRef("object_id"))
    for flow in _with_records(source.flows(flows).filter(~Exists(known))):
        yield _of_flow(flow, Problem.BEHIND, source.name)


def _without_record(flows: QuerySet[Flow]) -> Iterator[Finding]:
    fitting = Q()
    for source in SOURCES:
        fitting |= Q(kind=source.kind, content_type=source.content_type)
    for flow in _with_records(flows.exclude(fitting, object_id__isnull=False)):
        yield _of_flow(flow, Problem.NO_RECORD)


def _gaps(close: Close) -> Iterator[Finding]:
    """Of the day, and of earlier ones whose missing movement was expected later."""
    waiting = CloseRow.objects.filter(close__day__lte=close.day, problem=Problem.GAP, state__in=WAITING)
    for day in sorted({close.day, *waiting.values_list("on", flat=True)}):
        if gap := balance.of(day).gap:
            yield Finding(f"gap:{day}", Problem.GAP, "", day, -gap)


def _of_flow(flow: Flow, problem: str, source: str = "") -> Finding:
    cause = f"{problem}:{flow.funds_flow_id}"
    return Finding(cause, problem, flow.kind, flow.day, flow.amount, source, 0, flow.amount, flow, flow.record)


def _with_records(flows: QuerySet[Flow]) -> Iterable[Flow]:
    return in_chunks(flows.prefetch_related("record").order_by("pk"))


def _day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()
