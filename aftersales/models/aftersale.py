from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine
from wechat.models import Image
from wechat.sealed import SealedJSONField
from wechat.values import out_id


class Family(models.IntegerChoices):
    """Which of the two interfaces it belongs to: state numbers from 15 on mean different things in each."""

    OLD = 0, _("Kept by us")
    EC = 1, _("Kept by WeChat")


class Kind(models.IntegerChoices):
    REFUND = 1, _("Refund only")
    RETURN = 2, _("Return and refund")
    EXCHANGE = 3, _("Exchange")


class ECStatus(models.IntegerChoices):
    """The state of an after-sale that the platform keeps (BEHAVIOUR 5.2)."""

    CANCELLED = 1, _("Cancelled by the buyer")
    TO_HANDLE = 2, _("Waits for us")
    REFUND_REFUSED = 4, _("Refund refused")
    RETURN_REFUSED = 5, _("Return refused")
    TO_RETURN = 6, _("Buyer to send back")
    RETURN_CLOSED = 7, _("Not sent back in time")
    TO_RECEIVE = 8, _("Coming back to us")
    OFFLINE_OVERDUE = 12, _("Offline refund overdue")
    REFUNDED = 13, _("Refunded")
    RETURNED = 14, _("Returned and refunded")
    REFUNDING = 15, _("WeChat is refunding")
    REFUND_FAILED = 16, _("Refund failed: pay offline")
    PROOF_SENT = 17, _("Buyer to confirm the proof")
    RETRY_FAILED = 18, _("Closed by customer service")
    BUYER_AT_FAULT = 19, _("Closed: buyer judged responsible")


class OldStatus(models.IntegerChoices):
    """The state of an after-sale that we keep and report to WeChat (BEHAVIOUR 5.1)."""

    NEW = 0, _("Not handled yet")
    CANCELLED = 1, _("Cancelled by the buyer")
    HANDLING = 2, _("Being handled")
    OVERDUE = 3, _("Overdue")
    REFUND_REFUSED = 4, _("Refund refused")
    RETURN_REFUSED = 5, _("Return refused")
    TO_RETURN = 6, _("Buyer to send back")
    RETURN_CLOSED = 7, _("Return closed")
    TO_RECEIVE = 8, _("Coming back to us")
    REFUNDING = 11, _("We are refunding")
    REFUND_OVERDUE = 12, _("Refund overdue")
    REFUNDED = 13, _("Refunded")
    RETURNED = 14, _("Returned and refunded")
    EXCHANGED = 15, _("Exchanged")
    TO_SHIP = 16, _("We are to ship")
    SHIPPED = 17, _("Buyer to receive")
    EXCHANGE_REFUSED = 18, _("Exchange refused")
    RECEIVED = 19, _("Goods received")


S = ECStatus
EC_FINAL = (S.CANCELLED, S.REFUNDED, S.RETURNED, S.RETRY_FAILED, S.BUYER_AT_FAULT)
OLD_FINAL = (
    OldStatus.CANCELLED, OldStatus.REFUND_REFUSED, OldStatus.RETURN_REFUSED, OldStatus.RETURN_CLOSED,
    OldStatus.REFUNDED, OldStatus.RETURNED, OldStatus.EXCHANGED, OldStatus.EXCHANGE_REFUSED,
)  # fmt: skip
# The same numbers in both families.
PAID_BACK = (S.REFUNDED, S.RETURNED)
RETURNING = (S.TO_RETURN, S.TO_RECEIVE)
# States that wait for the merchant: if we do nothing before the deadline, the platform decides.
EC_OURS = (S.TO_HANDLE, S.TO_RECEIVE, S.REFUND_FAILED, S.OFFLINE_OVERDUE)
OLD_OURS = (
    OldStatus.NEW, OldStatus.HANDLING, OldStatus.OVERDUE, OldStatus.TO_RECEIVE, OldStatus.REFUNDING,
    OldStatus.REFUND_OVERDUE, OldStatus.TO_SHIP, OldStatus.RECEIVED,
)  # fmt: skip
OPEN = (Q(family=Family.EC) & ~Q(status__in=EC_FINAL)) | (Q(family=Family.OLD) & ~Q(status__in=OLD_FINAL))
OURS = Q(family=Family.EC, status__in=EC_OURS) | Q(family=Family.OLD, status__in=OLD_OURS)

