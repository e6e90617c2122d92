"""Forms of the merchant account, withdrawals and bank accounts; stored encrypted numbers are shown masked."""

from itertools import groupby
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import YuanField
from console.pictures import PicturesField
from wechat.masking import mask
from wechat.models import Image

from . import money
from .models import Bank, BankChange, City, MerchantAccount, Withdrawal
from .models.account import digits

PICTURE_HELP = gettext_lazy("JPG or PNG, readable to the edges; WebP, GIF, BMP and what is over 2 MB are converted.")


def capitals(form: forms.BaseForm) -> None:
    """Capitalise the labels of fields that the form defines itself, as Django does for the model's."""
    for field in form.fields.values():
        field.label = capfirst(field.label)


class SealedNumberField(forms.CharField):
    """The stored number is shown masked as a placeholder; an empty input keeps it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=True, **kwargs)
        self.widget.attrs["autocomplete"] = "off"

    def show(self, value: str | None) -> None:
        if value:
            self.widget.attrs["placeholder"] = mask(value)


class PaperField(PicturesField):
    """Pictures of these papers: those stored already, and new uploads. Other pictures cannot be chosen."""

    def offer(self, images: list[Image]) -> None:
        self.initial, self.queryset = images, Image.objects.filter(pk__in=[image.pk for image in images])

    def keep(self, file) -> int:
        key = super().keep(file)
        self.queryset = (self.queryset or Image.objects.none()) | Image.objects.filter(pk=key)
        return key


class MerchantForm(forms.ModelForm):
    id_number = SealedNumberField(label=gettext_lazy("its number"), max_length=40)
    account_number = SealedNumberField(label=gettext_lazy("account number"), max_length=40, validators=[digits])
    license_copy = PaperField(label=gettext_lazy("business licence"), single=True, help_text=PICTURE_HELP)
    id_front = PaperField(label=gettext_lazy("its front, or its picture page"), single=True, help_text=PICTURE_HELP)
    id_back = PaperField(label=gettext_lazy("its back (identity cards only)"), single=True, help_text=PICTURE_HELP)
    settlement_cert = PaperField(
        label=gettext_lazy("proof of the account"),
        single=True,
        help_text=gettext_lazy("Only where WeChat asks for it: the bank's paper on the account."),
    )
    relation_cert = PaperField(
        label=gettext_lazy("proof of whose it is"),
        single=True,
        help_text=gettext_lazy("Beside it: how its holder belongs to the subject."),
    )
    other_certs = PaperField(label=gettext_lazy("other proofs"))
    pictures = PaperField(label=gettext_lazy("special licences"), help_text=gettext_lazy("Where the trade needs one."))
    addition_pictures = PaperField(
        label=gettext_lazy("further papers"), help_text=gettext_lazy("What the reviewer asked for besides.")
    )

    class Meta:
        model = MerchantAccount
        fields = [
            "organization_type",
            "merchant_shortname",
            "legal_person",
            "business_begin",
            "business_end",
            "id_doc_type",
            "id_name",
            "id_valid_until",
            "contact_type",
            "contact_email",
            "mobile_phone",
            "bank_account_type",
            "account_name",
            "bank",
            "account_bank",
            "bank_address_code",
            "bank_branch_id",
            "bank_name",
            "business_addition_desc",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitals(self)
        for name in ("id_number", "account_number"):
            if name in self.fields:
                cast(SealedNumberField, self.fields[name]).show(getattr(self.instance, name))
        for name in (*MerchantAccount.SINGLE, *MerchantAccount.SEVERAL):
            if name in self.fields:
                cast(PaperField, self.fields[name]).offer(self._stored_images(name))
        if "bank" in self.fields:
            self._offer_pickers()

    def _stored_images(self, name: str) -> list[Image]:
        if name in MerchantAccount.SEVERAL:
            return list(getattr(self.instance, name).order_by("pk"))
        image = getattr(self.instance, name)
        return [image] if image else []

    def _offer_pickers(self) -> None:
        """Offer cities and branches in a picker where WeChat's lists were read; else they are typed."""
        cities = City.objects.filter(gone=False)
        by_province = [
            (province, [(city.bank_address_code, city.city_name) for city in group])
            for province, group in groupby(cities, lambda city: city.province_name)
        ]
        _choose(self, "bank_address_code", by_province, [city.bank_address_code for city in cities])
        if by_province:
            self.fields["bank_address_code"].label = capfirst(gettext_lazy("city"))
        branches = self.instance.branches
        rows = [(row["branch_id"], f"{row['branch_name']} ({row['branch_id']})") for row in branches]
        _choose(self, "bank_branch_id", rows, [row["branch_id"] for row in branches])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("id_number", "account_number"):
            if cleaned.get(name):
                setattr(self.instance, name, cleaned[name])
        if bank := cleaned.get("bank"):
            cleaned["account_bank"] = bank.account_bank
        _refuse_other_kind(self, bank)
        moved = {"bank", "bank_address_code"} & set(self.changed_data)
        if moved:
            self.instance.branches = []
            for name in {"bank_branch_id", "bank_name"} - set(self.changed_data):
                cleaned[name] = ""  # it belonged to the bank or city that was replaced
        names = {row["branch_id"]: row["branch_name"] for row in self.instance.branches}
        if branch := names.get(cleaned.get("bank_branch_id")):
            cleaned["bank_name"] = branch
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, not in its stubs
        for name in MerchantAccount.SINGLE:
            if self._was_shown(name):
                setattr(self.instance, name, next(iter(self.cleaned_data[name]), None))
        if self.errors:
            self._keep_files()

    def _was_shown(self, name: str) -> bool:
        field = self.fields.get(name)
        shown = field and (f"{name}-files" in self.files or f"{name}-shown" in self.data)
        return bool(shown) and name in self.cleaned_data

    def _keep_files(self) -> None:
        """Store uploaded files at once, so that an error elsewhere on the form does not lose them."""
        new = {name: getattr(self.instance, name) for name in MerchantAccount.SINGLE if self._was_shown(name)}
        if any(new.values()):
            MerchantAccount.objects.filter(pk=self.instance.pk).update(**new)
        self._keep_pictures()

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # Django's own hook, not in its stubs
        self._keep_pictures()

    def _keep_pictures(self) -> None:
        for name in MerchantAccount.SEVERAL:
            if self._was_shown(name):
                getattr(self.instance, name).set(self.cleaned_data[name])


