"""Who is sent to from time to time: webhooks and alert channels. One worker at once, and a pause after a failure."""

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.steps.leases import free, lease

# Seconds until the next attempt: three days in all.
PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
WELL: dict[str, Any] = {"failures": 0, "fault": "", "next_attempt_at": None}


class ReceiverQuerySet(models.QuerySet):
    def enabled(self) -> Self:
        raise NotImplementedError

    def due(self) -> Self:
        """Enabled, not pausing after a failure, and in nobody's hands."""
        return self.enabled().filter(free()).filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()))

    def claim(self, pk: int) -> bool:
        """Take one that is due into this worker's hands."""
        return bool(self.due().filter(pk=pk).update(lease_until=lease()))

    def held(self, pk: int) -> Self:
        """One while its lease lasts: after that another worker may have it."""
        return self.filter(pk=pk).exclude(free())

    def release(self, pk: int) -> None:
        self.filter(pk=pk).update(lease_until=None)


class Receiver(models.Model):
    """Attempts in a row that failed, why, and until when nothing is sent."""

    failures = models.PositiveIntegerField(default=0, editable=False)
    fault = models.CharField(_("why"), max_length=300, blank=True, editable=False)  # of the last failure
    next_attempt_at = models.DateTimeField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def after_failure(self, fault: str) -> dict[str, Any]:
        """Its columns after another attempt that failed; the pauses grow."""
        pause = timedelta(seconds=PAUSES[min(self.failures, len(PAUSES) - 1)])
        return {"failures": F("failures") + 1, "fault": fault[:300], "next_attempt_at": timezone.now() + pause}
