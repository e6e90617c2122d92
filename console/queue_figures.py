"""What waits, what was pushed and what was refused, each by an index or among the newest rows only."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Min

from wechat.models import Callback, Step

from .models import Job, SignOfLife

NEWEST = 5000  # messages among which the last one of each event is looked for
REFUSED = 10


class Queue(NamedTuple):
    """Rows in one state: how many, and since when the oldest waits."""

    state: str
    size: int
    oldest: datetime | None


def inbox() -> list[Queue]:
    due = Callback.objects.due().order_by().aggregate(count=Count("pk"), oldest=Min("received_at"))
    aside = Callback.objects.set_aside().order_by().aggregate(count=Count("pk"), oldest=Min("received_at"))
    return [
        Queue(Callback.State.RECEIVED, due["count"], due["oldest"]),
        Queue(Callback.State.FAILED, aside["count"], aside["oldest"]),
    ]


def steps() -> list[Queue]:
    """Those that are not closed: waiting, sent, of unknown outcome."""
    states = [Step.State.WANTED, Step.State.SENT, Step.State.UNKNOWN]
    rows = Step.objects.filter(state__in=states).order_by().values_list("state")
    found = {state: Queue(state, *rest) for state, *rest in rows.annotate(Count("pk"), Min("created_at"))}
    return [found.get(state, Queue(state, 0, None)) for state in states]


def jobs() -> list[Queue]:
    standing = Job.objects.standing().order_by().aggregate(count=Count("pk"), oldest=Min("created_at"))
    paused = Job.objects.filter(finished_at=None, paused=True).order_by()
    resting = paused.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return [
        Queue(Job.State.RUNNING, standing["count"], standing["oldest"]),
        Queue(Job.State.PAUSED, resting["count"], resting["oldest"]),
    ]


def last_events() -> dict[str, datetime]:
    """The last message of each event, among the newest ones; the newest first."""
    newest = Callback.objects.exclude(state=Callback.State.REFUSED).order_by("-id")
    found: dict[str, datetime] = {}
    for event, received_at in newest.values_list("event", "received_at")[:NEWEST]:
        found.setdefault(event, received_at)
    return found


def refused() -> list[Any]:
    rows = Callback.objects.filter(state=Callback.State.REFUSED).order_by("-id")
    return list(rows.values("pk", "received_at", "error")[:REFUSED])


def signs() -> dict[str, datetime]:
    """When each queue's worker, and beat, last gave a sign of life."""
    return dict(SignOfLife.objects.order_by("name").values_list("name", "at"))
