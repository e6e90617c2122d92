from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .spu import SPU, EditStatus


class SPURound(models.Model):
    """One submission of a product and WeChat's decision; never deleted."""

    spu = models.ForeignKey(SPU, models.CASCADE, related_name="rounds", verbose_name=_("product"))
    audit_id = models.CharField(_("audit_id"), max_length=64, blank=True)
    status = models.IntegerField(_("review"), default=EditStatus.IN_REVIEW)
    reject_reason = models.TextField(_("reason"), blank=True)
    sent = models.JSONField(_("what was sent"), default=dict)
    submitted_at = models.DateTimeField(_("submitted at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("product review")
        verbose_name_plural = _("product reviews")
        ordering = ["-id"]
        # The open round of a product (`snapshots._close_round`, at each read); the many decided rounds are left out.
        indexes = [
            models.Index(fields=["spu"], name="spu_round_open", condition=Q(status=2)),
            # The chart of the front page.
            models.Index(fields=["submitted_at"], name="spu_round_submitted"),
        ]

    def __str__(self) -> str:
        return self.audit_id or f"#{self.pk}"

    @property
    def status_label(self) -> str:
        if self.status == EditStatus.EDITING:
            return str(_("Withdrawn"))
        is_named = self.status in EditStatus.values
        return str(EditStatus(self.status).label) if is_named else str(self.status)


class Difference(models.Model):
    """One field in which WeChat's copy differs from what was sent; deleted once it is resolved."""

    spu = models.ForeignKey(SPU, models.CASCADE, related_name="differences", verbose_name=_("product"))
    field = models.CharField(_("field"), max_length=150)
    ours = models.JSONField(_("ours"), null=True)
    theirs = models.JSONField(_("WeChat's"), null=True)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["spu", "field"], name="one_difference_per_field")]

    def __str__(self) -> str:
        return f"{self.spu}: {self.field}"
