"""The console's own work: steps, messages, webhooks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import Callback, Step
from wechat.platform_names import event_name
from wechat.steps import operations

from ..alerts.kinds import MOST, Cause, alert, page_of
from ..models import WebhookEndpoint

SETTLES = timedelta(minutes=5)  # in which most outcomes that are unknown resolve themselves


def _operation(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "operation": operations.label_of(values["operation"])}


@alert(
    "unknown_outcome",
    title=_("Outcome unknown"),
    text=_("%(operation)s: WeChat may or may not have acted on %(record)s. Somebody has to look."),
    permission="wechat.view_step",
    page="admin:wechat_step_changelist",
    query="state__exact=unknown",
    words=_operation,
)
def unknown_outcomes() -> list[Cause]:
    rows = Step.objects.unknown().filter(created_at__lt=timezone.now() - SETTLES).order_by("pk")
    return [
        Cause(str(step.pk), {"operation": step.operation, "record": str(step.record or "–")}, page_of(step))
        for step in rows.prefetch_related("record")[:MOST]
    ]


def _event(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "event": event_name(values["event"])}


@alert(
    "failed_message",
    title=_("Message from WeChat failed"),
    text=_("%(event)s (#%(number)d) could not be handled."),
    permission="wechat.view_callback",
    page="admin:wechat_callback_changelist",
    query=f"state__exact={Callback.State.FAILED}",
    words=_event,
)
def failed_messages() -> list[Cause]:
    rows = Callback.objects.set_aside().defer("body").order_by("pk")[:MOST]
    return [Cause(str(row.pk), {"event": row.event, "number": row.pk}, page_of(row)) for row in rows]


def _because(values: Mapping[str, Any]) -> dict[str, Any]:
    because = values.get("because") or WebhookEndpoint.Because.SILENT
    return {**values, "why": WebhookEndpoint.Because(because).label}


@alert(
    "webhook_off",
    title=_("Webhook switched off"),
    text=_("%(record)s is not told any more: %(why)s."),
    permission="console.view_webhookendpoint",
    page="admin:console_webhookendpoint_changelist",
    words=_because,
)
def webhooks_off() -> list[Cause]:
    rows = WebhookEndpoint.objects.switched_off().order_by("pk")[:MOST]
    return [
        Cause(f"webhookendpoint-{row.pk}", {"record": str(row), "because": row.disabled_because}, page_of(row))
        for row in rows
    ]
