from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord
from wechat.models import Image


class DocumentQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Documents that no newer one has replaced."""
        return self.filter(replaced_by=None)

    def expiring(self) -> Self:
        """Current documents that have expired, or for which the first reminder has come."""
        return self._until(max(settings.DOCUMENT_REMINDER_DAYS))

    def due(self, days: int) -> Self:
        """Current documents whose last reminder so far is the one at so many days."""
        documents, sooner = self._until(days), _sooner(days)
        return documents.filter(expires_on__gt=_in(sooner)) if sooner else documents

    def _until(self, days: int) -> Self:
        return self.current().filter(expires_on__lte=_in(days))


def _in(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def _sooner(days: int) -> int:
    """The next reminder after the one at so many days; 0 after the last."""
    return max((one for one in settings.DOCUMENT_REMINDER_DAYS if one < days), default=0)


def days_left(days: int) -> Promise:
    """Which documents the reminder at so many days is of."""
    if sooner := _sooner(days):
        return format_lazy(_("{first} to {last} days left"), first=sooner + 1, last=days)
    return format_lazy(_("{last} days left or less"), last=days)


class Document(AuditedRecord):
    """A paper: its picture, kind and expiry. Uploaded once, and used by any number of applications."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _("Business licence")
        CERTIFICATE = "certificate", _("Category certificate")
        AUTHORIZATION = "authorization", _("Sales authorisation")
        IDENTITY = "identity", _("Identity card, signed")
        TRADEMARK = "trademark", _("Trademark registration certificate")
        TRADEMARK_CHANGE = "trademark_change", _("Trademark change certificate")
        APPLICATION = "application", _("Trademark acceptance notice")
        CUSTOMS = "customs", _("Customs declaration")
        OTHER = "other", _("Other paper")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, db_index=True)
    title = models.CharField(
        _("title"),
        max_length=100,
        help_text=_("How you find it again, such as “Licence of the company, 2026”."),
    )
    image = models.ForeignKey(Image, models.PROTECT, related_name="documents", verbose_name=_("picture"))
    expires_on = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("The console reminds you before this day. Leave empty if it does not expire."),
    )

    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("replaced by")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["image", "kind"], name="one_document_per_picture_and_kind")]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def is_used(self) -> bool:
        """Whether an application uses it."""
        relations = self._meta.get_fields(include_hidden=True)
        tables = [relation.through for relation in relations if isinstance(relation, models.ManyToManyRel)]
        uses = [models.Exists(table._default_manager.filter(document=self)) for table in tables if table]
        return Document.objects.filter(models.Q(*uses, _connector=models.Q.OR), pk=self.pk).exists()

    def with_picture(self, image: Image) -> "Document":
        """The document of another picture and of the same kind."""
        return Document.objects.get_or_create(image=image, kind=self.kind, defaults={"title": self.title})[0]

    @property
    def is_expired(self) -> bool:
        return bool(self.expires_on and self.expires_on < timezone.localdate())

    @property
    def state_label(self) -> str:
        return str(_("expired")) if self.is_expired else str(self.image.state_label)
