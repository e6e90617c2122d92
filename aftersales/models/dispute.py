from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from wechat.models import Image
from wechat.sealed import SealedField

from .aftersale import Aftersale

PHONE = 40  # characters stored of a phone number


class DisputeQuerySet(models.QuerySet):
    def running(self) -> Self:
        """Disputes whose present state has a deadline in the future."""
        return self.filter(expired_at__gt=timezone.now())


class Dispute(models.Model):
    """An after-sale that the buyer brought before the platform (纠纷单); its states are the platform's own words."""

    complaint_order_id = models.BigIntegerField(_("complaint_order_id"), unique=True)
    aftersale = models.ForeignKey(
        Aftersale, models.SET_NULL, null=True, related_name="disputes", verbose_name=_("after-sale")
    )
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="disputes", verbose_name=_("order"))
    state = models.IntegerField(_("state"), null=True)
    type = models.IntegerField(_("kind"), null=True)
    phone_number = SealedField(_("buyer's phone"), null=True)
    judge_result = models.IntegerField(_("judgement"), null=True)
    flow = models.JSONField(_("what happened"), default=list)
    opened_at = models.DateTimeField(_("opened at"), null=True, db_index=True)
    expired_at = models.DateTimeField(_("until"), null=True, db_index=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    # The evidence to be handed in next.
    evidence_text = models.TextField(_("evidence"), blank=True, max_length=500)
    evidence_images = models.ManyToManyField(Image, blank=True, related_name="+", verbose_name=_("pictures"))

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-id"]
        permissions = [("view_dispute_phone", _("Can see the phones of buyers in disputes"))]

    def __str__(self) -> str:
        return str(self.complaint_order_id)

    @property
    def state_label(self) -> str:
        """The platform's text for the present state, else its number."""
        return self.told.get("state_describe") or str(_("status %(number)s") % {"number": self.state})

    @property
    def told(self) -> dict:
        """The newest record of the flow: {state_describe, event_describe, …}."""
        return self.flow[-1] if self.flow else {}

    @property
    def may_hand_in(self) -> bool:
        return self.expired_at is None or self.expired_at > timezone.now()


class Evidence(models.Model):
    """Evidence that was handed in to the platform in a dispute, and when."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="evidence")
    content = models.TextField()
    links = models.JSONField(default=list)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("evidence handed in")
        verbose_name_plural = _("evidence handed in")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.content[:40]


UNANSWERED = Q(answered_at=None)
LATE = UNANSWERED & Q(due_at__lt=Now())


class ComplaintQuerySet(models.QuerySet):
    def unanswered(self) -> Self:
        return self.filter(UNANSWERED)

    def due_within(self, hours: int) -> Self:
        """Unanswered complaints whose time has run out, or will within so many hours."""
        return self.unanswered().filter(due_at__lte=timezone.now() + timedelta(hours=hours))


class Complaint(models.Model):
    """A buyer's complaint about the shop; it comes by the event `complaint_callback` only: no endpoint returns it.

    Each state of a complaint is a message, and a row, of its own.
    """

    complaint_order_id = models.CharField(_("complaint_order_id"), max_length=64)
    option_type = models.CharField(_("what happened"), max_length=64, blank=True)
    type = models.CharField(_("kind"), max_length=64, blank=True)
    status = models.CharField(_("state"), max_length=64, blank=True)
    openid = models.CharField(_("openid"), max_length=64, blank=True)
    phone_number = SealedField(_("buyer's phone"), null=True)
    content = models.TextField(_("buyer's words"), blank=True)
    told = models.JSONField(default=dict)  # the rest of the message, without personal data
    received_at = models.DateTimeField(_("received at"), auto_now_add=True, db_index=True)
    due_at = models.DateTimeField(_("answer due"), null=True)  # when the present state ends, as the message says
    # Set by people: the answer is given on WeChat's pages, and no message tells of it.
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answer = models.TextField(_("our answer"), blank=True, max_length=2000)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-id"]
        indexes = [
            # The chips of the list and the card on the front page: the most urgent first.
            models.Index(fields=["due_at"], name="complaint_unanswered", condition=Q(answered_at=None)),
            # Marking a complaint as answered: all of its messages.
            models.Index(fields=["complaint_order_id"], name="complaint_number"),
        ]

    def __str__(self) -> str:
        return self.complaint_order_id

    @property
    def is_late(self) -> bool:
        return self.answered_at is None and self.due_at is not None and self.due_at < timezone.now()

    @property
    def state_label(self) -> str:
        if self.answered_at:
            return str(_("Answered"))
        return str(_("Answer late") if self.is_late else _("To answer"))
