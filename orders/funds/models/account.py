"""The merchant account and its application, the balance, and the bank account for withdrawals."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord
from wechat.models import Image, Single
from wechat.sealed import SealedField, SealedJSONField

from .bank import BANK_TYPES, AccountType, Bank

digits = RegexValidator(r"^\d{6,40}\Z", _("Digits only."))


class Organization(models.IntegerChoices):
    """`organization_type` of WeChat Pay's onboarding."""

    ENTERPRISE = 2, _("Company")
    INDIVIDUAL = 4, _("Individual business")
    INSTITUTION = 3, _("Party, government or public institution")
    SOCIAL = 1708, _("Social organisation")
    SMALL = 2401, _("Small merchant")
    SELLER = 2500, _("Personal seller")


class IdDocument(models.TextChoices):
    ID_CARD = "IDENTIFICATION_TYPE_MAINLAND_IDCARD", _("Mainland identity card")
    PASSPORT = "IDENTIFICATION_TYPE_OVERSEA_PASSPORT", _("Passport")
    HONGKONG = "IDENTIFICATION_TYPE_HONGKONG", _("Hong Kong permit")
    MACAO = "IDENTIFICATION_TYPE_MACAO", _("Macao permit")
    TAIWAN = "IDENTIFICATION_TYPE_TAIWAN", _("Taiwan permit")
    RESIDENT = "IDENTIFICATION_TYPE_FOREIGN_RESIDENT", _("Foreigner's residence permit")


class MerchantState(models.TextChoices):
    """The states of the application (BEHAVIOUR 7.1); an unknown state is shown as WeChat writes it."""

    CHECKING = "CHECKING", _("Being checked")
    TO_VERIFY = "ACCOUNT_NEED_VERIFY", _("Account to be verified")
    AUDITING = "AUDITING", _("In review")
    REJECTED = "REJECTED", _("Rejected")
    TO_SIGN = "NEED_SIGN", _("To be signed")
    FINISHED = "FINISH", _("Account open")
    FROZEN = "FROZEN", _("Frozen")


def _picture(name: Any) -> Any:
    return models.ForeignKey(Image, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=name)


def _pictures(name: Any) -> Any:
    return models.ManyToManyField(Image, blank=True, related_name="+", verbose_name=name)


