"""Resolves differences: take WeChat's, push ours, or known, because …; each is an edit in the difference's timeline."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.steps import actors, unread
from wechat.steps.errors import Asked, Conflict
from wechat.steps.operations import Operation

from .. import approvals, jobs
from ..edits import trace_edits
from ..models import Difference, Job
from ..models.differences import STANDING
from . import reads
from .sources import Source, sources
from .storing import close, count_open, note

log = logging.getLogger(__name__)
State = Difference.State
May = Callable[[str], bool]  # whether somebody has a permission
WAYS = ("take", "push", "know")
MOST = 5_000  # rows resolved at once


class Resolved(NamedTuple):
    """What became of the chosen rows; the jobs are those that push."""

    done: int
    left: int
    jobs: list[Job]


def why_not(row: Difference, way: str, may: May) -> str:
    """Why a row cannot be resolved this way by who has these permissions; "" where it can."""
    source = sources.get(row.source)
    if row.state not in STANDING:
        return _("It is resolved already: %(state)s.") % {"state": row.state_label}
    if source is None:
        return _("This version of the console does not compare it.")
    if way == "take":
        lacks = "" if may(source.take_permission) else _("You may not change these records.")
        return lacks or source.why_not_take(row)
    if way == "push":
        if row.push_job_id and row.push_job and row.push_job.finished_at is None:
            return _("It is being sent.")
        op = source.push(row)
        if op is None or row.record is None:
            return _("WeChat has no interface for it.")
        return "" if may(op.permission) else _("You may not run “%(operation)s”.") % {"operation": op.label}
    return ""


def take(rows: Iterable[Difference], may: May) -> Resolved:
    """Store WeChat's values here; a record that was read again since is left for the next comparison."""
    done = left = 0
    touched: set[str] = set()
    for source, key, chosen in _by_record(rows, "take", may):
        taken = _taken(source, key, chosen)
        done, left = done + len(taken), left + len(chosen) - len(taken)
        touched |= {row.kind for row in taken}
    count_open(touched)
    return Resolved(done, left, [])


def _taken(source: Source, key: str, chosen: list[Difference]) -> list[Difference]:
    """The rows that were taken; one record that cannot be stored stops no other."""
    try:
        with transaction.atomic():
            locked = _locked(chosen)
            return list(locked.values()) if locked and _take(source, key, locked) else []
    except unread.AWAY:
        raise
    except Exception:
        log.exception("what WeChat has of %s %s could not be taken", source.name, key)
        return []


def _take(source: Source, key: str, rows: dict[str, Difference]) -> bool:
    record = source.found([key]).get(key)
    missing = next((row for row in rows.values() if row.record is None), None)
    with reads.expected():
        if record is None:
            is_taken = missing is not None and source.adopt(missing) is not None
        else:
            is_taken = source.take(record, rows)
    if not is_taken:
        return False
    _resolve(list(rows.values()), State.TAKEN)
    return True


def push(rows: Iterable[Difference], may: May) -> Resolved:
    """Send ours to WeChat, with the operations that there are: what takes a second person still does."""
    started: list[Job] = []
    chosen: dict[str, list[Difference]] = {}
    ops: dict[str, Operation] = {}
    left = 0
    for row in rows:
        source = sources.get(row.source)
        op = source.push(row) if source else None
        if op is None or why_not(row, "push", may):
            left += 1
            continue
        ops[op.full_name] = op
        chosen.setdefault(op.full_name, []).append(row)
    done = 0
    for name, mine in chosen.items():
        op = ops[name]
        mine, asked = _approved(op, mine)
        left += asked
        if not mine:
            continue
        with transaction.atomic():
            for source_name, some in groupby(sorted(mine, key=lambda row: row.source), key=lambda row: row.source):
                sources[source_name].before_push(list(some))
        job = jobs.start(op, op.on._default_manager.filter(pk__in={_pk(row) for row in mine}))
        Difference.objects.standing().filter(pk__in=[row.pk for row in mine]).update(push_job=job, state=State.OPEN)
        _trace(mine, {_("Push ours"): ["", str(op.label)]})
        started.append(job)
        done += len(mine)
    return Resolved(done, left, started)


