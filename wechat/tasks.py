from celery import shared_task

from wechat import call_counts, callbacks, retention
from wechat.models import Call, Callback, CallCount, Step, UnreadRecord
from wechat.models.step import OPEN
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


@shared_task(name="wechat.tasks.count_calls")
def count_calls() -> int:
    """Count the calls of the last hour by endpoint and outcome."""
    return call_counts.refresh()


@shared_task(name="wechat.tasks.prune")
def prune() -> int:
    """Delete calls, messages and steps whose days are over, in small batches; returns how many rows were deleted."""
    closed = Step.objects.exclude(OPEN).exclude(state=Step.State.UNKNOWN)
    refused = Callback.objects.filter(state=Callback.State.REFUSED)
    return sum(
        retention.delete(retention.over(kind, rows, column))
        for kind, rows, column in [
            ("calls", Call.objects.all(), "created_at"),
            ("calls", CallCount.objects.all(), "hour"),
            ("reads", Step.objects.filter(reads=True), "closed_at"),
            ("steps", closed.filter(reads=False), "closed_at"),
            ("messages", Callback.objects.exclude(state=Callback.State.RECEIVED), "received_at"),
            ("refused", UnreadRecord.objects.all(), "tried_at"),  # nobody reads them any more
            ("refused", refused, "received_at"),
        ]
    )
