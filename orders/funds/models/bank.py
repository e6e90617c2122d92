"""Banks and cities from WeChat's lists, and the kinds of bank accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountType(models.TextChoices):
    BUSINESS = "ACCOUNT_TYPE_BUSINESS", _("Corporate account")
    PRIVATE = "ACCOUNT_TYPE_PRIVATE", _("Personal account")


BANK_TYPES = {AccountType.PRIVATE: 1, AccountType.BUSINESS: 2}


class Bank(models.Model):
    """A bank from WeChat's list; `bank_type` 1 is personal, 2 corporate."""

    account_bank = models.CharField(_("bank"), max_length=100)
    bank_name = models.CharField(_("name"), max_length=100, db_index=True)
    bank_type = models.IntegerField(_("kind"), default=0)
    bank_code = models.CharField(max_length=40)
    bank_id = models.CharField(max_length=40, blank=True)
    need_branch = models.BooleanField(_("needs a branch"), default=False)
    gone = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("bank")
        verbose_name_plural = _("banks")
        ordering = ["bank_name", "bank_type"]
        constraints = [models.UniqueConstraint(fields=["bank_code", "bank_type"], name="one_bank_per_code_and_type")]

    def __str__(self) -> str:
        return f"{self.bank_name} · {self.kind}"

    def is_for(self, account_type: str) -> bool:
        """Whether the bank is listed for this kind of account; True where its kind is unknown."""
        return self.bank_type not in BANK_TYPES.values() or self.bank_type == BANK_TYPES.get(AccountType(account_type))

    @property
    def kind(self) -> str:
        return str({1: _("personal"), 2: _("corporate")}.get(self.bank_type, self.bank_type))


class City(models.Model):
    """A city from WeChat's lists, with the code that a bank account's address needs."""

    province_code = models.CharField(max_length=10)
    province_name = models.CharField(_("province"), max_length=60)
    city_code = models.CharField(max_length=10, unique=True)
    city_name = models.CharField(_("city"), max_length=60, db_index=True)
    bank_address_code = models.CharField(_("code"), max_length=10)
    gone = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["province_code", "city_code"]

    def __str__(self) -> str:
        return f"{self.province_name} {self.city_name}"
