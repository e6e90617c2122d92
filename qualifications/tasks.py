from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from console import schedule
from wechat.steps.operations import Operation

from . import operations
from .models import BrandQualification, CategoryQualification

REFRESHES: dict[type[BrandQualification | CategoryQualification], Operation] = {
    BrandQualification: operations.refresh_brand,
    CategoryQualification: operations.refresh_category,
}


@shared_task
def refresh_audits() -> int:
    """Read open reviews that were not read for half an hour: their message may have been lost."""
    stale = timezone.now() - timedelta(minutes=30)
    read = 0
    for model, refresh in REFRESHES.items():
        open_ones = model.objects.pending().filter(
            Q(last_round__read_at__lt=stale) | Q(last_round__read_at=None, last_round__submitted_at__lt=stale)
        )
        waiting = open_ones.select_related("last_round").order_by("last_round__read_at")
        read += schedule.read_round(refresh, waiting, 500)
    return read
