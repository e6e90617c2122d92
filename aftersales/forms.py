from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.bulk_forms import BulkForm
from console.pictures import PicturesField
from wechat.models import Image

from . import payloads
from .models import Aftersale, Dispute, OldStatus, SavedReply
from .models.aftersale import PAID_BACK

ADDRESS = {
    "receiver_name": gettext_lazy("receiver"),
    "tel_number": gettext_lazy("phone"),
    "province": gettext_lazy("province"),
    "city": gettext_lazy("city"),
    "town": gettext_lazy("district"),
    "detailed_address": gettext_lazy("street address"),
}
NEEDED = ("receiver_name", "tel_number", "detailed_address")


class ReplyBox(forms.Textarea):
    """A box for a text that others read, with the saved replies of one use beside it."""

    template_name = "admin/reply_box.html"

    def __init__(self, use: str, **attrs: Any) -> None:
        super().__init__({"rows": 3, "class": "vLargeTextField", **attrs})
        self.use = use

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "replies": SavedReply.objects.fitting(self.use)}


class ProofField(PicturesField):
    """Pictures that customer service may see; these exclude licences."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("One of the pictures belongs to a licence: those are not shown or sent here.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queryset = Image.objects.filter(documents=None)


class AftersaleForm(forms.ModelForm):
    """The editable columns of an after-sale: reasons, proofs, return address; for the old family also the state."""

    certificates = ProofField(label=gettext_lazy("proof of the refund"))
    status = forms.TypedChoiceField(
        label=gettext_lazy("state"),
        choices=OldStatus.choices,
        coerce=int,
        required=False,
        help_text=gettext_lazy(
            "Where the after-sale stands; you keep this yourself, and pay back yourself. Then tell WeChat."
        ),
    )

    # The state that the page showed: if it has changed since, saving must not change it back.
    shown_status = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Aftersale
        fields = ["reject_reason", "refund_desc", "certificates"]
        widgets = {
            "reject_reason": forms.TextInput(attrs={"size": 60}),
            "refund_desc": forms.TextInput(attrs={"size": 60}),
        }
        help_texts = {
            "reject_reason": gettext_lazy(
                "Needed to refuse. It stays here: WeChat takes no reason, the buyer sees none."
            ),
            "refund_desc": gettext_lazy("After WeChat's refund failed and you paid the buyer another way."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        aftersale = self.instance
        if aftersale.is_ec:
            self.fields.pop("status", None)
            self.fields.pop("shown_status", None)
            address = payloads.return_address(aftersale)
            for name, label in ADDRESS.items():
                self.fields[f"address_{name}"] = forms.CharField(
                    label=label, required=False, max_length=200, initial=address.get(name, "")
                )
        else:
            self.initial["status"] = self.initial["shown_status"] = aftersale.status

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._check_move()
        address = self.address()
        if any(address.values()) and not all(address.get(name) for name in NEEDED):
            for name in NEEDED:
                if not address.get(name):
                    self.add_error(f"address_{name}", ValidationError(_("A return address needs this.")))
        return self.cleaned_data

    def _check_move(self) -> None:
        status, shown = self.cleaned_data.get("status"), self.cleaned_data.get("shown_status")
        now = self.instance.status
        if self.instance.is_ec or status in (None, "", now):
            return
        if shown is not None and shown != now:
            message = _("The after-sale has been moved meanwhile; it is now “%(state)s”. Choose anew.")
            self.add_error("status", ValidationError(message % {"state": self.instance.state_label}))
        elif now in PAID_BACK:
            self.add_error("status", ValidationError(_("It has been paid back, and stands so on the order: it stays.")))

    def address(self) -> dict:
        return {name: (self.cleaned_data.get(f"address_{name}") or "").strip() for name in ADDRESS}

    def save(self, commit: bool = True) -> Any:
        if self.instance.is_ec:
            address = {name: text for name, text in self.address().items() if text}
            if address and address != payloads.default_address():
                self.instance.return_address = address
        return super().save(commit)


class RefusalForm(BulkForm):
    """Why the chosen after-sales are refused."""

    columns = ("reject_reason",)
    reject_reason = forms.CharField(
        label=gettext_lazy("reason for refusing"),
        max_length=Aftersale._meta.get_field("reject_reason").max_length,
        help_text=AftersaleForm.Meta.help_texts["reject_reason"],
        widget=ReplyBox(SavedReply.Use.AFTERSALE),
    )


class ReturnAddressForm(BulkForm):
    """Where the goods of the chosen after-sales come back to: the service settings' address, unless it is changed."""

    columns = ("return_address",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address = payloads.default_address()
        for name, label in ADDRESS.items():
            self.fields[name] = forms.CharField(
                label=label, required=name in NEEDED, max_length=200, initial=address.get(name, "")
            )

    def values(self) -> dict[str, Any]:
        return {"return_address": {name: text for name in ADDRESS if (text := self.cleaned_data[name].strip())}}


class DisputeForm(forms.ModelForm):
    evidence_images = ProofField(label=gettext_lazy("pictures"))

    class Meta:
        model = Dispute
        fields = ["evidence_text", "evidence_images"]
        widgets = {"evidence_text": ReplyBox(SavedReply.Use.DISPUTE, rows=6)}
        help_texts = {
            "evidence_text": gettext_lazy(
                "What happened, with dates and waybills. At most 500 characters; it cannot be taken back."
            ),
        }
