"""The machine and its workers: disk, queue."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import Callback, Step
from wechat.steps.leases import free

from ..alerts.kinds import MEASURED, Cause, alert
from ..models import Job, SignOfLife

WAITS = timedelta(minutes=10)


@alert(
    "disk_full",
    title=_("Disk nearly full"),
    text=_("More than %(percent)d%% of the disk with the console's files is in use."),
    permission="wechat.view_step",
    page="admin:index",
    is_urgent=True,
    settles=MEASURED,
)
def disk_full() -> list[Cause]:
    disk = shutil.disk_usage(settings.VAR)
    full = 100 * (disk.total - disk.free) >= settings.ALERTS_DISK_FULL * disk.total
    return [Cause("disk", {"percent": settings.ALERTS_DISK_FULL})] if full else []


@alert(
    "backup_old",
    title=_("Backup too old"),
    text=_(
        "For more than %(hours)d hours no backup has succeeded: what happened since would be lost with this machine."
    ),
    permission="wechat.view_step",
    page="admin:health",
    is_urgent=True,
)
def backup_old() -> list[Cause]:
    """Only where backups are made by the console itself."""
    lately = SignOfLife.objects.filter(
        name=SignOfLife.BACKUP, at__gt=timezone.now() - timedelta(hours=settings.BACKUP_HOURS)
    )
    is_old = settings.BACKUP_DIR and not lately.exists()
    return [Cause("backup", {"hours": settings.BACKUP_HOURS})] if is_old else []


@alert(
    "old_messages",
    title=_("Messages wait"),
    text=_("Messages from WeChat have waited for more than 10 minutes: do the workers run?"),
    permission="wechat.view_callback",
    page="admin:wechat_callback_changelist",
    query=f"state__exact={Callback.State.RECEIVED}",
    is_urgent=True,
    settles=MEASURED,
)
def old_messages() -> list[Cause]:
    old = timezone.now() - WAITS
    due = Q(next_attempt_at=None, received_at__lt=old) | Q(next_attempt_at__lt=old)
    return _standing(Callback.objects.due().filter(free(), due))


@alert(
    "old_steps",
    title=_("Steps wait"),
    text=_("Steps that could be carried out have waited for more than 10 minutes: do the workers run?"),
    permission="wechat.view_step",
    page="admin:wechat_step_changelist",
    query=f"state__exact={Step.State.WANTED}",
    is_urgent=True,
    settles=MEASURED,
)
def old_steps() -> list[Cause]:
    """Not those of paused jobs, and none while others are carried out: then they only are many."""
    due = Step.objects.filter(free(), state=Step.State.WANTED, next_attempt_at__lt=timezone.now() - WAITS)
    lately = Step.objects.filter(sent_at__gt=timezone.now() - WAITS)
    return [] if lately.exists() else _standing(due.exclude(jobs__in=Job.objects.filter(paused=True)))


def _standing(rows: QuerySet) -> list[Cause]:
    return [Cause("queue")] if rows.exists() else []
