import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from wechat import actors
from wechat.errors import OperationError
from wechat.models import PulledList

from .models import SPU, EditStatus
from .operations import PULLS, listed, pull_products, refresh_spu
from .sheets import batches

log = logging.getLogger(__name__)


@shared_task
def pull_lists():
    """Read every list once a day."""
    with actors.acting("schedule"):
        for name, pull in PULLS.items():
            try:
                pull(listed(name))
            except OperationError as error:
                log.warning("%s was not pulled: %s", name, error)


@shared_task
def pull_all_products():
    """Compare every product with WeChat's copies once a day."""
    with actors.acting("schedule"):
        try:
            pull_products(listed(PulledList.Name.PRODUCTS))
        except OperationError as error:
            log.warning("the products were not pulled: %s", error)


@shared_task
def refresh_products() -> int:
    """Read what is in review and has not been read for half an hour: its message may never come."""
    stale = timezone.now() - timedelta(minutes=30)
    waiting = SPU.objects.current().filter(
        Q(read_at=None) | Q(read_at__lt=stale),
        Q(edit_status=EditStatus.IN_REVIEW) | Q(edit_status=EditStatus.EDITING, unsent=0),
    )
    read = 0
    with actors.acting("schedule"):
        for spu in waiting.order_by("read_at")[:2000]:
            try:
                refresh_spu(spu)
                read += 1
            except OperationError as error:
                log.warning("%s was not read: %s", spu, error)
    return read


@shared_task
def work_batch(batch_id: int):
    """Look through, import or undo one sheet."""
    batches.work(batch_id)


@shared_task
def ring_batches():
    """Ring again for imports that stand still."""
    batches.ring_standing()
