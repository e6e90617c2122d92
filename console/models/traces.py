from typing import Any, NoReturn

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Trace(models.Model):
    """Something a person did to a record; written once, never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    door = models.CharField(_("through"), max_length=10)
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("a trace is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a trace is never deleted")


class Edit(Trace):
    """What a person changed: {field: [before, after]}, personal data masked."""

    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        indexes = [models.Index(fields=["content_type", "object_id"], name="edit_of_record")]

    def __str__(self) -> str:
        return f"{self.content_type_id}/{self.object_id}"


class Reveal(Trace):
    """Who was shown masked data, and why."""

    what = models.CharField(_("what"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        permissions = [("reveal", _("Can look behind a mask, giving a reason"))]
        indexes = [models.Index(fields=["content_type", "object_id"], name="reveal_of_record")]

    def __str__(self) -> str:
        return self.what