EXPECTED = Q(family__in=Family.values, status__in=RETURNING, received_at=None)


class AftersaleQuerySet(models.QuerySet):
    def open(self) -> Self:
        """After-sales that are not final, including those not yet at WeChat; without those it refused to open."""
        return self.filter(OPEN | Q(status=None, refusal={}))

    def ours(self) -> Self:
        """After-sales that wait for the merchant."""
        return self.filter(OURS)

    def expected(self) -> Self:
        """After-sales whose goods the buyer sends back, or is to send back, and that have not arrived."""
        return self.filter(EXPECTED)

    def by_time_left(self) -> Self:
        """The most urgent first; those without a deadline last."""
        return self.order_by(models.F("deadline_at").asc(nulls_last=True), "id")


class Aftersale(models.Model):
    """An after-sale of one line of an order, of either family."""

    family = models.IntegerField(_("its state"), choices=Family)
    order = models.ForeignKey(Order, models.PROTECT, related_name="aftersales", verbose_name=_("order"))
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+", verbose_name=_("goods"))
    out_aftersale_id = models.CharField(
        _("after-sale number"), max_length=100, null=True, blank=True, unique=True, validators=[out_id]
    )
    type = models.IntegerField(_("kind"), choices=Kind)
    product_cnt = models.PositiveIntegerField(_("pieces"), default=1)
    orderamt = models.PositiveIntegerField(_("amount"))  # fen
    refund_reason_type = models.IntegerField(_("reason"), default=12)
    refund_reason = models.CharField(_("buyer's words"), max_length=500, blank=True)
    media_list = models.JSONField(_("buyer's pictures"), default=list)  # [{type, url, thumb_url}]
    # The return shipment: sent to WeChat, or read from it.
    return_info = models.JSONField(default=dict)  # {delivery_id, delivery_name, waybill_id}
    return_address = SealedJSONField(_("return address"), null=True)  # the platform's address_info
    received_at = models.DateTimeField(_("received at"), null=True)  # marked by the warehouse, before anybody decides
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("received by")
    )
    # Stored here only: WeChat accepts no reason for a refusal.
    reject_reason = models.CharField(_("our reason"), max_length=300, blank=True)
    refund_desc = models.CharField(_("how it was refunded"), max_length=300, blank=True)
    certificates = models.ManyToManyField(Image, blank=True, related_name="+", verbose_name=_("proof of the refund"))

    # WeChat's values, empty until the first read; in the old family they are set here.
    aftersale_id = models.BigIntegerField(_("aftersale_id"), null=True, unique=True)
    status = models.IntegerField(_("state"), null=True)
    refund_id = models.CharField(_("refund_id"), max_length=64, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    moved_at = models.DateTimeField(_("last moved"), null=True)
    deadline_at = models.DateTimeField(_("until"), null=True)  # computed from moved_at
    warned = models.PositiveSmallIntegerField(default=0)  # hours of the last warning
    read_at = models.DateTimeField(_("last read"), null=True)
    refusal = models.JSONField(default=dict)

    agreed_at = models.DateTimeField(null=True)  # when a refund was last let through: it counts with others of that day

    # What of it has been added to the order line's refunded amounts.
    recorded_cnt = models.PositiveIntegerField(default=0)
    recorded_fen = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AftersaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("after-sale")
        verbose_name_plural = _("after-sales")
        ordering = ["-id"]
        permissions = [
            ("approve_refund", _("Can approve large refunds that somebody else asked for")),
            ("receive_return", _("Can mark goods that buyers sent back as received")),
        ]
        indexes = [
            # The chips and filters of the list, and the warnings: by family and state, the most urgent first.
            models.Index(fields=["family", "status", "deadline_at"], name="claim_desk"),
            # The order of the unfiltered list; without those that have no deadline, which are most of the old ones.
            models.Index(fields=["deadline_at", "id"], name="claim_deadline", condition=Q(deadline_at__isnull=False)),
            # The chart of the front page.
            models.Index(fields=["created_at"], name="claim_created"),
            # The list filtered by what the warehouse has received.
            models.Index(fields=["deadline_at", "id"], name="claim_received", condition=Q(received_at__isnull=False)),
            # tasks.refresh_claims: oldest read first.
            models.Index(fields=["read_at"], name="claim_to_read"),
            # Matching account movements by the refund's number (flows); without the many that have none.
            models.Index(fields=["refund_id"], name="claim_refund", condition=~Q(refund_id="")),
        ]

    def __str__(self) -> str:
        return self.out_aftersale_id or str(self.aftersale_id or f"#{self.pk}")

    @property
    def id_at_wechat(self) -> int:
        """Its aftersale_id. The operations that use it are allowed only in states in which WeChat has given one."""
        if self.aftersale_id is None:
            raise ValueError(f"WeChat does not have the after-sale {self} yet")
        return self.aftersale_id

    @property
    def is_ec(self) -> bool:
        return self.family == Family.EC

    @property
    def is_open(self) -> bool:
        return self.status not in (EC_FINAL if self.is_ec else OLD_FINAL)

    @property
    def is_ours(self) -> bool:
        """Whether it waits for the merchant."""
        return self.status is None or self.status in (EC_OURS if self.is_ec else OLD_OURS)

    @property
    def goods_label(self) -> str:
        """“title × 2”."""
        return f"{self.line.title} × {self.product_cnt}" if self.line else "–"

    @property
    def state_label(self) -> str:
        if self.status is None:
            return str(_("Refused by WeChat") if self.refusal else _("Not at WeChat yet"))
        choices = ECStatus if self.is_ec else OldStatus
        documented = self.status in choices.values
        return str(choices(self.status).label if documented else _("status %(number)s") % {"number": self.status})

    @property
    def seconds_left(self) -> float | None:
        return (self.deadline_at - timezone.now()).total_seconds() if self.deadline_at else None

    def _is(self, *statuses: int) -> bool:
        return self.is_ec and self.status in statuses

    @property
    def may_open(self) -> bool:
        return self.status is None and (self.is_ec or self.out_aftersale_id is not None)

    @property
    def may_change(self) -> bool:
        return self._is(S.TO_HANDLE, S.REFUND_REFUSED, S.RETURN_REFUSED)

    @property
    def may_cancel(self) -> bool:
        return self._is(S.TO_HANDLE, S.REFUND_REFUSED, S.RETURN_REFUSED, S.TO_RETURN, S.RETURN_CLOSED)

    @property
    def may_return(self) -> bool:
        return self._is(S.TO_RETURN) and bool(self.return_info.get("waybill_id"))

    @property
    def may_accept_refund(self) -> bool:
        return self._is(S.TO_HANDLE) and self.type == Kind.REFUND

    @property
    def may_accept_return(self) -> bool:
        return self._is(S.TO_HANDLE) and self.type == Kind.RETURN

    @property
    def may_confirm_goods(self) -> bool:
        return self._is(S.TO_RECEIVE)

    @property
    def may_reject(self) -> bool:
        return self._is(S.TO_HANDLE, S.TO_RECEIVE)

    @property
    def may_receive(self) -> bool:
        """Whether its goods may arrive: also after a decision, as parcels are late."""
        return self.type != Kind.REFUND and self.status is not None and self.received_at is None

    @property
    def may_upload_certificates(self) -> bool:
        return self._is(S.REFUND_FAILED, S.OFFLINE_OVERDUE)

    @property
    def may_refresh(self) -> bool:
        return self.is_ec and self.aftersale_id is not None

    @property
    def may_tell(self) -> bool:
        """Whether the state may be reported to WeChat: for the old family only."""
        return not self.is_ec and self.status is not None


class ClaimVersion(models.Model):
    """One version of an after-sale's content: stored at each change, so that every version can be seen."""

    aftersale = models.ForeignKey(Aftersale, models.CASCADE, related_name="versions")
    type = models.IntegerField()
    product_cnt = models.PositiveIntegerField()
    orderamt = models.PositiveIntegerField()
    refund_reason_type = models.IntegerField()
    refund_reason = models.CharField(max_length=500, blank=True)
    media_list = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("version of an after-sale")
        verbose_name_plural = _("versions of after-sales")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.aftersale} {self.at:%Y-%m-%d %H:%M}"


class ClaimChange(models.Model):
    """A change of an after-sale's state, with the time at which we learnt of it."""

    aftersale = models.ForeignKey(Aftersale, models.CASCADE, related_name="changes")
    was = models.IntegerField(null=True)
    status = models.IntegerField()
    note = models.CharField(max_length=300, blank=True)
    door = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("change of an after-sale")
        verbose_name_plural = _("changes of after-sales")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.was} → {self.status}"
