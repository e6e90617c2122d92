from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wechat.models import Callback, Step, UnreadRecord

from .models import Job
from .today import Card, card


@card("wechat.view_callback")
def needs_a_look() -> Card:
    failed = Callback.objects.set_aside().count()
    hour = timezone.now() - timedelta(hours=1)
    refused = Callback.objects.filter(state=Callback.State.REFUSED, received_at__gt=hour).count()
    stale = Callback.objects.filter(
        state=Callback.State.REFUSED, received_at__gt=hour, error__startswith="stale"
    ).exists()
    lines = []
    if failed:
        lines.append(ngettext("%d message failed", "%d messages failed", failed) % failed)
    if refused:
        lines.append(ngettext("%d message refused this hour", "%d messages refused this hour", refused) % refused)
    if stale:
        lines.append(_("time stamps are off: check this server's clock"))
    state = Callback.State.FAILED if failed else Callback.State.REFUSED
    return Card(
        _("Messages from WeChat"),
        failed + refused,
        " · ".join(lines) or _("All messages have been handled."),
        reverse("admin:wechat_callback_changelist") + f"?state__exact={state}",
        "red" if failed or stale else "amber" if refused else "grey",
        order=90,
    )


@card("wechat.view_step")
def unknown_outcomes() -> Card:
    count = Step.objects.unknown().count()
    return Card(
        _("Unknown outcomes"),
        count,
        _("WeChat may or may not have acted: somebody has to look.") if count else _("Every outcome is known."),
        reverse("admin:wechat_step_changelist") + "?state__exact=unknown",
        "amber" if count else "grey",
        order=80,
    )


@card("wechat.view_unreadrecord")
def unread_records() -> Card:
    count = UnreadRecord.objects.count()
    return Card(
        _("Records that could not be read"),
        count,
        _("WeChat's answers about them are refusals or not as expected.") if count else _("Every record can be read."),
        reverse("admin:wechat_unreadrecord_changelist"),
        "amber" if count else "grey",
        order=82,
    )


@card("console.view_job")
def running_jobs() -> Card:
    jobs = Job.objects.filter(finished_at=None)
    paused = jobs.filter(paused=True).count()
    count = jobs.count()
    text = ngettext("%d is paused", "%d are paused", paused) % paused if paused else _("They go on by themselves.")
    return Card(
        _("Jobs under way"),
        count,
        text if count else _("No job is under way."),
        reverse("admin:console_job_changelist"),
        "amber" if paused else "grey",
        order=85,
    )
