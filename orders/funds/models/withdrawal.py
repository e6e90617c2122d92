from datetime import timedelta
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import TwoPeople

from .scan import Scanned, ScanStatus


class WithdrawStatus(models.TextChoices):
    """The states of a withdrawal (BEHAVIOUR 7.3)."""

    UNSCANNED = "BEFORE_SCAN_QRCODE", _("To be scanned")
    SCANNED = "AFTER_SCAN_QRCODE", _("Scanned")
    STARTED = "INIT", _("Begun")
    ACCEPTED = "CREATE_SUCCESS", _("Accepted by the bank")
    SUCCEEDED = "SUCCESS", _("Paid out")
    FAILED = "FAIL", _("Failed")
    RETURNED = "REFUND", _("Returned by the bank")
    CLOSED = "CLOSE", _("Closed")


OVER = (WithdrawStatus.SUCCEEDED, WithdrawStatus.FAILED, WithdrawStatus.RETURNED, WithdrawStatus.CLOSED)
SCANS = (WithdrawStatus.UNSCANNED, WithdrawStatus.SCANNED)
HOLDS = (WithdrawStatus.UNSCANNED, WithdrawStatus.SCANNED, WithdrawStatus.STARTED)
CODE_LIVES = timedelta(minutes=30)  # after which a QR code has surely expired; WeChat's document says some minutes


def dead() -> Q:
    """Open at WeChat, but nobody can scan its QR code: the code expired, or the answer with it was lost."""
    lost = Q(qrcode_ticket=None, created_at__lt=timezone.now() - CODE_LIVES)
    return Q(status=WithdrawStatus.UNSCANNED) & (Q(scan_status=ScanStatus.EXPIRED) | lost)


class WithdrawalQuerySet(models.QuerySet):
    def to_approve(self) -> Self:
        return self.filter(approved_by=None, out_request_no=None, dropped_at=None)

    def open(self) -> Self:
        """At WeChat, neither in a final state nor let go."""
        return self.exclude(out_request_no=None).exclude(status__in=OVER).filter(released_at=None)

    def holding(self) -> Self:
        """At WeChat and not with the bank yet: the amount is still in the balance, and reserved. Without `dead()`."""
        return self.filter(out_request_no__isnull=False, status__in=HOLDS, released_at=None).exclude(dead())


class Withdrawal(TwoPeople, Scanned):
    """A payout to the bank: requested, approved, sent, and confirmed by the administrator's scan."""

    amount = models.BigIntegerField(_("amount"), validators=[MinValueValidator(1)])  # fen
    remark = models.CharField(_("remark"), max_length=40, blank=True)
    bank_memo = models.CharField(_("memo"), max_length=30, blank=True, help_text=_("Shown on the bank's statement."))

    # WeChat's values, empty until the first read.
    out_request_no = models.CharField(_("withdrawal number"), max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001  empty is not unique
    status = models.CharField(_("state"), max_length=30, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    bank_name = models.CharField(_("bank"), max_length=100, blank=True, editable=False)
    bank_num = models.CharField(_("account"), max_length=40, blank=True, editable=False)  # masked
    created_at = models.DateTimeField(_("made at WeChat"), null=True, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    earlier = models.JSONField(_("earlier numbers"), default=list, editable=False)

    # WeChat did not know it any more, and a second person let its amount go.
    released_at = models.DateTimeField(_("let go at"), null=True, editable=False)
    release_answer = models.JSONField(_("WeChat's answer then"), default=dict, editable=False)  # {errcode, errmsg, rid}

    objects = WithdrawalQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        ordering = ["-id"]
        permissions = [
            ("approve_withdrawal", _("Can approve withdrawals, refunds and bank accounts that others asked for"))
        ]
        indexes = [
            # The chips, newest first.
            models.Index(fields=["status", "-id"], name="withdrawal_state"),
            # tasks.refresh_withdrawals, which skips those without a number at WeChat.
            models.Index(fields=["read_at"], name="withdrawal_open", condition=~Q(out_request_no=None)),
        ]

    def __str__(self) -> str:
        return self.out_request_no or f"#{self.pk}"

    @property
    def mark(self) -> str:
        """A unique suffix of the remark, by which the withdrawal is found in WeChat's list."""
        return f"#{self.pk}.{len(self.earlier)}"

    @property
    def marked_remark(self) -> str:
        return f"{self.remark} {self.mark}".strip()

    @property
    def waits_for_scan(self) -> bool:
        return super().waits_for_scan and self.status in SCANS

    @property
    def may_submit(self) -> bool:
        return self.is_approved and self.is_standing

    @property
    def may_renew(self) -> bool:
        """Its QR code expired before anybody confirmed it: it may be requested again."""
        closed = self.status == WithdrawStatus.CLOSED and self.scan_status in (None, ScanStatus.EXPIRED)
        over = closed or self.is_dead
        return self.is_approved and bool(self.out_request_no) and over and self.dropped_at is None

    @property
    def is_dead(self) -> bool:
        """As in `dead()`: it may be requested again."""
        old = self.created_at is not None and self.created_at < timezone.now() - CODE_LIVES
        lost = not self.qrcode_ticket and old
        return self.status == WithdrawStatus.UNSCANNED and (self.scan_status == ScanStatus.EXPIRED or lost)

    @property
    def may_release(self) -> bool:
        """It hangs: scanned, and its code has surely ended; WeChat may still pay it, or may not know it any more."""
        old = (
            self.created_at is not None and self.created_at < timezone.now() - 2 * CODE_LIVES
        )  # its code, and a margin
        return self.status == WithdrawStatus.SCANNED and old and self.released_at is None

    @property
    def is_standing(self) -> bool:
        """Neither sent nor dropped."""
        return self.out_request_no is None and self.dropped_at is None

    @property
    def may_drop(self) -> bool:
        return self.is_standing

    @property
    def may_refresh(self) -> bool:
        return bool(self.out_request_no)

    @property
    def may_check_scan(self) -> bool:
        return self.waits_for_scan

    @property
    def state_label(self) -> str:
        if self.dropped_at and self.out_request_no is None:
            return str(_("Dropped"))
        if self.out_request_no is None:
            return str(_("Approved") if self.is_approved else _("Waits for a second person"))
        if self.released_at:
            return str(_("Let go: WeChat does not know it"))
        documented = self.status in WithdrawStatus.values
        return str(WithdrawStatus(self.status).label if documented else self.status)
