"""Changes of the bank account for withdrawals."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import TwoPeople
from wechat.sealed import SealedField

from .bank import AccountType, Bank, City
from .scan import Scanned, ScanStatus


class BankChangeQuerySet(models.QuerySet):
    def standing(self) -> Self:
        since = timezone.now() - BankChange.HOLDS
        return self.filter(sent_at=None, dropped_at=None, asked_at__gt=since)


class BankChange(TwoPeople, Scanned):
    """A change of the bank account: requested, approved, confirmed by the administrator's scan, then sent."""

    HOLDS = timedelta(days=7)

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+", verbose_name=_("bank"))
    city = models.ForeignKey(City, models.PROTECT, related_name="+", verbose_name=_("city"))
    branches = models.JSONField(null=True, editable=False)  # [{branch_id, branch_name}], None before they are read
    bank_account_type = models.CharField(_("kind of bank account"), max_length=30, choices=AccountType)
    account_number = SealedField(_("account number"))
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)

    objects = BankChangeQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = _("change of the bank account")
        verbose_name_plural = _("changes of the bank account")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.bank.bank_name} …{self.account_number[-4:]}"

    @property
    def is_confirmed(self) -> bool:
        """Whether the administrator confirmed the scan, and WeChat found no fault."""
        mine = self.scan_user_type == self.ADMINISTRATOR and not self.scan_error
        return self.scan_status == ScanStatus.CONFIRMED and mine

    @property
    def is_standing(self) -> bool:
        """Neither sent nor dropped nor expired: an old approval does not count."""
        lapsed = self.asked_at and self.asked_at < timezone.now() - self.HOLDS
        return self.sent_at is None and self.dropped_at is None and not lapsed

    @property
    def may_drop(self) -> bool:
        return self.sent_at is None and self.dropped_at is None

    @property
    def may_ask_scan(self) -> bool:
        """Approved, and no QR code is confirmed or waiting to be scanned."""
        return self.is_approved and self.is_standing and not self.is_confirmed and not self.waits_for_scan

    @property
    def waits_for_scan(self) -> bool:
        return self.is_standing and super().waits_for_scan

    @property
    def may_check_scan(self) -> bool:
        return self.waits_for_scan

    @property
    def may_submit(self) -> bool:
        return self.is_approved and self.is_confirmed and self.is_standing

    @property
    def state_label(self) -> str:
        if self.sent_at:
            return str(_("Changed"))
        if not self.is_standing:
            return str(_("Dropped") if self.dropped_at else _("Lapsed, ask for it again"))
        if not self.is_approved:
            return str(_("Waits for a second person"))
        if self.is_confirmed:
            return str(_("Confirmed, to be sent"))
        if self.scan_status == ScanStatus.CONFIRMED:
            return str(_("Confirmed, but it does not count"))
        return str(ScanStatus(self.scan_status).label if self.scan_status is not None else _("Approved"))
