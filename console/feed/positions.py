"""Gives positions to the events that are committed: consecutive numbers, in the order in which they became visible.

Whoever reads gives them first, so no event waits for a schedule. A transaction that is still open delays nothing: its
events get their positions once it is committed, after those that others were given meanwhile.
"""

from datetime import datetime

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from wechat import retention

from ..models import FeedEvent, FeedMark
from .triggers import CLOCK

BATCH = 1_000
NUMBER = """
UPDATE console_feedevent SET position = %s + numbered.nth, numbered_at = {clock}
FROM (
  SELECT id AS numbered_id, row_number() OVER (ORDER BY id) AS nth
  FROM console_feedevent WHERE position IS NULL AND id <= %s
) AS numbered
WHERE id = numbered.numbered_id
"""


def give() -> None:
    """Give a position to every committed event that has none."""
    while FeedEvent.objects.filter(position=None).exists():
        _give_some()


def last() -> int:
    """The last position that was given."""
    return FeedMark.objects.values_list("position", flat=True).first() or 0


def at_time(moment: datetime) -> int:
    """The position after which all events are that were committed since then."""
    later = FeedEvent.objects.filter(position__isnull=False, numbered_at__gte=moment)
    first = later.order_by("numbered_at", "position").first()
    return (first.position or 0) - 1 if first else last()


def is_lost(position: int) -> bool:
    """Whether it was given after a backup that was restored since."""
    lost = FeedMark.objects.values_list("lost", flat=True).first() or []
    return any(last < position < first for last, first in lost)


def leave_out_lost() -> None:
    """After a restore: go on behind all positions that were given since the backup, however many they were.

    The next one is the time in milliseconds. No feed has given as many positions as milliseconds have passed, so no
    reader holds one that is given again, and whoever holds one of those between is told so.
    """
    with transaction.atomic():
        FeedMark.objects.get_or_create(pk=1)
        mark = FeedMark.objects.select_for_update().get(pk=1)
        first = max(mark.position + 1, int(timezone.now().timestamp() * 1000))
        mark.lost = [*(mark.lost or []), [mark.position, first]]
        mark.position = first
        mark.save()


def _give_some() -> None:
    with transaction.atomic():
        FeedMark.objects.get_or_create(pk=1)
        mark = FeedMark.objects.select_for_update().get(pk=1)
        # Read under the lock. What another transaction commits from here on gets a later position.
        rows = FeedEvent.objects.filter(position=None).order_by("id")
        found = list(rows.values_list("id", "kind", "record_id", "name")[:BATCH])
        if not found:
            return
        FeedEvent.objects.filter(pk__in=_repeated(found)).delete()
        with connection.cursor() as cursor:
            # The database's clock: those of several hosts differ, and a time stands for a position (`at_time`).
            clock = CLOCK[connection.vendor].replace("%", "%%")
            cursor.execute(NUMBER.format(clock=clock), [mark.position, found[-1][0]])
            mark.position += cursor.rowcount
        mark.save()


def _repeated(found: list[tuple[int, str, int, str]]) -> list[int]:
    """Changes beside another event of the same record: nobody has seen that yet, so it tells of both."""
    told: dict[tuple[str, int], int] = {}
    # Of changes alone the last one is kept; whatever else happened to the record tells more than a change.
    for pk, kind, record_id, _name in sorted(found, key=lambda row: (row[3] != f"{row[1]}.changed", row[0])):
        told[kind, record_id] = pk
    return [pk for pk, kind, record_id, name in found if name == f"{kind}.changed" and told[kind, record_id] != pk]


def prune() -> int:
    """Of old events keep the newest of each record: a reader who begins at 0 still learns of every record."""
    newer = FeedEvent.objects.filter(
        kind=OuterRef("kind"), record_id=OuterRef("record_id"), position__gt=OuterRef("position")
    )
    gone = 0
    rows: models.QuerySet = FeedEvent.objects.filter(Exists(newer), position__isnull=False)
    outdated = retention.over("feed", rows, "numbered_at")
    while found := list(outdated.values_list("pk", flat=True)[:BATCH]):
        FeedEvent.objects.filter(pk__in=found).delete()
        gone += len(found)
    return gone
