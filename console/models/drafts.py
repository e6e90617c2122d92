from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedJSONField

KEPT_FOR = timedelta(days=1)


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, user: Any, form: str) -> Self:
        return self.filter(user=user.pk, form=form, at__gt=timezone.now() - KEPT_FOR)

    def keep(self, user_id: int, form: str, values: dict[str, list[str]], left_out: Sequence[str]) -> "Draft":
        """Store what this person wrote there; it replaces what they wrote before."""
        what = {"values": values, "left_out": list(left_out), "at": timezone.now()}
        return self.update_or_create(user_id=user_id, form=form, defaults=what)[0]

    def forget_old(self) -> int:
        return self.filter(at__lte=timezone.now() - KEPT_FOR).delete()[0]


class Draft(models.Model):
    """What one person wrote in a form and did not save; personal data, sealed fields and files are left out."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    form = models.CharField(max_length=200)  # the address of its page
    values = SealedJSONField(null=True)  # {name: [texts]}, as the browser sent them
    left_out = models.JSONField(default=list)  # labels of what was filled in and is not kept
    at = models.DateTimeField(db_index=True)  # Draft.objects.forget_old

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a form")
        verbose_name_plural = _("drafts of forms")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "form"], name="one_draft_of_a_form")]

    def __str__(self) -> str:
        return self.form
