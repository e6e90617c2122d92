"""Scheduled tasks of after-sales: they read changes whose message was lost, and warn before deadlines."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext as _

from console import schedule
from wechat.steps import actors
from wechat.steps.reading import unread_since

from .deadlines import due_warning
from .models import Aftersale, ClaimChange, Dispute, Family
from .operations import refresh_claim, refresh_dispute

STALE = timedelta(minutes=8)
MOST = 1000


@shared_task
def refresh_claims() -> int:
    """Read open after-sales that have not been read for some minutes, and disputes that are not decided."""
    stale = timezone.now() - STALE
    at_wechat = Aftersale.objects.open().filter(family=Family.EC).exclude(aftersale_id=None)
    aftersales = unread_since(at_wechat, stale).select_related("order").order_by("read_at")
    disputes = unread_since(Dispute.objects.running(), stale).order_by("read_at")
    read = schedule.read_round(refresh_claim, aftersales, MOST)
    return read + schedule.read_round(refresh_dispute, disputes, MOST)


@shared_task
def pull_all_aftersales() -> None:
    """Pull after-sales and disputes that no message reported."""
    schedule.pull("aftersales", "disputes")


@shared_task
def warn_of_deadlines() -> int:
    """Store a warning 24, 6 and 1 hours before WeChat decides in our place; returns the number of new warnings."""
    now, count = timezone.now(), 0
    near = Aftersale.objects.ours().filter(deadline_at__lte=now + timedelta(hours=24), deadline_at__gt=now)
    with actors.acting("schedule"):
        for aftersale in near.order_by("deadline_at")[:MOST]:
            hours = due_warning((aftersale.seconds_left or 0) / 3600)
            if hours and (not aftersale.warned or hours < aftersale.warned):
                count += _warn(aftersale, hours)
    return count


def _warn(aftersale: Aftersale, hours: int) -> int:
    status = aftersale.status
    # The UPDATE compares what was read: of two runs at once the first stores the warning, and an after-sale that has
    # changed since gets none.
    unwarned = Aftersale.objects.filter(pk=aftersale.pk, warned=aftersale.warned, status=status)
    if status is None or not unwarned.update(warned=hours):
        return 0
    note = _("Less than %(hours)d h left: WeChat decides in your place.") % {"hours": hours}
    ClaimChange.objects.create(aftersale=aftersale, was=status, status=status, note=note, door="schedule")
    return 1
