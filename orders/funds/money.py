"""What money pages show: what can be withdrawn, as it was read last, less what others hold; the bank account."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext as _

from console.money import yuan
from wechat.masking import mask

from .models import Balance, BankAccount, Withdrawal


class Money(NamedTuple):
    """In fen; None where the balance was never read."""

    available: int | None
    pending: int | None
    held: int
    read_at: datetime | None
    bank: str  # masked

    @property
    def free(self) -> int | None:
        return None if self.available is None else max(0, self.available - self.held)

    @property
    def mark(self) -> str:
        """The figures, as a page posts back those that it showed."""
        return f"{self.available}/{self.held}/{self.bank}"

    def fault(self, amount: int) -> str:
        """Why so much cannot be withdrawn; "" where it can."""
        if self.free is None:
            return _("Read the balance first.")
        if amount > self.free:
            return _("%(amount)s can be withdrawn at most.") % {"amount": yuan(self.free, "¥")}
        return ""


def of(withdrawal: Withdrawal | None = None) -> Money:
    """For this withdrawal, or a new one."""
    balance = Balance.objects.first() or Balance()
    others = Withdrawal.objects.holding()
    if withdrawal and withdrawal.pk:
        others = others.exclude(pk=withdrawal.pk)
    return Money(
        balance.available,
        balance.pending,
        others.aggregate(held=Sum("amount"))["held"] or 0,
        balance.read_at,
        present_account().name,
    )


class PresentAccount(NamedTuple):
    """The bank account for withdrawals, as it was read last; masked."""

    name: str
    read_at: datetime | None

    @property
    def mark(self) -> str:
        return self.name or "-"


def present_account() -> PresentAccount:
    account = BankAccount.objects.first() or BankAccount()
    info = account.info or {}
    number = mask(info.get("account_number") or "")
    return PresentAccount(f"{info.get('account_bank') or ''} {number}".strip(), account.read_at)
