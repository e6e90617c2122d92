"""Alert channels: their form, and the button that sends a test."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.alerts.kinds import kinds, seen_by
from console.alerts.recipients import channels_for
from console.alerts.sending import is_held_back, try_out
from console.edits import save_traced
from console.models import AlertChannel
from console.models.receivers import WELL
from console.roles import label_of
from console.templatetags.console import badge
from console.webhooks import addresses

from .receivers import SHOWN, ReceiverAdmin, ReceiverForm

MANAGE = "console.manage_channels"


class ChannelForm(ReceiverForm):
    kinds = forms.MultipleChoiceField(label=gettext_lazy("kinds"), widget=forms.CheckboxSelectMultiple)
    url = forms.CharField(
        label=gettext_lazy("robot's address"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "As WeCom, Feishu or DingTalk shows it. It is kept encrypted; leave it empty to keep the present one."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("signing secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Of Feishu and DingTalk, where the robot checks signatures. Empty keeps the present one."
        ),
    )

    class Meta:
        model = AlertChannel
        fields = ["name", "by", "user", "group", "kinds", "quiet_from", "quiet_until", "urgent_at_once", "language"]
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("quiet_from", "quiet_until")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = [kinds[name] for name in seen_by(self.person.has_perm)]
        choices = [(kind.name, str(kind.title) + (_(" (urgent)") if kind.is_urgent else "")) for kind in seen]
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]  # of a choice field
        if "group" in self.fields:
            self.fields["group"].label_from_instance = lambda group: label_of(group.name)  # type: ignore[attr-defined]

    def clean_url(self) -> str:
        if url := self.cleaned_data["url"].strip():
            addresses.check(url)
        return url or self.instance.url or ""

    def clean_secret(self) -> str:
        return self.cleaned_data["secret"].strip() or self.instance.secret or ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "group" in self.fields and bool(data.get("user")) == bool(data.get("group")):
            raise ValidationError(_("Choose a person or a role, and not both."))
        if data.get("by") != AlertChannel.By.MAIL and "url" not in self.errors and not data.get("url"):
            self.add_error("url", _("A robot needs its address."))
        if bool(data.get("quiet_from")) != bool(data.get("quiet_until")):
            self.add_error("quiet_until", _("Quiet hours need a beginning and an end."))
        return data


@admin.register(AlertChannel)
class AlertChannelAdmin(ReceiverAdmin):
    """One's own channels; also those of others and of roles for whoever looks after them."""

    empty_text = gettext_lazy(
        "Nobody is told of alerts yet: add a mail or a robot's address, and choose what it tells."
    )
    menu = ("settings", 64)
    guide = "alerts"
    form = ChannelForm
    change_form_template = "admin/alert_channel.html"
    list_display = ["name", "by", "whose", "state_badge", "fault"]
    list_select_related = ["user", "group"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows if request.user.has_perm(MANAGE) else rows.filter(user=request.user.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        whose = ["user", "group"] if request.user.has_perm(MANAGE) else []
        where = ["name", "by", *whose, "url", "secret", "language"]
        quiet = ["quiet_from", "quiet_until", "urgent_at_once"]
        return [
            (None, {"fields": where}),
            (_("What it tells"), {"fields": ["kinds"]}),
            (_("Quiet hours"), {"fields": quiet}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "user": request.user.pk,
            "language": request.LANGUAGE_CODE,
            **super().get_changeform_initial_data(request),
        }

    @admin.display(description=gettext_lazy("belongs to"))
    def whose(self, channel: AlertChannel) -> str:
        return label_of(channel.group.name) if channel.group else str(channel.user)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, channel: AlertChannel) -> str:
        return badge(channel.state_label, "red" if channel.failures else "green" if channel.is_on else "grey")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not request.user.has_perm(MANAGE):
            obj.user, obj.group = request.user, None
        super().save_model(request, obj, form, change)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["held_back"] = is_held_back()
        if obj:
            rows = obj.deliveries.select_related("alert").order_by("-id")[:SHOWN]
            context |= {
                "deliveries": [
                    (kinds[row.alert.kind].title if row.alert.kind in kinds else row.alert.kind, row) for row in rows
                ],
                "may_change": self.has_change_permission(request, obj),
                "unseen": [
                    kinds[name].title for name in obj.kinds if name in kinds and not channels_for(kinds[name], [obj])
                ],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def pressed(self, request: HttpRequest, record: AlertChannel, what: str) -> None:
        if what == "test":
            fault = try_out(record)
            messages.error(request, fault) if fault else messages.success(request, _("The test has arrived."))
        elif what in ("on", "off"):
            save_traced(record, is_on=what == "on")
            AlertChannel.objects.filter(pk=record.pk).update(**WELL)
