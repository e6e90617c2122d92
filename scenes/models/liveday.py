from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import SPU
from console.models import AuditedRecord


class LiveDay(AuditedRecord):
    """A day on which products are sold live, and these products."""

    date = models.DateField(_("day"), db_index=True)
    title = models.CharField(_("title"), max_length=100, help_text=_("Such as “Singles' Day, main room”."))
    products = models.ManyToManyField(
        SPU, related_name="live_days", verbose_name=_("products"), help_text=_("Type a few letters of the title.")
    )

    started_at = models.DateTimeField(_("evening began at"), null=True, editable=False)
    ended_at = models.DateTimeField(_("evening ended at"), null=True, editable=False)

    class Meta:
        verbose_name = _("live day")
        verbose_name_plural = _("live days")
        ordering = ["-date", "-id"]
        permissions = [("view_board", _("Can see the board of an evening"))]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.title}"

    @property
    def is_running(self) -> bool:
        return self.started_at is not None and self.ended_at is None

    @property
    def state_label(self) -> str:
        return str(self)