def _approved(op: Operation, rows: list[Difference]) -> tuple[list[Difference], int]:
    """Those that may be sent now, and how many wait for a second person, who is asked for here."""
    sent, user = [], actors.current().user
    for row in rows:
        try:
            op.ask_second(row.record, user)
        except Asked:
            continue
        sent.append(row)
    try:
        approvals.refuse_many(op, list({pk for row in sent if (pk := _pk(row))}), user)
    except Asked:
        sent = []
    return sent, len(rows) - len(sent)


def know(rows: Iterable[Difference], because: str) -> Resolved:
    """Leave both sides as they are, with the reason; found with the same values again, it stays known."""
    because = because.strip()[:300]
    if not because:
        raise Conflict(_("Say why the two differ."))
    done, kinds = 0, set()
    with transaction.atomic():
        mine = list(_locked(list(rows), by="pk").values())
        _resolve(mine, State.KNOWN, because)
        done, kinds = len(mine), {row.kind for row in mine}
    count_open(kinds)
    return Resolved(done, 0, [])


def resolve(rows: Iterable[Difference], way: str, may: May, because: str = "") -> Resolved:
    if way == "take":
        return take(rows, may)
    return push(rows, may) if way == "push" else know(rows, because)


def close_pushed() -> int:
    """Resolve what a job has pushed; where it was refused, the difference stays open and may be pushed again."""
    rows = Difference.objects.open().filter(push_job__isnull=False).select_related("push_job__user").order_by("id")
    count = 0
    for job, mine in groupby(sorted(rows[:MOST], key=lambda row: row.push_job_id or 0), key=lambda row: row.push_job):
        if job is None:
            continue
        some = list(mine)
        steps = job.steps.filter(object_id__in=[_pk(row) for row in some], state=Step.State.DONE)
        sent = set(steps.values_list("object_id", flat=True))
        pushed = [row for row in some if _pk(row) in sent]
        with transaction.atomic(), actors.acting(job.door, job.user):
            _resolve(pushed, State.PUSHED)
        if job.finished_at is not None:
            Difference.objects.open().filter(pk__in=[row.pk for row in some if _pk(row) not in sent]).update(
                push_job=None
            )
        count_open({row.kind for row in pushed})
        count += len(pushed)
    return count


def _pk(row: Difference) -> int | None:
    """The key of the record that the operation runs on."""
    return sources[row.source].pushed_pk(row)


def _by_record(rows: Iterable[Difference], way: str, may: May) -> Iterable[tuple[Source, str, list[Difference]]]:
    fit = [row for row in rows if not why_not(row, way, may)]
    fit.sort(key=lambda row: (row.source, row.key, row.pk))
    for (name, key), some in groupby(fit, key=lambda row: (row.source, row.key)):
        yield sources[name], key, list(some)


def _locked(rows: list[Difference], by: str = "field") -> dict[Any, Difference]:
    """The rows that still stand, locked until the transaction ends."""
    fresh = Difference.objects.standing().filter(pk__in=[row.pk for row in rows]).order_by("pk")
    return {getattr(row, by): row for row in fresh.select_for_update(of=("self",)).prefetch_related("record")}


def _resolve(rows: list[Difference], state: str, because: str = "") -> None:
    actor, now = actors.current(), timezone.now()
    counts: dict[str, Counter] = {}
    for row in rows:
        was = row.state_label
        if close(row, state, now, resolved_by=actor.user, door=actor.door, because=because or row.because):
            counts.setdefault(row.kind, Counter())["resolved"] += 1
            row.state = state
            _trace([row], {"state": [was, row.state_label], **({"because": ["", because]} if because else {})})
    note(timezone.localdate(), counts)


def _trace(rows: list[Difference], changes: dict[str, list[str]]) -> None:
    trace_edits(Difference, {row.pk: changes for row in rows})
