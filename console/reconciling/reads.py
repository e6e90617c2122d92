"""What a read changed and nobody expected: money, a state that went back, a parcel that is gone.

A read is applied as ever; what it took over is kept as a difference that is resolved already, so that somebody can see
it. Called by the app's `apply_snapshot`, within its transaction.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from wechat.steps import actors

from ..models import Difference
from .sources import Changed, sources
from .storing import Pair, note, store

State = Difference.State
_is_expected: ContextVar[bool] = ContextVar("is_expected", default=False)


@contextmanager
def expected() -> Iterator[None]:
    """Whatever is applied inside was asked for by somebody who saw the difference."""
    token = _is_expected.set(True)
    try:
        yield
    finally:
        _is_expected.reset(token)


def keep(source_name: str, record: Any, changed: dict[str, tuple[Any, Any]], began: datetime) -> None:
    """Keep the changes of a read that were taken over, {field: (before, after)}, as resolved differences."""
    source = sources.get(source_name)
    if source is None or not changed or _is_expected.get():
        return
    now, rows = timezone.now(), []
    counts: dict[str, Counter] = {}
    key = str(getattr(record, source.key))
    values = {name: pair[1] for name, pair in changed.items()}
    # Found open before: the read has resolved it.
    standing = Difference.objects.standing().filter(source=source_name, key=key, field__in=list(changed))
    known = set(standing.values_list("field", flat=True))
    standing.update(state=State.TAKEN, by_read=True, resolved_at=now, their_row=None)
    for field, (ours, theirs) in changed.items():
        if field in known:
            continue
        kind = source.kind_of(field)
        rows.append(
            Difference(
                source=source_name,
                kind=kind,
                record=record,
                key=key,
                field=field,
                ours=ours,
                theirs=theirs,
                amount_fen=source.fen(field, Changed(ours, theirs), source.values(record) | values),
                outlook=Difference.Outlook.STAYS,
                state=State.TAKEN,
                by_read=True,
                seen_at=began,
                resolved_at=now,
                door=actors.current().door,
            )
        )
        counts.setdefault(kind, Counter())["found"] += 1
        counts[kind]["resolved"] += 1
    Difference.objects.bulk_create(rows)
    note(timezone.localdate(), counts)


def look(source_name: str, record: Any, row: dict[str, Any], began: datetime) -> None:
    """Compare what a read showed that it does not take over; differences stay open."""
    source = sources.get(source_name)
    if source is None or _is_expected.get():
        return
    theirs = source.theirs_of(row, began + timedelta(microseconds=1))  # later than the read that is being applied
    fresh = source.found([theirs.key]).get(theirs.key)
    if fresh is not None:
        quiet = {name: value for name, value in theirs.values.items() if name not in source.states}
        store(source, [Pair(theirs.key, fresh, theirs._replace(values=quiet), theirs.began)])
