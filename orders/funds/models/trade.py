from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.spu import out_id
from wechat.masking import mask


class PaymentOrder(models.Model):
    """A payment without a component order (BEHAVIOUR 7.2): one or several parts that are paid together."""

    combine_trade_no = models.CharField(_("payment number"), max_length=64, unique=True, validators=[out_id])
    openid = models.CharField(_("openid"), max_length=64)
    expire_at = models.DateTimeField(_("to be paid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    # The platform's word, empty before there is one.
    made = models.BooleanField(_("at WeChat"), default=False)
    closed = models.BooleanField(_("closed"), default=False)
    refusal = models.JSONField(default=dict)  # {errcode, errmsg}
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        ordering = ["-id"]
        indexes = [models.Index(fields=["read_at"], name="payment_to_read")]

    def __str__(self):
        return self.combine_trade_no

    @property
    def buyer(self) -> str:
        return mask(self.openid)

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
        """Asking again gives new parameters, until it is paid or closed."""
        return not self.is_paid and not self.closed

    @property
    def may_close(self) -> bool:
        return self.made and not self.is_paid and not self.closed

    @property
    def may_refresh(self) -> bool:
        return self.made

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
    """One part of a payment; amounts in fen."""

    payment = models.ForeignKey(PaymentOrder, models.CASCADE, related_name="trades")
    trade_no = models.CharField(_("number"), max_length=64, unique=True, validators=[out_id])
    mchid = models.CharField(_("merchant number"), max_length=32)
    amount = models.PositiveIntegerField(_("amount"))
    description = models.CharField(_("description"), max_length=120)
    transaction_id = models.CharField(_("transaction_id"), max_length=64, blank=True, db_index=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    frozen = models.BooleanField(_("not released yet"), null=True)

    class Meta:
        verbose_name = _("part of a payment")
        verbose_name_plural = _("parts of a payment")
        ordering = ["id"]

    def __str__(self):
        return self.trade_no

    @property
    def left(self) -> int:
        """What no refund has taken, or is taking."""
        return self.amount - sum(one.amount for one in self.refunds.all() if one.counts)


class RefundStatus(models.TextChoices):
    """What became of a refund (BEHAVIOUR 7.2)."""

    PROCESSING = "PROCESSING", _("Under way")
    SUCCESS = "SUCCESS", _("Refunded")
    CLOSED = "CLOSE", _("Closed")
    ABNORMAL = "ABNORMAL", _("Stuck: the buyer's card is dead or frozen")


class TradeRefund(models.Model):
    """A refund of some of a part, by a number of ours: asked again it is the same refund."""

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="refunds")
    refund_no = models.CharField(_("refund number"), max_length=64, unique=True, validators=[out_id])
    amount = models.PositiveIntegerField(_("amount"))  # fen
    status = models.CharField(_("state"), max_length=20, blank=True)
    refund_id = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    refused = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("refund of a payment")
        verbose_name_plural = _("refunds of a payment")
        ordering = ["id"]

    def __str__(self):
        return self.refund_no

    @property
    def counts(self) -> bool:
        return not self.refused and self.status != RefundStatus.CLOSED

    @property
    def may_refund(self) -> bool:
        return not self.status and not self.refused and self.trade.paid_at is not None

    @property
    def is_sent(self) -> bool:
        return bool(self.status)

    @property
    def state_label(self) -> str:
        if self.refused:
            return str(_("Refused by WeChat"))
        known = self.status in RefundStatus.values
        return str(RefundStatus(self.status).label if known else self.status or _("not sent yet"))


class SharingResult(models.TextChoices):
    """What became of a release (BEHAVIOUR 7.2)."""

    PROCESSING = "PROCESSING", _("Under way")
    SUCCESS = "SUCCESS", _("Released")
    CLOSED = "CLOSED", _("Closed")


class TradeSharing(models.Model):
    """The release of a part's money to the merchant, by a number of ours: asked again it is the same."""

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="sharings")
    profit_sharing_no = models.CharField(_("sharing number"), max_length=64, unique=True, validators=[out_id])
    amount = models.PositiveIntegerField(_("amount"), null=True)  # fen, as WeChat says
    result = models.CharField(_("state"), max_length=20, blank=True)
    fail_reason = models.CharField(_("reason"), max_length=200, blank=True)
    refused = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("profit sharing")
        verbose_name_plural = _("profit sharings")
        ordering = ["id"]

    def __str__(self):
        return self.profit_sharing_no

    @property
    def may_share(self) -> bool:
        return not self.result and not self.refused and self.trade.paid_at is not None

    @property
    def is_sent(self) -> bool:
        return bool(self.result)

    @property
    def state_label(self) -> str:
        if self.refused:
            return str(_("Refused by WeChat"))
        known = self.result in SharingResult.values
        return str(SharingResult(self.result).label if known else self.result or _("not sent yet"))
