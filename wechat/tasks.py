from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from wechat import callbacks
from wechat.models import Call, Callback, Step, UnreadRecord
from wechat.steps import recovery, waking


@shared_task(name="wechat.tasks.handle_callbacks")
def handle_callbacks() -> None:
    """Handle all messages that are due."""
    while callbacks.handle_due():
        pass


@shared_task(name="wechat.tasks.sweep")
def sweep() -> None:
    """Find work whose task was lost: steps to resolve, and messages to handle."""
    recovery.sweep()
    if Callback.objects.due().exists():
        waking.wake("wechat.tasks.handle_callbacks")


@shared_task(name="wechat.tasks.prune")
def prune() -> int:
    """Delete old calls, messages and reading steps, in small batches; returns how many rows were deleted."""
    old = timezone.now() - timedelta(days=settings.WECHAT_KEEP_DAYS)
    week = timezone.now() - timedelta(days=min(7, settings.WECHAT_KEEP_DAYS))
    return (
        _delete(Call.objects.filter(created_at__lt=old))
        + _delete(Step.objects.filter(reads=True, closed_at__lt=old))
        + _delete(Callback.objects.filter(received_at__lt=old).exclude(state=Callback.State.RECEIVED))
        + _delete(UnreadRecord.objects.filter(tried_at__lt=week))  # nobody reads them any more
        + _delete(Callback.objects.filter(received_at__lt=week, state=Callback.State.REFUSED))
    )


def _delete(rows: QuerySet) -> int:
    gone = 0
    while ids := list(rows.values_list("pk", flat=True)[:1000]):
        rows.model.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone
