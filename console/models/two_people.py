"""Moving the merchant's money takes two people: one requests it, another approves it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.steps.errors import Conflict

from .keys import APIKey


class TwoPeople(models.Model):
    """Base of requests by one person that another approves, while `is_standing`; `dropped_at` ends that."""

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=gettext_lazy("asked by")
    )
    asked_at = models.DateTimeField(gettext_lazy("asked at"), auto_now_add=True, db_index=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=gettext_lazy("approved by")
    )
    approved_at = models.DateTimeField(gettext_lazy("approved at"), null=True)
    dropped_at = models.DateTimeField(gettext_lazy("dropped at"), null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            # A database constraint, so that it also holds for code that does not call `approve`.
            models.CheckConstraint(
                condition=Q(approved_by=None) | (Q(asked_by__isnull=False) & ~Q(approved_by=F("asked_by"))),
                name="%(class)s_two_people",
            )
        ]

    def approve(self, user: Any) -> None:
        """Raises Conflict for the requester, also if they used an API key, and where it is approved already."""
        behind = APIKey.objects.person_behind
        if self.asked_by is None or behind(self.asked_by) == behind(user):
            raise Conflict(_("You cannot approve your own request: a second person has to."))
        if not self.is_standing:
            raise Conflict(_("It was sent, dropped, or has lapsed."))
        mine = type(self)._default_manager.filter(
            pk=self.pk, approved_by=None, asked_by=self.asked_by_id, dropped_at=None
        )
        if not mine.update(approved_by=user, approved_at=timezone.now()):
            raise Conflict(_("It has been approved already."))
        self.refresh_from_db()

    @property
    def is_standing(self) -> bool:
        """Whether it still waits to be approved or sent; defined by each subclass."""
        raise NotImplementedError

    @property
    def is_approved(self) -> bool:
        return self.approved_by_id is not None and self.approved_by_id != self.asked_by_id
