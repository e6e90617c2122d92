from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: Any, name: str) -> Self:
        """The views of a list for this person: their own, and those that others share."""
        return self.filter(models.Q(user=user) | models.Q(shared=True), list=name).select_related("user")


class SavedView(models.Model):
    """Filters, columns and order of a list under a name, of one person; shared ones are offered to everybody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list = models.CharField(max_length=100)  # app_label.model
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)  # of the list's address
    shared = models.BooleanField(_("shared"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["list", "user", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class ExportQuerySet(models.QuerySet["Export"]):
    def seen_by(self, user: Any) -> Self:
        """All downloads for users who may view reveals, else the user's own."""
        return self if user.has_perm("console.view_reveal") else self.filter(user=user)


class Export(models.Model):
    """A download of a list, or of everything: who took which rows; and its file, if a worker wrote it (`exports`)."""

    EVERYTHING = "everything"  # in place of a list

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    list = models.CharField(_("list"), max_length=100)  # app.model
    query = models.TextField(_("filters"), blank=True)
    kind = models.CharField(_("as"), max_length=4)  # csv or xlsx
    language = models.CharField(max_length=10)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    personal = models.BooleanField(_("personal data in the clear"), default=False, db_default=False)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    file = models.FileField(upload_to="exports", blank=True)
    fault = models.CharField(max_length=200, blank=True)  # in English: translated where it is shown
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True, db_index=True)
    done_at = models.DateTimeField(null=True, db_index=True)  # indexed for those that wait
    lease_until = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-id"]
        permissions = [("export_all", _("Can take everything out of the console, giving a reason"))]

    def __str__(self) -> str:
        return f"{self.list} #{self.pk}"

    @property
    def is_everything(self) -> bool:
        return self.list == self.EVERYTHING

    @property
    def model(self) -> type[models.Model] | None:
        """The model of the list; None where this version has no such list."""
        try:
            return apps.get_model(self.list)
        except (LookupError, ValueError):
            return None