def _refuse_other_kind(form: forms.ModelForm, bank: Bank | None) -> None:
    """Refuse a bank of the other kind: WeChat lists most banks twice, for corporate and for personal accounts."""
    kind = form.cleaned_data.get("bank_account_type")
    if bank and kind and not bank.is_for(kind):
        form.add_error("bank", _("This is the list's entry for the other kind of account: choose the one of its kind."))


def _choose(form: forms.ModelForm, name: str, rows: list, values: list[str]) -> None:
    """Replace a text field by a picker; the stored value stays among the choices."""
    if not rows:
        return
    value = getattr(form.instance, name)
    current = [(value, value)] if value and value not in values else []
    field = form.fields[name]
    field.widget = forms.Select(choices=[("", "---------"), *current, *rows])


class WithdrawalForm(forms.ModelForm):
    amount = YuanField(label=gettext_lazy("amount in yuan"))

    class Meta:
        model = Withdrawal
        fields = ["amount", "remark", "bank_memo"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitals(self)

    def clean_amount(self) -> int:
        amount = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError(_("An amount above zero, in yuan."))
        if fault := money.of().fault(amount):
            raise ValidationError(fault)
        return amount


class BankChangeForm(forms.ModelForm):
    account_number = forms.CharField(label=gettext_lazy("account number"), max_length=40, validators=[digits])

    class Meta:
        model = BankChange
        fields = ["bank_account_type", "bank", "city"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitals(self)
        if "bank" in self.fields:
            cast(forms.ModelChoiceField, self.fields["bank"]).queryset = Bank.objects.filter(gone=False)
            cast(forms.ModelChoiceField, self.fields["city"]).queryset = City.objects.filter(gone=False)
        self.fields["account_number"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _refuse_other_kind(self, cleaned.get("bank"))
        if cleaned.get("account_number"):
            self.instance.account_number = cleaned["account_number"]
        return cleaned
