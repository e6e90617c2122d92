from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import Callback, Step, UnreadRecord

from .models import APIKey, Difference, Erasure, Job, WebhookEndpoint
from .today import work

MESSAGES = "admin:wechat_callback_changelist"


def refused_lately() -> QuerySet:
    hour = timezone.now() - timedelta(hours=1)
    return Callback.objects.filter(state=Callback.State.REFUSED, received_at__gt=hour)


@work(
    "wechat.view_callback",
    group="settings",
    title=_("Failed messages"),
    text=_("Messages from WeChat that could not be handled."),
    page=MESSAGES,
    query=f"state__exact={Callback.State.FAILED}",
    tone="red",
    order=19,
)
def failed_messages() -> QuerySet:
    return Callback.objects.set_aside()


@work(
    "wechat.view_callback",
    group="settings",
    title=_("Messages refused this hour"),
    text=_("Their signature or time stamp is wrong."),
    page=MESSAGES,
    query=f"state__exact={Callback.State.REFUSED}",
    order=90,
    late=lambda: refused_lately().filter(error__startswith="stale"),
    late_text=_("time stamps are off, check this server's clock: %(count)d"),
)
def refused_messages() -> QuerySet:
    return refused_lately()


@work(
    "console.approve_erasure",
    group="settings",
    title=_("Buyers to erase"),
    text=_("A buyer asked to be erased: a second person approves it."),
    page="admin:console_erasure_changelist",
    query="state=waiting",
    order=23,
)
def erasures() -> QuerySet:
    return Erasure.objects.waiting()


@work(
    "wechat.view_step",
    group="settings",
    title=_("Unknown outcomes"),
    text=_("WeChat may or may not have acted: somebody has to look."),
    page="admin:wechat_step_changelist",
    query="state__exact=unknown",
    order=22,
)
def unknown_outcomes() -> QuerySet:
    return Step.objects.unknown()


@work(
    "wechat.view_unreadrecord",
    group="settings",
    title=_("Records that could not be read"),
    text=_("WeChat's answers about them are refusals or not as expected."),
    page="admin:wechat_unreadrecord_changelist",
    order=82,
)
def unread_records() -> QuerySet:
    return UnreadRecord.objects.all()


@work(
    "wechat.view_step",
    group="settings",
    title=_("Paused jobs"),
    text=_("Somebody paused them."),
    page="admin:console_job_changelist",
    order=84,
)
def paused_jobs() -> QuerySet:
    return Job.objects.filter(finished_at=None, paused=True)


@work(
    "wechat.view_step",
    group="settings",
    title=_("Jobs under way"),
    text=_("They go on by themselves."),
    page="admin:console_job_changelist",
    tone="blue",
    order=85,
)
def running_jobs() -> QuerySet:
    return Job.objects.filter(finished_at=None, paused=False)


@work(
    "console.view_webhookendpoint",
    group="settings",
    title=_("Webhooks switched off"),
    text=_("Another system is not told any more: nothing arrived, or its maker lost the permission."),
    page="admin:console_webhookendpoint_changelist",
    tone="red",
    order=24,
)
def webhooks_switched_off() -> QuerySet:
    return WebhookEndpoint.objects.switched_off()


@work(
    "auth.view_user",
    group="settings",
    title=_("API keys that end soon"),
    text=_("Within 14 days: renew them, or the programs that use them are turned away."),
    page="admin:console_apikey_changelist",
    query="ends=soon",
    order=60,
)
def ending_keys() -> QuerySet:
    return APIKey.objects.ending()


@work(
    "console.resolve_difference",
    group="money",
    title=_("Differences with WeChat"),
    text=_("The console and WeChat do not say the same: take WeChat's, push ours, or say why."),
    page="admin:console_difference_changelist",
    query="state=open",
    order=40,
    late=lambda: Difference.objects.late(),
    late_text=_("open for long, with money in them: %(count)d"),
)
def differences() -> QuerySet:
    return Difference.objects.open()
