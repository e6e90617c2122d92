"""The requests of API keys: counted by day, and the newest that were refused or failed."""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone

from .keys import APIKey

DAYS = 7  # that are shown, today among them
ERRORS = 20  # of a key that are kept


def first_day() -> date:
    """The first of the days that are shown."""
    return timezone.localdate() - timedelta(days=DAYS - 1)


class RequestCountQuerySet(models.QuerySet["RequestCount"]):
    def add(self, key_id: int, day: date, **more: int) -> None:
        """Add so many requests of a key on a day: `total`, of them `refused` and `failed`."""
        row = self.filter(key_id=key_id, day=day)
        added = {name: F(name) + count for name, count in more.items()}
        if row.update(**added) or not APIKey.objects.filter(pk=key_id).exists():
            return
        try:
            self.create(key_id=key_id, day=day, **more)
        except IntegrityError:  # another process was first
            row.update(**added)

    def by_day(self, key: APIKey) -> list[dict[str, Any]]:
        """Each of the last days with its sums, the newest first."""
        rows = self.filter(key=key, day__gte=first_day()).values("day", "total", "refused", "failed")
        found: dict[date, dict[str, Any]] = {row["day"]: dict(row) for row in rows}
        days = [timezone.localdate() - timedelta(days=nth) for nth in range(DAYS)]
        return [found.get(day, {"day": day, "total": 0, "refused": 0, "failed": 0}) for day in days]

    def forget_old(self) -> int:
        return self.filter(day__lt=first_day()).delete()[0]


class RequestCount(models.Model):
    """How many requests of a key were answered on a day."""

    key = models.ForeignKey(APIKey, models.CASCADE, related_name="counts", db_index=False)
    day = models.DateField()
    total = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)  # 4xx
    failed = models.PositiveIntegerField(default=0)  # 5xx

    objects = RequestCountQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="one_count_of_a_day")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}"


class RequestErrorQuerySet(models.QuerySet["RequestError"]):
    def keep(self, key: APIKey, **what: Any) -> None:
        """Store one; it takes the place of the oldest where there are as many as are kept."""
        with transaction.atomic():
            self.create(key=key, **what)
            oldest = self.filter(key=key).order_by("-id").values("id")[ERRORS : ERRORS + 1]
            self.filter(key=key, id__lte=models.Subquery(oldest)).delete()


class RequestError(models.Model):
    """A request of a key that was refused or failed: where, and what the answer said; nothing that was sent."""

    key = models.ForeignKey(APIKey, models.CASCADE, related_name="errors", db_index=False)
    at = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300, blank=True)

    objects = RequestErrorQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["-id"]
        indexes = [models.Index(fields=["key", "id"], name="error_of_key")]

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path}"
