from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EditLink(models.Model):
    """One link of the chain over all edits: `digest` covers the edit as it is stored, and the link before."""

    number = models.BigIntegerField(unique=True)
    edit_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=8)  # names the one of FIELD_KEYS that signed it
    signature = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("link of the edits")
        verbose_name_plural = _("links of the edits")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class EditAnchor(models.Model):
    """Where the chain begins: number 0 once, later the last link of what was deleted for its age."""

    number = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64, blank=True)
    count = models.BigIntegerField(default=0)  # edits that were deleted with it
    until = models.DateTimeField(null=True)  # all of them were made before
    key = models.CharField(max_length=8)
    signature = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("anchor of the edits")
        verbose_name_plural = _("anchors of the edits")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class EditCheck(models.Model):
    """What the last look of the night found (one row), and the end of the chain when it last held."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=8, blank=True)
    signature = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)
    faults = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("check of the edits")
        verbose_name_plural = _("checks of the edits")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"
