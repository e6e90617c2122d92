import json
import shlex
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.confirming import Confirmation
from console.links import record_link
from console.list_filters import choice_filter
from console.lists import ReadOnlyAdmin
from console.masking import reveal
from console.templatetags.console import ago, badge, tone
from wechat import callbacks
from wechat.models import Call, Callback, Step
from wechat.platform_names import event_name
from wechat.sealed import Unreadable
from wechat.steps import operations

KINDS = {True: gettext_lazy("Reads"), False: gettext_lazy("Writes")}


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    empty_text = gettext_lazy("Whatever is asked of WeChat is written down here first, and how it ended.")
    day_column = "created_at"
    list_display = ["name", "where", "state_badge", "user", "when", "message"]
    list_filter = ["state", choice_filter("reads", gettext_lazy("kind"), KINDS), "user"]
    list_select_related = ["user", "content_type"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("record")

    @admin.display(description=gettext_lazy("operation"))
    def name(self, step: Step) -> str:
        return operations.label_of(step.operation)

    @admin.display(description=gettext_lazy("record"))
    def where(self, step: Step) -> str:
        return record_link(step.record)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, step: Step) -> str:
        return badge(step.get_state_display(), tone(step.state))

    @admin.display(description=gettext_lazy("at"), ordering="id")
    def when(self, step: Step) -> str:
        return ago(step.sent_at or step.created_at)


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    empty_text = gettext_lazy("Each call to WeChat is kept here with its answer, personal data masked.")
    day_column = "created_at"
    list_display = ["endpoint", "errcode", "errmsg", "duration", "asked_by", "when"]
    list_filter = ["endpoint"]
    search_fields = ["endpoint__startswith", "errmsg"]
    fields = [
        "endpoint",
        "created_at",
        "duration",
        "attempt",
        "asked_by",
        "request_id",
        "errcode",
        "errmsg",
        "request",
        "answer",
        "curl",
    ]
    readonly_fields = ["curl"]

    @admin.display(description=gettext_lazy("as curl, masked"))
    def curl(self, call: Call) -> SafeString:
        """The call for a terminal; token and personal data have to be put in."""
        address = shlex.quote(f"{settings.WECHAT_API_BASE}{call.endpoint}?access_token=ACCESS_TOKEN")
        body = shlex.quote(json.dumps(call.request, ensure_ascii=False))
        return format_html(
            '<code class="copy">{}</code>', f"curl {address} -H 'Content-Type: application/json' -d {body}"
        )

    @admin.display(description=gettext_lazy("at"), ordering="created_at")
    def when(self, call: Call) -> str:
        return ago(call.created_at)


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    empty_text = gettext_lazy(
        "The messages that WeChat pushes arrive here. None has come yet: check the push address on WeChat's page."
    )
    day_column = "received_at"
    list_display = ["name", "state_badge", "attempts", "received", "error"]
    list_filter = ["state"]
    search_fields = ["event__startswith"]
    actions = ["handle_again"]
    change_form_template = "admin/callback.html"
    fields = ["event", "state", "received_at", "handled_at", "attempts", "error", "concerns"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("body").prefetch_related("record")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/reveal/", wrap(self.reveal), name="wechat_callback_reveal"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("event"), ordering="event")
    def name(self, callback: Callback) -> str:
        return event_name(callback.event)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, callback: Callback) -> str:
        return badge(callback.get_state_display(), tone(callback.state))

    @admin.display(description=gettext_lazy("received at"), ordering="id")
    def received(self, callback: Callback) -> str:
        return ago(callback.received_at)

    @admin.display(description=gettext_lazy("record"))
    def concerns(self, callback: Callback) -> str:
        return record_link(callback.record)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wechat.replay_callback")

    @admin.action(description=gettext_lazy("Handle again"), permissions=["replay"])
    def handle_again(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        asked = Confirmation(self, request, queryset, gettext_lazy("Handle again"), why_not=_why_not_again)
        if not asked.is_given:
            return asked.page()
        count = callbacks.replay(asked.rows)
        messages.success(request, _("%d messages are handled again.") % count)
        return None

    def reveal(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The decrypted message; the reason for the reveal is stored first."""
        if not request.user.has_perm("console.reveal"):
            raise PermissionDenied
        callback = get_object_or_404(Callback, pk=pk)
        reason = request.POST.get("reason", "").strip()[:300]
        body = None
        if request.method == "POST" and len(reason) >= 4:
            reveal(callback, _("the message as it came"), reason)
            try:
                body = callback.raw.decode("utf-8", "replace")
            except Unreadable as error:
                body = str(error)
        elif request.method == "POST":
            messages.error(request, _("Say in a few words why you need to see it."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(callback),
            "body": body,
            "record": callback,
        }
        return render(request, "admin/reveal.html", context)


def _why_not_again(callback: Callback) -> str:
    return (
        _("It was refused: its signature or time stamp is wrong.") if callback.state == Callback.State.REFUSED else ""
    )
