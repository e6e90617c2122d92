from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedField

from .two_people import TwoPeople


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def waiting(self) -> Self:
        return self.filter(done_at=None, dropped_at=None)


class Erasure(TwoPeople):
    """A buyer who asked to be erased: one person asks for it, another one approves, which does it at once."""

    digest = models.CharField(_("buyer"), max_length=64, db_index=True)  # of the openid
    openid: Any = SealedField(null=True)  # until it is done
    reason = models.CharField(_("reason"), max_length=300)
    done_at = models.DateTimeField(_("erased at"), null=True)
    # What was erased and what stays: {erased, kept: {app.Model: rows}, logs: {what: rows}}.
    receipt = models.JSONField(default=dict)

    objects = ErasureQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = _("erasure of a buyer")
        verbose_name_plural = _("erasures of buyers")
        ordering = ["-id"]
        permissions = [
            ("erase_buyer", _("Can ask for the erasure of a buyer")),
            ("approve_erasure", _("Can approve the erasure of a buyer that somebody else asked for")),
        ]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["digest"], condition=Q(done_at=None, dropped_at=None), name="one_erasure_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} #{self.pk}"

    @property
    def is_standing(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    @property
    def state_label(self) -> str:
        if self.done_at:
            return str(_("Erased"))
        return str(_("Waits for a second person") if self.is_standing else _("Not approved"))
