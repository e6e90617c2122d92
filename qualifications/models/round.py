from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AuditStatus(models.IntegerChoices):
    """The state of a review, in audit/result's numbers (BEHAVIOUR 2.4)."""

    PENDING = 0, _("In review")
    APPROVED = 1, _("Approved")
    REJECTED = 9, _("Rejected")


class RoundQuerySet(models.QuerySet):
    def pending(self) -> Self:
        return self.filter(status=AuditStatus.PENDING)


class Round(models.Model):
    """One submission and WeChat's decision; never deleted."""

    audit_id = models.CharField(_("audit_id"), max_length=64, unique=True)
    status = models.IntegerField(_("review"), default=AuditStatus.PENDING)
    reject_reason = models.TextField(_("reason"), blank=True)
    sent = models.JSONField(_("what was sent"), default=dict)
    submitted_at = models.DateTimeField(_("submitted at"), auto_now_add=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.audit_id

    @property
    def status_label(self) -> str:
        is_named = self.status in AuditStatus.values
        return (
            str(AuditStatus(self.status).label) if is_named else str(_("status %(number)s") % {"number": self.status})
        )


class BrandRound(Round):
    qualification = models.ForeignKey("BrandQualification", models.CASCADE, related_name="rounds")
    brand_id = models.BigIntegerField(_("brand_id"), null=True)

    class Meta(Round.Meta):
        verbose_name = _("brand review")
        # tasks.refresh_audits: open reviews, without the many that are decided.
        indexes = [models.Index(fields=["submitted_at"], name="brand_round_pending", condition=Q(status=0))]


class CategoryRound(Round):
    qualification = models.ForeignKey("CategoryQualification", models.CASCADE, related_name="rounds")

    class Meta(Round.Meta):
        verbose_name = _("category review")
        indexes = [models.Index(fields=["submitted_at"], name="category_round_pending", condition=Q(status=0))]


class UnclaimedAudit(models.Model):
    """A review from a message that belongs to no round: offered as its id where a submission's outcome is unknown."""

    audit_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10)  # brand or category
    status = models.CharField(max_length=10, blank=True)
    heard_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.audit_id
