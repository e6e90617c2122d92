"""From what was read to rows: new differences, those that stay, those that are over; and the figures of the day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from wechat.models import Step

from ..models import Difference, ReconciliationDay
from ..models.differences import STANDING
from .sources import THERE, Changed, Source, Theirs, pending_of

YOUNG = timedelta(minutes=15)
State, Outlook = Difference.State, Difference.Outlook


class Pair(NamedTuple):
    """One record on both sides; one of them may be missing."""

    key: str
    record: Any
    theirs: Theirs | None
    began: Any  # when the read began


class Stored(NamedTuple):
    compared: int
    found: int


def store(source: Source, pairs: list[Pair]) -> Stored:
    """Compare and store, within a transaction; records that were read or written since are left for the next time."""
    rows = Difference.objects.filter(source=source.name, key__in=[pair.key for pair in pairs])
    standing = {(row.key, row.field): row for row in rows.filter(state__in=STANDING).select_for_update()}
    records = {pair.record.pk: pair.record for pair in pairs if pair.record is not None}
    busy = _busy(source.model, list(records))
    about_to_be_sent = pending_of(source, [pair.key for pair in pairs])
    work = _Work(source, standing, busy)
    for pair in pairs:
        if pair.key not in about_to_be_sent and not _is_late(source, pair):
            work.compare(pair)
    return work.write()


def _is_late(source: Source, pair: Pair) -> bool:
    read_at = source.read_at(pair.record) if pair.record is not None else None
    return read_at is not None and read_at >= pair.began


def _busy(model: type[models.Model], pks: list[int]) -> set[int]:
    """Records with an open step that writes."""
    steps = Step.objects.open().filter(reads=False, content_type=ContentType.objects.get_for_model(model))
    return set(steps.filter(object_id__in=pks).values_list("object_id", flat=True)) if pks else set()


class _Work:
    """One page of pairs while it is compared."""

    def __init__(self, source: Source, standing: dict[tuple[str, str], Difference], busy: set[int]) -> None:
        self.source, self.standing, self.busy = source, standing, busy
        self.new: list[Difference] = []
        self.again: list[Difference] = []
        self.over: list[Difference] = []
        self.counts: dict[str, Counter] = {kind: Counter() for kind in source.kinds}
        self.compared = 0

    def compare(self, pair: Pair) -> None:
        fields = {field: row for (key, field), row in self.standing.items() if key == pair.key}
        differing = self._differing(pair, set(fields))
        self.compared += 1
        wrong = {self.source.kind_of(field) for field in differing}
        for kind in self.source.kinds if THERE not in differing else wrong:
            self.counts[kind]["compared"] += 1
            self.counts[kind]["equal"] += kind not in wrong
        values = pair.theirs.values if pair.theirs else self.source.values(pair.record)
        for field, changed in differing.items():
            self._keep(pair, field, changed, fields.get(field), values)
        over = [row for field, row in fields.items() if field not in differing]
        theirs = pair.theirs
        self.over += [row for row in over if theirs is None or self.source.covers(row.field, theirs)]
        if pair.record is not None and pair.theirs is not None:
            self.source.after(pair.record, pair.theirs)

    def _differing(self, pair: Pair, standing: set[str]) -> dict[str, Changed]:
        if pair.record is None and pair.theirs is None:
            return {}
        if pair.record is None or pair.theirs is None:
            return {THERE: Changed(pair.record is not None, pair.theirs is not None)}
        return self.source.compare(pair.record, pair.theirs, standing)

    def _keep(self, pair: Pair, field: str, changed: Changed, row: Difference | None, values: dict) -> None:
        if row is None:
            kind = self.source.kind_of(field)
            row = Difference(source=self.source.name, kind=kind, key=pair.key, field=field, found_at=timezone.now())
            self.new.append(row)
            self.counts[kind]["found"] += 1
        else:
            self.again.append(row)
            if row.state == State.KNOWN and (row.ours, row.theirs) != changed:
                # Another difference than the one that somebody explained.
                row.state, row.resolved_at, row.resolved_by = State.OPEN, None, None
                row.because = ""
        row.ours, row.theirs = changed
        row.record = pair.record
        row.their_row = pair.theirs.raw if pair.record is None and pair.theirs else {}
        row.amount_fen = self.source.fen(field, changed, values)
        row.outlook = self._outlook(pair, field, changed, row)
        row.seen_at = pair.began

    def _outlook(self, pair: Pair, field: str, changed: Changed, row: Difference) -> str:
        if pair.record is not None and pair.record.pk in self.busy:
            return Outlook.STEP
        if field in self.source.states and self.source.is_forward(field, changed):
            return Outlook.FORWARD
        return Outlook.YOUNG if row.found_at > timezone.now() - YOUNG else Outlook.STAYS

    def write(self) -> Stored:
        Difference.objects.bulk_create(self.new, ignore_conflicts=True)
        Difference.objects.bulk_update(
            self.again,
            [
                "ours",
                "theirs",
                "content_type",
                "object_id",
                "their_row",
                "amount_fen",
                "outlook",
                "seen_at",
                "state",
                "resolved_at",
                "resolved_by",
                "because",
            ],
        )
        now = timezone.now()
        for row in self.over:
            kind = row.kind
            pushed = row.state == State.OPEN and row.push_job_id is not None
            close(row, State.PUSHED if pushed else State.HEALED, now)
            self.counts[kind]["resolved" if pushed else "healed"] += 1
        note(timezone.localdate(), self.counts)
        return Stored(self.compared, len(self.new))


def close(row: Difference, state: str, now: Any, **fields: Any) -> bool:
    """Resolve a row that stands; False where somebody else has."""
    mine = Difference.objects.filter(pk=row.pk, state__in=STANDING)
    return bool(mine.update(state=state, resolved_at=now, their_row=None, **fields))


def note(day: date, counts: dict[str, Counter]) -> None:
    """Add to the figures of a day."""
    for kind, counted in sorted(counts.items()):
        if counted:
            ReconciliationDay.objects.get_or_create(day=day, kind=kind)
            added = {name: F(name) + number for name, number in counted.items() if number}
            if added:
                ReconciliationDay.objects.filter(day=day, kind=kind).update(**added)


def count_open(kinds: Iterable[str]) -> None:
    """Store what stands open now, with the money in it, at today's figures."""
    today = timezone.localdate()
    sums = Difference.objects.open().filter(kind__in=list(kinds)).order_by().values("kind")
    found: dict[str, Any] = {row["kind"]: row for row in sums.annotate(count=Count("pk"), fen=Sum("amount_fen"))}
    with transaction.atomic():
        for kind in sorted(kinds):
            row = found.get(kind, {})
            figures = {"open": row.get("count", 0), "open_fen": row.get("fen") or 0}
            ReconciliationDay.objects.update_or_create(day=today, kind=kind, defaults=figures)


def again(source: Source, before: Any, after: int, most: int) -> list[Difference]:
    """Open differences that were not seen since, in the order of their keys."""
    rows = Difference.objects.open().filter(seen_at__lt=before, source=source.name, pk__gt=after)
    return list(rows.order_by("pk")[:most])
