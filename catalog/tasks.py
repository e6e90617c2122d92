from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from console import schedule
from wechat.steps.reading import unread_since

from .imports import batches, forgetting
from .models import SPU, EditStatus, Unsent
from .operations import refresh_spu


@shared_task
def pull_lists() -> None:
    """Pull every list once a day."""
    schedule.pull("categories", "granted_categories", "granted_brands")


@shared_task
def pull_all_products() -> None:
    """Compare every product with WeChat's copies once a day."""
    schedule.pull("products")


@shared_task
def refresh_products() -> int:
    """Read products in review that were not read for half an hour: their message may have been lost."""
    stale = timezone.now() - timedelta(minutes=30)
    waiting = SPU.objects.current().filter(
        Q(edit_status=EditStatus.IN_REVIEW) | Q(edit_status=EditStatus.EDITING, unsent=Unsent.NOTHING)
    )
    return schedule.read_round(refresh_spu, unread_since(waiting, stale).order_by("read_at"), 2000)


@shared_task
def work_batch(batch_id: int) -> None:
    """Check, import or undo one sheet."""
    batches.work(batch_id)


@shared_task
def forget_batches() -> int:
    """Delete the files of imports, and later the imports, whose days are over."""
    return forgetting.forget_old()


@shared_task
def ring_batches() -> None:
    """Wake workers for unfinished imports that no worker has claimed."""
    batches.wake_for_open()
