from datetime import date, datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PeriodQuerySet(models.QuerySet["Period"]):
    def waiting(self) -> Self:
        """Open ones whose statements a worker has to make."""
        return self.filter(is_open=True, computed_at=None)

    def to_close(self) -> Self:
        """Open ones whose last day is over."""
        return self.filter(is_open=True, last__lt=timezone.localdate())


class Period(models.Model):
    """Days whose commission is paid together: open, then closed by one person; each begins where the last one ended."""

    first = models.DateField(_("first day"), unique=True)
    last = models.DateField(_("last day"), unique=True)
    is_open = models.BooleanField(default=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(pgettext_lazy("pay-out period", "opened at"), auto_now_add=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)

    # The making of its statements: each try has a number, and only the last one writes.
    run = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    computed_at = models.DateTimeField(_("reckoned at"), null=True)  # when the last one that ended had begun
    people = models.PositiveIntegerField(_("people"), default=0)
    earned = models.BigIntegerField(_("commission"), default=0)  # fen, like all below
    corrected = models.BigIntegerField(_("returns of earlier orders"), default=0)
    payable = models.BigIntegerField(_("to pay"), default=0)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("pay-out period")
        verbose_name_plural = _("pay-out periods")
        ordering = ["-first"]
        permissions = [
            ("make_period", _("Can open pay-out periods and have them reckoned")),
            ("close_period", _("Can close a pay-out period")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="period_ends_after_its_start"),
            models.UniqueConstraint(fields=["is_open"], condition=Q(is_open=True), name="one_open_period"),
            models.CheckConstraint(
                condition=Q(is_open=True, closed_at=None, closed_by=None)
                | Q(is_open=False, closed_at__isnull=False, closed_by__isnull=False, computed_at__isnull=False),
                name="period_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"

    @property
    def begin(self) -> datetime:
        """The beginning of the first day, in Shanghai's time."""
        return start_of(self.first)

    @property
    def end(self) -> datetime:
        """The end of the last day."""
        return start_of(self.last + timedelta(days=1))

    @property
    def is_over(self) -> bool:
        return self.end <= timezone.now()

    @property
    def is_reckoned_whole(self) -> bool:
        """Whether its statements were made after its last day."""
        return self.computed_at is not None and self.computed_at >= self.end

    @property
    def state_label(self) -> str:
        if not self.is_open:
            return str(_("Closed"))
        if self.computed_at is None:
            return str(_("Being reckoned"))
        return str(_("To close") if self.is_over else _("Open"))


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
