from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.steps import operations

from .two_people import TwoPeople


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def of(self, kind: str, record: models.Model) -> Self:
        return self.filter(kind=kind, object_id=record.pk)

    def standing(self) -> Self:
        """Neither dropped nor lapsed."""
        return self.filter(dropped_at=None, asked_at__gt=Now() - Approval.HOLDS)

    def waiting(self, *kinds: str) -> Self:
        """Those that nobody has answered; of these kinds, where some are named."""
        rows = self.standing().filter(approved_by=None)
        return rows.filter(kind__in=kinds) if kinds else rows

    def of_record(self, record: models.Model) -> Self:
        """Those of this record, of whatever kind."""
        return self.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)

    def about(self, record: models.Model) -> "Approval | None":
        """The newest of this record."""
        return self.of_record(record).select_related("asked_by").first()

    def end(self) -> int:
        """Drop what stands: it was used, replaced, or its record has changed; returns how many."""
        return self.filter(dropped_at=None).update(dropped_at=timezone.now())


class Approval(TwoPeople):
    """What one person asked for and another approves, of a record or of many: exactly what `mark` says, for a week."""

    HOLDS = timedelta(days=7)

    kind = models.CharField(max_length=30)  # of a `console.approvals.Rule`, or MANY
    operation = models.CharField(_("operation"), max_length=100)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+")
    object_id = models.BigIntegerField(null=True)
    record = GenericForeignKey()
    mark = models.CharField(max_length=80)
    amount = models.BigIntegerField(_("amount"), null=True)  # fen
    changes = models.JSONField(default=list)  # [[what, from, to]], amounts in fen
    keys = models.JSONField(default=list)  # of the many records
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("refused by")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    job = models.ForeignKey("console.Job", models.SET_NULL, null=True, related_name="approvals")  # that did it

    objects = ApprovalQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = _("request for a second person")
        verbose_name_plural = _("requests for a second person")
        ordering = ["-id"]
        permissions = [("approve_acts", _("Can approve price cuts and acts on many records that others asked for"))]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["kind", "object_id"],
                condition=Q(approved_by=None, dropped_at=None, object_id__isnull=False),
                name="one_request_waits",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "object_id"], name="approval_of_record"),
            models.Index(fields=["kind"], name="approval_waiting", condition=Q(approved_by=None, dropped_at=None)),
        ]

    def __str__(self) -> str:
        return f"{operations.label_of(self.operation)} #{self.pk}"

    @property
    def is_standing(self) -> bool:
        return self.dropped_at is None and self.asked_at > timezone.now() - self.HOLDS

    @property
    def waits(self) -> bool:
        return self.is_standing and not self.is_approved

    @property
    def state_label(self) -> str:
        if self.is_approved:
            return str(_("Approved"))
        if self.refused_by_id:
            return str(_("Not approved"))
        return str(_("Waits for a second person") if self.is_standing else _("Lapsed or replaced"))

    def refuse(self, user: Any, reason: str) -> bool:
        """A person who may approve it does not; False where it no longer waits."""
        waiting = Approval.objects.waiting().filter(pk=self.pk)
        return bool(waiting.update(dropped_at=timezone.now(), refused_by=user, reason=reason))
