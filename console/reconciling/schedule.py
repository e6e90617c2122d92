"""What is compared when: the last hours and what is open every few minutes, a whole day each night."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import ReconciliationRun
from . import resolving
from .runs import begin, due, wake
from .sources import Source, sources

Scope = ReconciliationRun.Scope
RECENT = timedelta(hours=2)
EVERY = timedelta(minutes=10)
AHEAD = timedelta(minutes=5)  # WeChat's clock may be ahead of ours


def recent() -> int:
    """Compare the last hours and what is open, where the last time is some minutes ago; returns how many began."""
    now, count = timezone.now(), 0
    lately = ReconciliationRun.objects.filter(scope=Scope.RECENT, created_at__gt=now - EVERY)
    done = set(lately.values_list("source", flat=True))
    unfinished = ReconciliationRun.objects.unfinished().filter(scope=Scope.RECENT)
    done |= set(unfinished.values_list("source", flat=True))
    for source in sources.values():
        if source.name not in done and source.available():
            # One row each: there would be a thousand a day.
            ReconciliationRun.objects.filter(source=source.name, scope=Scope.RECENT).delete()
            wake(begin(source, Scope.RECENT, now - RECENT, now + AHEAD))
            count += 1
    return count


def refuse_far(day: date) -> None:
    """Raises ValidationError for a day of no order's time."""
    if not 2000 <= day.year < 2100:
        raise ValidationError(_("Name a day of this century."))


def start_day(day: date, chosen: list[Source] | None = None, user: Any = None) -> list[ReconciliationRun]:
    """Compare everything of a day, in Shanghai's time."""
    since = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    return _start(Scope.DAY, since, since + timedelta(days=1), chosen, user)


def start_month(first: date, chosen: list[Source] | None = None, user: Any = None) -> list[ReconciliationRun]:
    """Compare everything of a month, by its first day."""
    since = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    until = timezone.make_aware(datetime.combine((first + timedelta(days=31)).replace(day=1), datetime.min.time()))
    return _start(Scope.MONTH, since, until, chosen, user)


def _start(
    scope: str, since: datetime, until: datetime, chosen: list[Source] | None, user: Any
) -> list[ReconciliationRun]:
    every = list(sources.values()) if chosen is None else chosen
    runs = [begin(source, scope, since, until, user) for source in every if source.available()]
    for run in runs:
        wake(run)
    return runs


def ring() -> int:
    """Wake workers for comparisons that nobody goes on with, and resolve what was pushed; returns how many waited."""
    resolving.close_pushed()
    recent()
    waiting = list(ReconciliationRun.objects.unfinished().filter(due()).order_by("id")[:50])
    for run in waiting:
        wake(run)
    return len(waiting)
