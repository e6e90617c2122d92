from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditedRecord(models.Model):
    """Base of records that staff edit and send: when they were created and changed."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True
