"""Webhooks: their form, their buttons, and the log of what was sent."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.feed.kinds import kinds
from console.feed.reading import position_of
from console.models import WebhookDelivery, WebhookEndpoint
from console.templatetags.console import badge
from console.webhooks import addresses, making

from .receivers import SHOWN, ReceiverAdmin, ReceiverForm

TONES = {"delivered": "green", "waiting": "yellow", "failed": "red"}


class EndpointForm(ReceiverForm):
    events = forms.MultipleChoiceField(label=gettext_lazy("events"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = WebhookEndpoint
        fields = ["url", "description", "events"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = [kind for kind in kinds.values() if self.person.has_perm(kind.permission)]
        choices: list[Any] = [
            (str(kind.model._meta.verbose_name_plural), [(name, name) for name in kind.events]) for kind in seen
        ]
        self.fields["events"].choices = choices  # type: ignore[attr-defined]  # of a choice field

    def clean_url(self) -> str:
        addresses.check(self.cleaned_data["url"])
        return self.cleaned_data["url"]

    def clean_events(self) -> list[str]:
        return making.chosen(self.cleaned_data["events"], self.person.has_perm)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReceiverAdmin):
    empty_text = gettext_lazy(
        "Another system that wants to be told of orders, after-sales or reviews: add its address."
    )
    menu = ("settings", 72)
    guide = "integration"
    form = EndpointForm
    change_form_template = "admin/webhook.html"
    list_display = ["name", "url", "state_badge", "why"]
    fields = ["url", "description", "events"]
    technical = ["position", "created_at", "disabled_at", "failing_since", "next_attempt_at"]

    @admin.display(description=gettext_lazy("webhook"))
    def name(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, endpoint: WebhookEndpoint) -> str:
        if endpoint.disabled_at:
            return badge(_("Switched off"), "red" if endpoint.disabled_because else "grey")
        return badge(endpoint.state_label, "yellow" if endpoint.failures else "green")

    @admin.display(description=gettext_lazy("why"))
    def why(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.get_disabled_because_display() or endpoint.fault

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            if "events" in form.changed_data:
                making.answer_for(obj, request.user, request.user.has_perm)
        else:
            making.make(obj, request.user)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The only page that shows the secret."""
        return self._secret_page(request, obj, obj.secret)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj:
            rows = obj.deliveries.order_by("-position")[:SHOWN]
            context |= {
                "state_badge": self.state_badge(obj),
                "deliveries": [(row, badge(row.get_state_display(), TONES[row.state])) for row in rows],
                "may_change": self.has_change_permission(request, obj),
                "last_arrived": making.last_arrived(obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def pressed(self, request: HttpRequest, record: WebhookEndpoint, what: str) -> HttpResponse | None:
        if what == "secret":
            return self._secret_page(request, record, making.rotate(record))
        if what == "test":
            outcome = making.try_out(record)
            say = messages.success if outcome.is_success else messages.error
            said = {"status": outcome.status or "–", "time": outcome.milliseconds, "answer": outcome.answer}
            say(request, _("It answered %(status)s after %(time)s ms: %(answer)s") % said)
        elif what == "on":
            making.switch_on(record, request.user, request.user.has_perm)
            messages.success(request, record.state_label)
        elif what == "off":
            making.switch_off(record)
            messages.success(request, record.state_label)
        elif what == "since":
            position = position_of("after", request.POST.get("after", "").strip())
            making.send_since(record, position, request.user, request.user.has_perm)
            messages.success(request, _("Everything since then is sent, also what arrived before."))
        elif what == "again":
            delivery: WebhookDelivery = get_object_or_404(record.deliveries, position=_number(request))
            making.send_again(delivery)
            messages.success(request, _("It is sent again in a moment."))
        return None

    def _secret_page(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": str(endpoint)}
        return render(request, "admin/new_secret.html", {**context, "endpoint": endpoint, "secret": secret})


def _number(request: HttpRequest) -> int:
    text = request.POST.get("position", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
