from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models import TwoPeople
from wechat.masking import mask
from wechat.values import out_id


class PaymentOrder(models.Model):
    """A payment without a component order (BEHAVIOUR 7.2): one or several parts that are paid together."""

    combine_trade_no = models.CharField(_("payment number"), max_length=64, unique=True, validators=[out_id])
    openid = models.CharField(_("openid"), max_length=64)  # empty where it was imported: WeChat does not return it
    expire_at = models.DateTimeField(_("to be paid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True, db_index=True)

    # WeChat's values, empty until the first read.
    made = models.BooleanField(_("at WeChat"), default=False)
    adopted = models.BooleanField(default=False)  # imported, and no call with our openid was accepted yet
    closed = models.BooleanField(_("closed"), default=False)
    refusal = models.JSONField(default=dict)  # {errcode, errmsg}
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        ordering = ["-id"]
        indexes = [models.Index(fields=["read_at"], name="payment_to_read")]  # tasks.refresh_payments: oldest first

    def __str__(self) -> str:
        return self.combine_trade_no

    @property
    def buyer(self) -> str:
        return mask(self.openid)

    @property
    def trade_nos(self) -> str:
        return ", ".join(trade.trade_no for trade in self.trades.all())

    @property
    def is_ours(self) -> bool:
        """Whether the buyer's openid is known: WeChat requires it for every call."""
        return bool(self.openid)

    @property
    def is_paid(self) -> bool:
        trades = list(self.trades.all())
        return bool(trades) and all(trade.paid_at for trade in trades)

    @property
    def amount(self) -> int:
        """fen"""
        return sum(trade.amount for trade in self.trades.all())

    @property
    def may_make(self) -> bool:
        """Until it is paid or closed it may be made again, which returns new parameters."""
        return self.is_ours and not self.is_paid and not self.closed

    @property
    def may_close(self) -> bool:
        return self.made and self.is_ours and not self.is_paid and not self.closed

    @property
    def may_refresh(self) -> bool:
        """Also where WeChat is not known to have it: a call that had no answer may have made it."""
        return self.made or self.is_ours

    @property
    def state_label(self) -> str:
        if self.closed:
            return str(_("Closed"))
        if self.refusal:
            return str(_("Refused by WeChat"))
        if not self.made:
            return str(_("Not at WeChat yet"))
        return str(_("Paid") if self.is_paid else _("To be paid"))


class Trade(models.Model):
    """One part of a payment, with its own trade_no; amounts in fen."""

    payment = models.ForeignKey(PaymentOrder, models.CASCADE, related_name="trades")
    trade_no = models.CharField(_("number"), max_length=64, unique=True, validators=[out_id])
    mchid = models.CharField(_("merchant number"), max_length=32)
    amount = models.PositiveIntegerField(_("amount"))
    description = models.CharField(_("description"), max_length=120)
    # Indexed for matching account movements (funds.matching).
    transaction_id = models.CharField(_("transaction_id"), max_length=64, blank=True, db_index=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    frozen = models.BooleanField(_("not released yet"), null=True)

    class Meta:
        verbose_name = _("part of a payment")
        verbose_name_plural = _("parts of a payment")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.trade_no

    @property
    def left(self) -> int:
        """The amount that is neither refunded nor being refunded."""
        return self.amount - sum(refund.amount for refund in self.refunds.all() if refund.counts)

    @property
    def may_release(self) -> bool:
        """Its money is not released yet, and no release is in progress."""
        return bool(self.frozen) and not any(
            sharing.may_share or sharing.result == SharingResult.PROCESSING for sharing in self.sharings.all()
        )


class RefundStatus(models.TextChoices):
    """The state of a refund (BEHAVIOUR 7.2)."""

    PROCESSING = "PROCESSING", _("Under way")
    SUCCESS = "SUCCESS", _("Refunded")
    CLOSED = "CLOSE", _("Closed")
    ABNORMAL = "ABNORMAL", _("Stuck: the buyer's card is dead or frozen")


class TradeRefundQuerySet(models.QuerySet):
    def unsent(self) -> Self:
        return self.filter(status="", refused=False, dropped_at=None)

    def to_approve(self) -> Self:
        return self.unsent().filter(needs_second=True, approved_by=None)


class TradeRefund(TwoPeople):
    """A refund of an amount of a part, under a number of ours: a repeat is the same refund."""

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="refunds")
    refund_no = models.CharField(_("refund number"), max_length=64, unique=True, validators=[out_id])
    amount = models.PositiveIntegerField(_("amount"))  # fen
    status = models.CharField(_("state"), max_length=20, blank=True)
    refund_id = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    refused = models.BooleanField(default=False)
    needs_second = models.BooleanField(_("needs a second person"), default=False)

    objects = TradeRefundQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = _("refund of a payment")
        verbose_name_plural = _("refunds of a payment")
        ordering = ["id"]
        indexes = [
            # Matching account movements (funds.matching); refunds that wait for a second person.
            models.Index(fields=["refund_id"], name="refund_by_refund_id", condition=~Q(refund_id="")),
            models.Index(fields=["trade"], name="refund_to_approve", condition=Q(needs_second=True, status="")),
        ]

    def __str__(self) -> str:
        return self.refund_no

    @property
    def counts(self) -> bool:
        return self.is_standing or self.status not in ("", RefundStatus.CLOSED)

    @property
    def is_standing(self) -> bool:
        """Neither sent, refused nor dropped."""
        return not self.status and not self.refused and self.dropped_at is None

    @property
    def waits_for_second(self) -> bool:
        return self.is_standing and self.needs_second and not self.is_approved

    @property
    def may_refund(self) -> bool:
        paid = self.trade.paid_at is not None and self.trade.payment.is_ours
        return paid and self.is_standing and not self.waits_for_second

    @property
    def is_sent(self) -> bool:
        return bool(self.status)

    @property
    def state_label(self) -> str:
        if self.dropped_at and not self.status:
            return str(_("Dropped"))
        if self.refused:
            return str(_("Refused by WeChat"))
        if self.waits_for_second:
            return str(_("Waits for a second person"))
        documented = self.status in RefundStatus.values
        return str(RefundStatus(self.status).label if documented else self.status or _("not sent yet"))


class SharingResult(models.TextChoices):
    """The state of a release (BEHAVIOUR 7.2)."""

    PROCESSING = "PROCESSING", _("Under way")
    SUCCESS = "SUCCESS", _("Released")
    CLOSED = "CLOSED", _("Closed")


class TradeSharing(models.Model):
    """The release of a part's money to the merchant, under a number of ours: a repeat is the same release."""

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="sharings")
    profit_sharing_no = models.CharField(_("sharing number"), max_length=64, unique=True, validators=[out_id])
    amount = models.PositiveIntegerField(_("amount"), null=True)  # fen, as read from WeChat
    result = models.CharField(_("state"), max_length=20, blank=True)
    fail_reason = models.CharField(_("reason"), max_length=200, blank=True)
    refused = models.BooleanField(default=False)
    dropped_at = models.DateTimeField(_("dropped at"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("profit sharing")
        verbose_name_plural = _("profit sharings")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.profit_sharing_no

    @property
    def may_share(self) -> bool:
        paid = self.trade.paid_at is not None and self.trade.payment.is_ours
        return paid and not self.result and not self.refused and self.dropped_at is None

    @property
    def may_count(self) -> bool:
        """It was sent, or may be on its way: neither refused, dropped nor closed."""
        return not self.refused and self.dropped_at is None and self.result != SharingResult.CLOSED

    @property
    def shown_on(self) -> PaymentOrder:
        return self.trade.payment

    @property
    def is_sent(self) -> bool:
        return bool(self.result)

    @property
    def state_label(self) -> str:
        if self.dropped_at and not self.result:
            return str(_("Dropped"))
        if self.refused:
            return str(_("Refused by WeChat"))
        documented = self.result in SharingResult.values
        return str(SharingResult(self.result).label if documented else self.result or _("not sent yet"))
