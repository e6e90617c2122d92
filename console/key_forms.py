"""The forms of an API key: what is chosen when it is made, and what can be changed later."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addresses import networks
from .keys import may_give
from .models import APIKey
from .scopes import SCOPES, described

END_OF_DAY = time(23, 59, 59)
YEAR = timedelta(days=365)


class EndInput(forms.SplitDateTimeWidget):
    """A day and a time; the time of a day's end is left empty."""

    def __init__(self) -> None:
        day: dict[str, Any] = {"type": "date", "aria-label": gettext_lazy("day")}
        at: dict[str, Any] = {"type": "time", "aria-label": gettext_lazy("time")}
        super().__init__(date_attrs=day, date_format="%Y-%m-%d", time_attrs=at, time_format="%H:%M")

    def decompress(self, value: Any) -> tuple[date | None, time | None]:
        day, at = super().decompress(value)
        return day, None if at == END_OF_DAY else at


class EndField(forms.SplitDateTimeField):
    """A day, which is meant up to its end, or a moment of it, in the console's time zone."""

    widget = EndInput
    default_error_messages = {
        **forms.SplitDateTimeField.default_error_messages,
        "incomplete": gettext_lazy("A time needs its day."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(require_all_fields=False, **kwargs)
        self.fields[1].required = False

    def compress(self, data_list: Any) -> datetime | None:
        day, at = data_list or (None, None)
        return from_current_timezone(datetime.combine(day, at or END_OF_DAY)) if day else None


class NetworksField(forms.CharField):
    """A list of addresses and networks as text, one per line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return networks(str(super().to_python(value)))


class LimitsForm(forms.ModelForm):
    """What can be changed of a key: until when, from where and how often it may be used."""

    addresses = NetworksField(
        label=gettext_lazy("Addresses"),
        required=False,
        help_text=gettext_lazy(
            "From where it may be used, such as 203.0.113.7 or 10.2.0.0/16, one per line. Empty: from anywhere."
        ),
    )

    class Meta:
        model = APIKey
        fields = ["per_minute", "expires_at", "addresses"]
        field_classes = {"expires_at": EndField}
        widgets = {"expires_at": EndInput}

    def clean_expires_at(self) -> datetime | None:
        end = self.cleaned_data["expires_at"]
        if end is not None and end <= timezone.now():
            raise ValidationError(_("This moment has passed."))
        return end


class ScopeBoxes(forms.CheckboxSelectMultiple):
    """The scopes as boxes, greyed out those that the person may not give."""

    given: Collection[str] = ()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["disabled"] = value not in self.given
        return option


class KeyForm(LimitsForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=lambda: [(scope, described(scope)) for scope in SCOPES],
        widget=ScopeBoxes,
        help_text=gettext_lazy("They cannot be changed later: revoke the key and make another."),
    )

    class Meta(LimitsForm.Meta):
        fields = ["name", "scopes", *LimitsForm.Meta.fields]

    def __init__(self, data: Any = None, *, maker: Any) -> None:
        day = timezone.localdate() + YEAR
        super().__init__(data, initial={"expires_at": from_current_timezone(datetime.combine(day, END_OF_DAY))})
        self.given = may_give(maker)
        boxes = self.fields["scopes"]
        boxes.widget.given = self.given
        if len(self.given) < len(SCOPES):
            greyed = _("Greyed out is what contains permissions that you do not have: an owner can give it.")
            boxes.help_text = f"{boxes.help_text} {greyed}"

    def clean_scopes(self) -> list[str]:
        chosen = self.cleaned_data["scopes"]
        if others := [scope for scope in chosen if scope not in self.given]:
            text = _("You do not have all the permissions of: %(scopes)s. An owner can give it.")
            raise ValidationError(text % {"scopes": ", ".join(others)})
        return chosen
