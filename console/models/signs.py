from django.db import models
from django.utils.translation import gettext_lazy as _


class SignOfLife(models.Model):
    """When a worker last carried out `console.tasks.show_sign` under a name: a queue's, or `beat`; and the backup's."""

    BACKUP = "backup"

    name = models.CharField(max_length=30, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")
        default_permissions = ()
        permissions = [("check_setup", "Can check the set-up")]

    def __str__(self) -> str:
        return self.name
