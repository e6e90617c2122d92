from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class UnreadRecord(models.Model):
    """A record whose last read brought nothing that could be used; gone with the next read that does."""

    operation = models.CharField(_("operation"), max_length=100)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    error = models.TextField(_("last error"), blank=True)
    times = models.PositiveIntegerField(_("tries"), default=1)
    since = models.DateTimeField(_("since"))
    tried_at = models.DateTimeField(_("last tried"), db_index=True)

    class Meta:
        verbose_name = _("record that could not be read")
        verbose_name_plural = _("records that could not be read")
        ordering = ["-tried_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "object_id"], name="unread_once_per_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.object_id}"
