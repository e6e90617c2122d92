"""Each morning: pull the days again in which a movement may have come late, and look at the days to close."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from console import schedule
from orders.funds.models import MerchantAccount
from orders.funds.models.account import MerchantState
from orders.funds.operations import pull_flow_day
from orders.funds.operations.lists import day_of

from .checking import check, ensure_days
from .models import LATE_DAYS, Close

MOST = 40  # days in one round


@shared_task
def check_days() -> int:
    """Returns how many days were checked; none before somebody has begun the books."""
    if not Close.objects.exists():
        return 0
    ensure_days()
    if MerchantAccount.load().state in (MerchantState.FINISHED, MerchantState.FROZEN):
        today = timezone.localdate()
        schedule.each(pull_flow_day, [day_of(today - timedelta(days=back)) for back in range(LATE_DAYS + 1, 0, -1)])
    days = list(Close.objects.due().order_by("day")[:MOST])
    for close in days:
        check(close)
    return len(days)
