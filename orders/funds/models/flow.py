from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class FlowKind(models.TextChoices):
    """The kind of an account movement, by WeChat's name for it."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    FEE = "fee", _("Fee")
    WITHDRAWAL = "withdrawal", _("Withdrawal")
    RETURN = "return", _("Returned to us")
    OTHER = "other", _("Other")


class FlowDayQuerySet(models.QuerySet):
    def whole(self) -> Self:
        """Days that were pulled since their end, in the time zone of the settings."""
        return self.filter(pulled_at__date__gt=F("day"))


class FlowDay(models.Model):
    """The account movements of one day in Shanghai's time: `funds/scanorderflow`."""

    day = models.DateField(_("day"), unique=True)
    pulled_at = models.DateTimeField(_("pulled at"), null=True)
    count = models.PositiveIntegerField(_("movements"), default=0)

    objects = FlowDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of movements")
        verbose_name_plural = _("days of movements")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

    @property
    def state_label(self) -> str:
        return str(_("pulled") if self.pulled_at else _("never pulled"))


class FlowQuerySet(models.QuerySet):
    def unmatched(self) -> Self:
        return self.filter(object_id=None)


class Flow(models.Model):
    """One movement of the merchant account, in fen: WeChat's yuan are converted exactly, when the movement is read."""

    funds_flow_id = models.CharField(_("movement"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=FlowKind)
    amount = models.BigIntegerField(_("amount"))  # fen, income above 0
    balance = models.BigIntegerField(_("balance"), null=True)  # fen, after it
    type = models.CharField(max_length=60, blank=True)
    flow_type = models.CharField(max_length=60, blank=True)
    busi_type = models.CharField(_("WeChat's word"), max_length=60, blank=True)
    request_no = models.CharField(_("number"), max_length=200, blank=True, db_index=True)  # the list's search
    booked_at = models.DateTimeField(_("booked at"))
    day = models.DateField(_("day"))  # of the booking, in Shanghai's time
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    object_id = models.BigIntegerField(null=True)
    record = GenericForeignKey()  # the order, after-sale, withdrawal or payment order it belongs to

    objects = FlowQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ["-booked_at", "-id"]
        permissions = [("export_flow", _("Can export movements"))]
        indexes = [
            # The list, newest first; the first and last balance of a month (ledger).
            models.Index(fields=["-booked_at", "-id"], name="flow_booked"),
            # The sums of a month by kind (ledger).
            models.Index(fields=["day", "kind"], name="flow_day"),
            # The list filtered by kind, newest first.
            models.Index(fields=["kind", "-booked_at", "-id"], name="flow_kind"),
            # The movements of a record by kind (books.closing).
            models.Index(fields=["content_type", "object_id", "kind"], name="flow_record"),
            # Movements without a record: the chip, the Today page and matching.match_unmatched.
            models.Index(fields=["id"], name="flow_unmatched", condition=Q(object_id=None)),
        ]

    def __str__(self) -> str:
        return self.funds_flow_id


class SettlementState(models.TextChoices):
    TO_COME = "to_come", _("To come")
    MISSING = "missing", _("Missing")
    SETTLED = "settled", _("Settled")
    DIFFERENT = "different", _("Other than expected")


class Settlement(models.Model):
    """The expected and the settled amount of an order. The settled one comes by message only, so it may be missing."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="settlement", verbose_name=_("order"))
    finished_at = models.DateTimeField(_("received"))
    due_on = models.DateField(_("expected on"))
    expected_fen = models.BigIntegerField(_("expected"))
    settled_fen = models.BigIntegerField(_("settled"), null=True)
    reckoned_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=SettlementState, default=SettlementState.TO_COME)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-due_on", "-id"]
        # The chips, the Today page, and the open settlements that `settlements.reckon` computes again.
        indexes = [models.Index(fields=["state", "due_on"], name="settlement_state")]

    def __str__(self) -> str:
        return str(self.order)
