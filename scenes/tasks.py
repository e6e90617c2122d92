"""Scheduled tasks of access, scenes and people: they read what no message reports, or what a lost one would have."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from console import schedule
from wechat.steps.reading import unread_since

from .live_days import presses
from .models import Access, Scene, SceneGroup, Sharer
from .operations import check_scene, refresh_access, refresh_sharer

OFTEN, DAILY, HOUR = timedelta(minutes=25), timedelta(hours=20), timedelta(hours=1)
MOST = 1000  # sharers per run


@shared_task
def watch_access() -> int:
    """Read the access every half hour until all tasks are declared and the scene has passed, then once a day."""
    access = Access.load()
    wait = DAILY if access.all_declared and not access.is_banned and _no_review_runs() else OFTEN
    if access.read_at and access.read_at > timezone.now() - wait:
        return 0
    return schedule.each(refresh_access, [access])


def _no_review_runs() -> bool:
    return not any(group.is_in_review for group in SceneGroup.objects.prefetch_related("items"))


@shared_task
def refresh_sharers() -> int:
    """Read sharers who were invited and have not answered, and those who were missing in the last pull."""
    stale = timezone.now() - HOUR
    waiting = unread_since(Sharer.objects.inviting(), stale).order_by("read_at")
    missed = Sharer.objects.filter(bind_status__isnull=False, read_at=None).order_by("id")
    read = schedule.read_round(refresh_sharer, waiting, MOST)
    return read + schedule.read_round(refresh_sharer, missed, MOST)


@shared_task
def pull_people() -> None:
    """Pull promoters and sharers once a day."""
    schedule.pull("promoters", "sharers")


@shared_task
def check_scenes() -> int:
    """Read the scenes with a cached answer again, before the answer is too old or where it is no longer valid."""
    old, access = timezone.now() - timedelta(hours=12), Access.load()
    if access.is_open and access.turned_at:
        old = max(old, access.turned_at)
    return schedule.read_round(check_scene, Scene.objects.filter(read_at__lt=old).order_by("read_at"), 100)


@shared_task
def go_on_with_evenings() -> int:
    """Ask again for what a press on an evening's page wanted, where another step was in its way."""
    return presses.go_on()
