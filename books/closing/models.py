"""A business day as finance closes it: its figures, what does not add up, and every time it was closed or reopened."""

from datetime import timedelta
from typing import Any, NoReturn, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.funds.models import Flow, FlowDay
from orders.funds.models.flow import FlowKind

LATE_DAYS = 3  # a movement may be listed so many days after what it belongs to; WeChat does not say how late


class CloseQuerySet(models.QuerySet["Close"]):
    def open(self) -> Self:
        return self.filter(state=Close.State.OPEN)

    def due(self) -> Self:
        """Days that are over and not closed."""
        return self.open().filter(day__lt=timezone.localdate())

    def first_open(self) -> "Close | None":
        """The only day that can be closed: those before it are closed."""
        return self.open().order_by("day").first()


class Close(models.Model):
    """A day in Shanghai's time."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("daily close", "Open")
        CLOSED = "closed", pgettext_lazy("daily close", "Closed")

    day = models.DateField(_("day"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    open_count = models.PositiveIntegerField(_("unexplained"), default=0)
    figures = models.JSONField(_("figures"), default=dict)  # fen; of the last check, of a closed day as it was closed
    closed_at = models.DateTimeField(pgettext_lazy("daily close", "closed at"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("daily close", "closed by"),
    )

    objects = CloseQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily close")
        verbose_name_plural = _("daily closes")
        ordering = ["-day"]
        permissions = [
            ("close_day", _("Can explain what does not add up, close days of the books and open them again")),
            ("export_close", _("Can download a month of the books")),
        ]
        indexes = [models.Index(fields=["state", "day"], name="close_state")]  # the chips; the first open day

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def is_over(self) -> bool:
        return self.day < timezone.localdate()

    @property
    def is_pulled(self) -> bool:
        """Whether its movements were pulled since its end."""
        return FlowDay.objects.whole().filter(day=self.day).exists()

    @property
    def state_label(self) -> str:
        return str(self.State(self.state).label)


class CloseRowQuerySet(models.QuerySet["CloseRow"]):
    def unexplained(self) -> Self:
        return self.filter(state=CloseRow.State.OPEN)

    def active(self) -> Self:
        """Rows whose cause is still there."""
        return self.filter(healed_at=None)


class CloseRow(models.Model):
    """Something that does not add up: it heals by itself where the other side comes, or a person explains it."""

    class Problem(models.TextChoices):
        NOT_MOVED = "not_moved", _("No movement")
        NO_RECORD = "no_record", _("Movement without a record")
        DIFFERS = "differs", _("Another amount")
        BEHIND = "behind", _("Moved, but the record does not say so")
        GAP = "gap", _("Movements missing in the balance")

    class State(models.TextChoices):
        OPEN = "open", _("Unexplained")
        LATER = "later", _("Expected later")
        ACCEPTED = "accepted", _("Explained")
        HEALED = "healed", _("Solved by itself")

    class Why(models.TextChoices):
        SAME_NUMBER = "same_number", _("the same number")
        SAME_AMOUNT = "same_amount", _("the same amount, near in time")
        REFUND_OF = "refund_of", _("refunded in full in WeChat, the same amount")
        REVERSAL = "reversal", _("the same amount the other way, near in time")

    close = models.ForeignKey(Close, models.PROTECT, related_name="rows", verbose_name=_("day"))
    cause = models.CharField(max_length=100, unique=True)  # what is wrong with which record or movement
    problem = models.CharField(_("what"), max_length=12, choices=Problem)
    kind = models.CharField(_("kind"), max_length=20, choices=FlowKind, blank=True)
    source = models.CharField(max_length=30, blank=True)  # of `sources`
    on = models.DateField(_("of"))
    amount = models.BigIntegerField(_("amount"))  # fen: what moved less what should have moved
    expected = models.BigIntegerField(_("expected"), null=True)
    moved = models.BigIntegerField(_("moved"), null=True)
    flow = models.ForeignKey(Flow, models.PROTECT, null=True, related_name="+", verbose_name=_("movement"))
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    object_id = models.BigIntegerField(null=True)
    record = GenericForeignKey()
    partner_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    partner_id = models.BigIntegerField(null=True)
    partner = GenericForeignKey("partner_type", "partner_id")
    partner_why = models.CharField(_("because of"), max_length=12, choices=Why, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    is_linked = models.BooleanField(_("belongs to its likely partner"), default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("explained by")
    )
    decided_at = models.DateTimeField(_("explained at"), null=True)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    healed_at = models.DateTimeField(_("solved at"), null=True)

    objects = CloseRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("open row")
        verbose_name_plural = _("open rows")
        ordering = ["id"]
        indexes = [
            # The rows of a day; what is unexplained or expected later, of every day.
            models.Index(fields=["close", "state"], name="close_row_state"),
            models.Index(
                fields=["source", "object_id"], name="close_row_open", condition=Q(state__in=["open", "later"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_problem_display()} · {self.record or self.flow or self.close}"

    @property
    def waits_until(self) -> Any:
        """The last day on which it may be closed as “expected later”."""
        return self.on + timedelta(days=LATE_DAYS)

    @property
    def may_come(self) -> bool:
        """Whether its movement may still be listed: closing the day need not wait for it."""
        late = (self.Problem.NOT_MOVED, self.Problem.GAP)
        return self.problem in late and self.close.day < self.waits_until


class Taken(models.Model):
    """A movement that a close counts: each in one close only."""

    flow = models.OneToOneField(Flow, models.PROTECT, related_name="taken", verbose_name=_("movement"))
    close = models.ForeignKey(Close, models.CASCADE, related_name="taken", verbose_name=_("day"))

    class Meta:
        verbose_name = _("closed movement")
        verbose_name_plural = _("closed movements")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.close} {self.flow_id}"


class Closing(models.Model):
    """A day was closed, with its figures as they were then, or reopened, with the reason; never changed."""

    class Act(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("daily close", "closed")
        REOPENED = "reopened", pgettext_lazy("daily close", "opened again")

    close = models.ForeignKey(Close, models.PROTECT, related_name="closings", verbose_name=_("day"))
    act = models.CharField(_("what"), max_length=10, choices=Act)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    figures = models.JSONField(_("figures"), default=dict)  # fen, as they were

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.close} {self.act}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("a closing is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a closing is never deleted")
