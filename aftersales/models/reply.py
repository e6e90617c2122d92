from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord

SHOWN = 100  # beside a box


class SavedReplyQuerySet(models.QuerySet):
    def fitting(self, use: str) -> Self:
        """Those offered at one kind of box."""
        return self.filter(used_for__in=(use, SavedReply.Use.ANY))[:SHOWN]


class SavedReply(AuditedRecord):
    """A text that customer service writes often; it is put into a box and changed there before it is sent."""

    class Use(models.TextChoices):
        ANY = "any", _("everywhere")
        COMPLAINT = "complaint", _("answers to complaints")
        AFTERSALE = "aftersale", _("refusals of after-sales")
        DISPUTE = "dispute", _("evidence in disputes")

    title = models.CharField(_("title"), max_length=60, unique=True)
    text = models.TextField(
        _("text"), max_length=300, help_text=_("At most 300 characters, so that it fits every box.")
    )
    used_for = models.CharField(_("offered for"), max_length=10, choices=Use, default=Use.ANY)

    objects = SavedReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
