"""What the schedule does for claims: reads what messages missed, and warns before silence decides."""

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
    """Read open after-sales that have not been read for some minutes, and disputes that still run."""
    stale = timezone.now() - STALE
    at_wechat = Aftersale.objects.open().filter(family=Family.EC).exclude(aftersale_id=None)
    aftersales = unread_since(at_wechat, stale).select_related("order").order_by("read_at")
    disputes = unread_since(Dispute.objects.running(), stale).order_by("read_at")
    return schedule.each(refresh_claim, aftersales[:MOST]) + schedule.each(refresh_dispute, disputes[:MOST])


@shared_task
def pull_all_aftersales():
    """Claims and disputes that no message told of."""
    schedule.pull("aftersales", "disputes")


@shared_task
def warn_of_deadlines() -> int:
    """Note 24, 6 and 1 hours before our silence decides; returns how many warnings were new."""
    now, count = timezone.now(), 0
    near = Aftersale.objects.ours().filter(deadline_at__lte=now + timedelta(hours=24), deadline_at__gt=now)
    with actors.acting("schedule"):
        for claim in near.order_by("deadline_at")[:MOST]:
            hours = due_warning((claim.deadline_at - now).total_seconds() / 3600)
            if hours and (not claim.warned or hours < claim.warned):
                count += _warn(claim, hours)
    return count


def _warn(claim: Aftersale, hours: int) -> int:
    mine = Aftersale.objects.filter(pk=claim.pk, warned=claim.warned, status=claim.status)
    if not mine.update(warned=hours):
        return 0
    note = _("Less than %(hours)d h left: WeChat decides in your place.") % {"hours": hours}
    ClaimChange.objects.create(aftersale=claim, was=claim.status, status=claim.status or 0, note=note, door="schedule")
    return 1
