"""A comparison, page by page: what it read, what it found and how far it got are one commit.

A worker that dies loses the page it was reading; its lease runs out, and another goes on from the cursor. No
transaction is open while WeChat is asked.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Now
from django.utils import timezone

from wechat.errors import Action, OperationError, Paused, Refused
from wechat.steps import actors, stopping, waking
from wechat.steps.leases import free, lease
from wechat.steps.unread import is_of_the_record

from ..models import ReconciliationRun, ReconciliationSeen
from .sources import Source, Span, Theirs, sources
from .storing import Pair, Stored, again, count_open, store

log = logging.getLogger(__name__)
Phase, Scope = ReconciliationRun.Phase, ReconciliationRun.Scope
PAGE = 50  # records that are read one by one for one commit
MOST_OPEN = 2_000  # differences read again in one run of the last hours
SLICE = 40.0  # seconds after which a worker lets others have their turn
PAUSE = timedelta(minutes=1)
MOST_FAILURES = 30  # in a row


def due() -> Q:
    return Q(due_at=None) | Q(due_at__lte=Now())


def work(pk: int, seconds: float = SLICE) -> bool:
    """Go on with a comparison for a while; whether it is over."""
    mine = ReconciliationRun.objects.unfinished().filter(free(), due(), pk=pk)
    if not mine.update(lease_until=lease(), attempts=F("attempts") + 1):
        return ReconciliationRun.objects.filter(pk=pk, phase__in=[Phase.DONE, Phase.FAILED]).exists()
    run = ReconciliationRun.objects.get(pk=pk)
    source = sources.get(run.source)
    if source is None or not source.available():
        return _end(run, Phase.DONE)
    until = monotonic() + seconds
    with actors.acting("schedule"):
        try:
            while monotonic() < until and run.phase != Phase.DONE:
                stopping.refuse_if_asked()
                began = monotonic()
                if not PHASES[run.phase](run, source):
                    return False
                _wait(began, run.phase)
        except OperationError as error:
            return _rest(run, error)
    if run.phase == Phase.DONE:
        return _end(run, Phase.DONE)
    ReconciliationRun.objects.filter(pk=run.pk, attempts=run.attempts).update(lease_until=None)
    return False


def _list(run: ReconciliationRun, source: Source) -> bool:
    """A page of WeChat's list."""
    theirs, cursor = source.page(_span(run), run.cursor)
    keys = [one.key for one in theirs]
    records = source.found(keys) if keys else {}
    pairs = [Pair(one.key, records.get(one.key), one, one.began) for one in theirs]

    def seen() -> None:
        rows = [ReconciliationSeen(run=run, key=key) for key in dict.fromkeys(keys)]
        ReconciliationSeen.objects.bulk_create(rows, ignore_conflicts=True)

    if cursor is None:
        run.phase = Phase.OURS
        run.cursor = None
    else:
        run.cursor = cursor
    return _commit(run, source, pairs, seen)


def _ours(run: ReconciliationRun, source: Source) -> bool:
    """Records of ours that WeChat's list did not have, read one by one."""
    listed = ReconciliationSeen.objects.filter(run=run, key=Cast(OuterRef(source.key), CharField()))
    rows = source.ours(_span(run)).filter(pk__gt=run.cursor or 0).exclude(Exists(listed)).order_by("pk")
    records = list(rows[:PAGE])
    pairs = _read(run, source, records)
    if records:
        run.cursor = records[-1].pk
    else:
        run.phase, run.cursor = (Phase.OPEN if run.scope == Scope.RECENT else Phase.DONE), None
    return _commit(run, source, pairs)


def _open(run: ReconciliationRun, source: Source) -> bool:
    """What stands open and was not seen in this run; a record that only WeChat has is found by its list alone."""
    done, after = run.cursor or (0, 0)
    rows = again(source, run.created_at, after, PAGE) if done < MOST_OPEN else []
    keys = list(dict.fromkeys(row.key for row in rows))
    records = source.found(keys) if keys else {}
    pairs = _read(run, source, [records[key] for key in keys if key in records])
    if len(rows) < PAGE:
        run.phase, run.cursor = Phase.DONE, None
    else:
        run.cursor = [done + len(rows), rows[-1].pk]
    return _commit(run, source, pairs)


