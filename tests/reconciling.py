"""What the tests of comparisons share."""

from django.utils import timezone

from console.reconciling import runs, schedule
from console.reconciling.sources import sources


def compare(*names: str, day=None) -> None:
    """Compare everything of a day, today unless told."""
    chosen = [sources[name] for name in names] or None
    for run in schedule.start_day(day or timezone.localdate(), chosen):
        while not runs.work(run.pk):
            pass


def anybody(permission: str) -> bool:
    return True
