"""Forms of the merchant account and of where its money goes; numbers that lie sealed are typed and shown masked."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import YuanField
from wechat.masking import mask
from wechat.models import Image

from .models import Bank, BankChange, City, MerchantAccount, Withdrawal
from .models.account import digits

PICTURES = ("license_copy", "id_front", "id_back")


class SealedNumberField(forms.CharField):
    """What is there is shown masked as a placeholder; left empty it stays."""

    def __init__(self, **kwargs):
        super().__init__(required=False, strip=True, **kwargs)
        self.widget.attrs["autocomplete"] = "off"

    def show(self, value: str | None) -> None:
        if value:
            self.widget.attrs["placeholder"] = mask(value)


class MerchantForm(forms.ModelForm):
    id_number = SealedNumberField(label=gettext_lazy("its number"), max_length=40)
    account_number = SealedNumberField(label=gettext_lazy("account number"), max_length=40, validators=[digits])
    license_copy_file = forms.FileField(label=gettext_lazy("business licence"), required=False)
    id_front_file = forms.FileField(label=gettext_lazy("its front, or its picture page"), required=False)
    id_back_file = forms.FileField(label=gettext_lazy("its back (identity cards only)"), required=False)

    class Meta:
        model = MerchantAccount
        fields = [
            "organization_type", "merchant_shortname", "legal_person", "business_begin", "business_end", "id_doc_type",
            "id_name", "id_valid_until", "contact_type", "contact_email", "mobile_phone", "bank_account_type",
            "account_name", "account_bank", "bank_address_code", "bank_branch_id", "bank_name",
            "business_addition_desc",
        ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("id_number", "account_number"):
            if name in self.fields:
                self.fields[name].show(getattr(self.instance, name))
        for name in PICTURES:
            if f"{name}_file" in self.fields:
                known = getattr(self.instance, name)
                field = self.fields[f"{name}_file"]
                field.widget.attrs["accept"] = "image/jpeg,image/png"
                field.help_text = (
                    _("There: %(name)s. Choose another to replace it.") % {"name": known}
                    if known
                    else _("JPG or PNG, at most 2 MB, readable to the edges.")
                )

    def clean(self):
        cleaned = super().clean()
        for name in PICTURES:
            if file := cleaned.get(f"{name}_file"):
                try:
                    setattr(self.instance, name, Image.objects.keep(file))
                except ValidationError as error:
                    self.add_error(f"{name}_file", error)
        for name in ("id_number", "account_number"):
            if cleaned.get(name):
                setattr(self.instance, name, cleaned[name])
        return cleaned


class WithdrawalForm(forms.ModelForm):
    amount = YuanField(label=gettext_lazy("amount in yuan"))

    class Meta:
        model = Withdrawal
        fields = ["amount", "remark", "bank_memo"]

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError(_("An amount above zero, in yuan."))
        return amount


class BankChangeForm(forms.ModelForm):
    account_number = forms.CharField(label=gettext_lazy("account number"), max_length=40, validators=[digits])

    class Meta:
        model = BankChange
        fields = ["bank_account_type", "bank", "city"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "bank" in self.fields:
            self.fields["bank"].queryset = Bank.objects.filter(gone=False)
            self.fields["city"].queryset = City.objects.filter(gone=False)
        self.fields["account_number"].widget.attrs["autocomplete"] = "off"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("account_number"):
            self.instance.account_number = cleaned["account_number"]
        return cleaned