PHASES: dict[str, Callable[[ReconciliationRun, Source], bool]] = {
    Phase.LIST: _list,
    Phase.OURS: _ours,
    Phase.OPEN: _open,
}


def _read(run: ReconciliationRun, source: Source, records: list[Any]) -> list[Pair]:
    pairs = []
    for record in records:
        began = timezone.now()
        try:
            theirs: Theirs | None = source.read(record)
        except OperationError as error:
            if not is_of_the_record(error):
                raise
            log.warning("%s could not be compared: %s", record, error)
            run.unread += 1
            continue
        pairs.append(Pair(str(getattr(record, source.key)), record, theirs, began))
    if pairs:  # as they are now: what was written while WeChat was asked is newer than what it answered
        fresh = source.found([pair.key for pair in pairs])
        pairs = [pair._replace(record=fresh[pair.key]) for pair in pairs if pair.key in fresh]
    return pairs


def _commit(run: ReconciliationRun, source: Source, pairs: list[Pair], more: Callable[[], None] | None = None) -> bool:
    """Store a page with the cursor after it; False where another worker has taken the comparison over."""
    with transaction.atomic():
        mine = ReconciliationRun.objects.filter(pk=run.pk, attempts=run.attempts)
        if not mine.update(
            phase=run.phase, cursor=run.cursor, unread=run.unread, lease_until=lease(), failures=0, fault=""
        ):
            return False
        stored = store(source, pairs) if pairs else Stored(0, 0)
        if more:
            more()
        mine.update(compared=F("compared") + stored.compared, found=F("found") + stored.found)
    return True


def _span(run: ReconciliationRun) -> Span:
    return Span(run.since, run.until, run.scope != Scope.RECENT)


def _wait(began: float, phase: str) -> None:
    """Leave the most of each endpoint's rate to people and orders."""
    if settings.RECONCILE_PAUSE and phase != Phase.DONE:
        stopping.asked.wait(settings.RECONCILE_PAUSE + (monotonic() - began) / 4)


def _rest(run: ReconciliationRun, error: OperationError) -> bool:
    """Go on later: the rate limit is reached, or WeChat gave no answer."""
    failures = run.failures if isinstance(error, Paused) else run.failures + 1
    wait = timedelta(seconds=getattr(error, "seconds", 5)) if isinstance(error, Paused) else PAUSE
    final = isinstance(error, Refused) and error.meaning.action in (Action.FIX, Action.STATE, Action.PLATFORM)
    if final or failures >= MOST_FAILURES:
        log.warning("the comparison of %s was given up: %s", run, error)
        run.fault = str(error)[:300]
        return _end(run, Phase.FAILED)
    mine = ReconciliationRun.objects.filter(pk=run.pk, attempts=run.attempts)
    mine.update(failures=failures, fault=str(error)[:300], due_at=Now() + wait, lease_until=None)
    return False


def _end(run: ReconciliationRun, phase: str) -> bool:
    source = sources.get(run.source)
    with transaction.atomic():
        mine = ReconciliationRun.objects.filter(pk=run.pk, attempts=run.attempts)
        ended = mine.update(phase=phase, fault=run.fault, finished_at=timezone.now(), lease_until=None, cursor=None)
    while ended and (keys := list(ReconciliationSeen.objects.filter(run=run).values_list("pk", flat=True)[:1000])):
        ReconciliationSeen.objects.filter(pk__in=keys).delete()
    if source:
        count_open(list(source.kinds))
    return True


def begin(source: Source, scope: str, since: datetime, until: datetime, user: Any = None) -> ReconciliationRun:
    """The unfinished comparison of this span, made where there is none."""
    first = Phase.LIST if source.listed_by_time or scope != Scope.RECENT else Phase.OPEN
    run, _new = ReconciliationRun.objects.unfinished().get_or_create(
        source=source.name,
        scope=scope,
        since=since,
        defaults={"until": until, "asked_by": user, "phase": first},
    )
    return run


def wake(run: ReconciliationRun) -> None:
    transaction.on_commit(lambda: waking.wake("console.tasks.work_comparison", run.pk))


def wake_again(pk: int) -> None:
    """Go on, unless it rests until later, or another worker has it."""
    if ReconciliationRun.objects.unfinished().filter(free(), due(), pk=pk).exists():
        waking.wake("console.tasks.work_comparison", pk)
