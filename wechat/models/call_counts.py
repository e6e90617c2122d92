from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

BOUNDS = (50, 100, 200, 500, 1000, 2000, 5000, 10_000)  # milliseconds; stored by their places, so add none in between


class CallCountQuerySet(models.QuerySet["CallCount"]):
    def since(self, moment: datetime) -> Self:
        """The hours from this moment on, the one that it lies in counted whole."""
        return self.filter(hour__gte=moment.replace(minute=0, second=0, microsecond=0))

    def by_errcode(self, days: int) -> dict[int, int]:
        """How often each error code came in the last days."""
        rows = self.since(timezone.now() - timedelta(days=days)).filter(answered=True).exclude(errcode=0)
        return dict(rows.order_by().values_list("errcode").annotate(Sum("calls")))


class CallCount(models.Model):
    """The calls of one endpoint in one hour that ended alike, counted by `wechat.call_counts`."""

    hour = models.DateTimeField()
    endpoint = models.CharField(max_length=100)
    answered = models.BooleanField()
    errcode = models.IntegerField(default=0)  # 0: done, or no answer
    calls = models.PositiveIntegerField()
    milliseconds = models.PositiveBigIntegerField()  # of all of them
    within = models.JSONField()  # how many took at most so long, for each of BOUNDS

    objects = CallCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("count of calls")
        verbose_name_plural = _("counts of calls")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["hour", "endpoint", "answered", "errcode"], name="one_count_of_an_hour")
        ]


class ErrorCode(models.Model):
    """An error code that is not in `wechat.errors.MEANINGS`: where it was seen, and what the team says it means."""

    errcode = models.IntegerField(unique=True)
    endpoint = models.CharField(_("endpoint"), max_length=100)
    errmsg = models.TextField(_("WeChat's words"), blank=True)  # of the first one
    seen_at = models.DateTimeField(_("first seen"))
    meaning = models.CharField(_("meaning"), max_length=500, blank=True)
    who = models.CharField(_("who can help"), max_length=200, blank=True)
    written_by = models.CharField(max_length=150, blank=True)
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("unknown error code")
        verbose_name_plural = _("unknown error codes")
        default_permissions = ("change",)

    def __str__(self) -> str:
        return str(self.errcode)