class MerchantAccount(AuditedRecord, Single):
    """The merchant account that WeChat opens for these scenes (二级商户号), and its application. One record."""

    organization_type = models.IntegerField(_("kind of subject"), choices=Organization, default=Organization.ENTERPRISE)
    merchant_shortname = models.CharField(
        _("short name"), max_length=60, blank=True, help_text=_("Buyers see it when they pay.")
    )
    legal_person = models.CharField(_("legal representative"), max_length=60, blank=True)
    business_begin = models.DateField(_("licence valid from"), null=True, blank=True)
    business_end = models.DateField(_("licence valid until"), null=True, blank=True, help_text=_("Empty is long-term."))
    license_copy = _picture(_("business licence"))
    id_doc_type = models.CharField(
        _("identity document"), max_length=50, choices=IdDocument, default=IdDocument.ID_CARD
    )
    id_name = models.CharField(_("name on it"), max_length=60, blank=True)
    id_number = SealedField(_("its number"), blank=True, null=True)
    id_valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Empty is long-term."))
    id_front = _picture(_("its front, or its picture page"))
    id_back = _picture(_("its back (identity cards only)"))
    contact_type = models.CharField(
        _("administrator is"),
        max_length=2,
        choices=[("65", _("Legal representative")), ("66", _("Somebody else"))],
        default="65",
        help_text=_("The mini program's super administrator becomes WeChat Pay's; the name has to be the real one."),
    )
    contact_email = models.EmailField(_("e-mail"), blank=True)
    mobile_phone = models.CharField(_("mobile"), max_length=20, blank=True)
    bank_account_type = models.CharField(
        _("kind of bank account"), max_length=30, choices=AccountType, default=AccountType.BUSINESS
    )
    account_name = models.CharField(_("account holder"), max_length=100, blank=True)
    account_number = SealedField(_("account number"), blank=True, null=True)
    bank = models.ForeignKey(
        "funds.Bank",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bank by WeChat's list"),
        help_text=_("Fills in the bank below."),
    )
    account_bank = models.CharField(_("bank"), max_length=100, blank=True, help_text=_("As the list of banks has it."))
    bank_address_code = models.CharField(_("city's code"), max_length=6, blank=True)
    branches = models.JSONField(default=list, editable=False)  # [{branch_id, branch_name}] of bank and city, as read
    bank_branch_id = models.CharField(_("branch's number"), max_length=40, blank=True)
    bank_name = models.CharField(_("bank with branch"), max_length=150, blank=True)
    settlement_cert = _picture(_("proof of the account"))
    relation_cert = _picture(_("proof of whose it is"))
    other_certs = _pictures(_("other proofs"))
    pictures = _pictures(_("special licences"))
    addition_pictures = _pictures(_("further papers"))
    business_addition_desc = models.CharField(_("remarks for the reviewer"), max_length=500, blank=True)

    # WeChat's values, empty until the first read.
    known = models.JSONField(_("what the mini program has told already"), default=dict, editable=False)
    state = models.CharField(_("application"), max_length=40, blank=True, editable=False)
    state_desc = models.CharField(max_length=200, blank=True, editable=False)
    out_request_no = models.CharField(_("application number"), max_length=64, blank=True, editable=False)
    sub_mchid = models.CharField(_("merchant number"), max_length=32, blank=True, editable=False)
    sign_url = models.CharField(max_length=500, blank=True, editable=False)
    legal_validation_url = models.CharField(max_length=500, blank=True, editable=False)
    account_validation = SealedJSONField(null=True, editable=False)  # the verifying transfer: pay_amount is fen
    audit_detail = models.JSONField(default=list, editable=False)  # [{param_name, reject_reason}]
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    SINGLE = ("license_copy", "id_front", "id_back", "settlement_cert", "relation_cert")
    SEVERAL = ("other_certs", "pictures", "addition_pictures")

    class Meta:
        verbose_name = _("merchant account")
        verbose_name_plural = _("merchant account")

    def __str__(self) -> str:
        return str(_("Merchant account"))

    @property
    def images(self) -> models.QuerySet[Image]:
        """Every picture among the papers."""
        query = models.Q(pk__in=[key for name in self.SINGLE if (key := getattr(self, f"{name}_id"))])
        for name in self.SEVERAL:
            query |= models.Q(pk__in=getattr(self, name).values("pk"))
        return Image.objects.filter(query)

    @property
    def may_apply(self) -> bool:
        return self.state in ("", MerchantState.REJECTED)

    @property
    def is_open(self) -> bool:
        return self.state == MerchantState.FINISHED

    @property
    def may_find_bank(self) -> bool:
        return self.may_apply and bool(self.account_number)

    @property
    def may_pull_branches(self) -> bool:
        return self.may_apply and self.bank_id is not None and bool(self.bank_address_code)

    def bank_of(self, code: str) -> "Bank | None":
        """The bank of that code in WeChat's list, of this account's kind where the list has both kinds."""
        banks = Bank.objects.filter(bank_code=code, gone=False)
        return banks.filter(bank_type=BANK_TYPES[AccountType(self.bank_account_type)]).first() or banks.first()

    @property
    def state_label(self) -> str:
        if not self.state:
            return str(_("Not applied for") if self.read_at else _("Not read yet"))
        known = self.state in MerchantState.values
        return str(MerchantState(self.state).label if known else self.state_desc or self.state)


class Balance(Single):
    """The money in the merchant account, in fen: `funds/getbalance`. One record."""

    available = models.BigIntegerField(_("available"), null=True)
    pending = models.BigIntegerField(_("pending"), null=True)
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balance")

    def __str__(self) -> str:
        return str(_("Balance"))

    @property
    def state_label(self) -> str:
        return str(_("read") if self.read_at else _("Not read yet"))


class BankAccount(Single):
    """The bank account for withdrawals, as WeChat has it: `funds/getbankaccount`. One record."""

    info = SealedJSONField(null=True)  # {bank_account_type, account_bank, bank_address_code, account_number}
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank account")

    def __str__(self) -> str:
        return str(_("Bank account"))

    @property
    def state_label(self) -> str:
        return str(_("read") if self.read_at else _("Not read yet"))
