from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.pictures import PicturesField

from . import payloads
from .models import Aftersale, Dispute, OldStatus

ADDRESS = {
    "receiver_name": gettext_lazy("receiver"), "tel_number": gettext_lazy("phone"),
    "province": gettext_lazy("province"), "city": gettext_lazy("city"), "town": gettext_lazy("district"),
    "detailed_address": gettext_lazy("street address"),
}  # fmt: skip
NEEDED = ("receiver_name", "tel_number", "detailed_address")


class ClaimForm(forms.ModelForm):
    """What is ours of a claim: reasons, proofs, the return address; of the old family also where it stands."""

    certificates = PicturesField(label=gettext_lazy("proof of the refund"))
    status = forms.TypedChoiceField(
        label=gettext_lazy("state"),
        choices=OldStatus.choices,
        coerce=int,
        required=False,
        help_text=gettext_lazy(
            "Where the claim stands; you keep this yourself, and pay back yourself. Then tell WeChat."
        ),
    )

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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        claim = self.instance
        if claim.is_ec:
            self.fields.pop("status", None)
            address = claim.return_address or payloads.default_address()
            for name, label in ADDRESS.items():
                self.fields[f"address_{name}"] = forms.CharField(
                    label=label, required=False, max_length=200, initial=address.get(name, "")
                )
        else:
            self.initial["status"] = claim.status

    def clean(self):
        given = super().clean()
        address = self.address()
        if any(address.values()) and not all(address.get(name) for name in NEEDED):
            for name in NEEDED:
                if not address.get(name):
                    self.add_error(f"address_{name}", ValidationError(_("A return address needs this.")))
        return given

    def address(self) -> dict:
        return {name: (self.cleaned_data.get(f"address_{name}") or "").strip() for name in ADDRESS}

    def save(self, commit=True):
        if self.instance.is_ec:
            address = {name: text for name, text in self.address().items() if text}
            if address and address != payloads.default_address():
                self.instance.return_address = address
        return super().save(commit)


class DisputeForm(forms.ModelForm):
    evidence_images = PicturesField(label=gettext_lazy("pictures"))

    class Meta:
        model = Dispute
        fields = ["evidence_text", "evidence_images"]
        help_texts = {
            "evidence_text": gettext_lazy(
                "What happened, with dates and waybills. At most 500 characters; it cannot be taken back."
            ),
        }
