"""Which movements a day counts: each movement is counted by one close, in the end by all together exactly once."""

from datetime import date, timedelta

from django.db.models import Min, Q, QuerySet

from orders.funds.models import Flow

from .models import Close, Taken

REACH = timedelta(days=92)  # how old a movement of a closed day may be that the next close still counts
CHUNK = 1000


def movements(close: Close) -> QuerySet[Flow]:
    """Of a closed day what it counted, of an open one what it would count.

    The first open day also counts the movements of closed days that were listed after their close.
    """
    if close.is_closed:
        return Flow.objects.filter(taken__close=close)
    own = Q(day=close.day)
    if is_first(close):
        own |= Q(day__lt=close.day, day__gte=max(begun(), close.day - REACH))
    return Flow.objects.filter(own, taken=None)


def is_first(close: Close) -> bool:
    """Whether all days before it are closed, and it is not."""
    first = Close.objects.first_open()
    return first is not None and first.pk == close.pk


def begun() -> date:
    """The first day of the books."""
    return Close.objects.aggregate(first=Min("day"))["first"]


def after_the_close(close: Close) -> QuerySet[Flow]:
    """Movements booked on a closed day that it does not count: they were listed later."""
    return Flow.objects.filter(day=close.day).exclude(taken__close=close) if close.is_closed else Flow.objects.none()


def take(close: Close) -> int:
    """Count the movements of an open day as its own, in the caller's transaction."""
    count, last = 0, 0
    flows = movements(close).order_by("pk").values_list("pk", flat=True)
    while keys := list(flows.filter(pk__gt=last)[:CHUNK]):
        Taken.objects.bulk_create([Taken(flow_id=key, close=close) for key in keys])
        count, last = count + len(keys), keys[-1]
    return count


def give_back(close: Close) -> None:
    Taken.objects.filter(close=close).delete()
