from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wechat.sealed import SealedJSONField

from .jobs import Job


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> Self:
        return self.filter(state=Difference.State.OPEN)

    def late(self) -> Self:
        """Open for long, with money in them."""
        since = timezone.now() - timedelta(hours=settings.DIFFERENCES_LATE_HOURS)
        return self.open().filter(found_at__lt=since, amount_fen__gt=0)

    def standing(self) -> Self:
        """Open, or known with a reason: the next comparison finds the same row again."""
        return self.filter(state__in=STANDING)


class Difference(models.Model):
    """One field of one record in which the console and WeChat do not say the same (`console.reconciling`)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("difference", "Open")
        HEALED = "healed", _("Healed by itself")
        TAKEN = "taken", _("WeChat's taken")
        PUSHED = "pushed", _("Ours pushed")
        KNOWN = "known", _("Known")

    class Outlook(models.TextChoices):
        """How likely it heals by itself."""

        STEP = "step", _("Likely: a step on it is open")
        FORWARD = "forward", _("Likely: WeChat is ahead")
        YOUNG = "young", _("Perhaps: it is new")
        STAYS = "stays", _("Hardly: it has stayed")

    source = models.CharField(max_length=20)  # by which it is read, compared and resolved
    kind = models.CharField(_("kind"), max_length=20)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+")
    object_id = models.BigIntegerField(null=True)  # empty where the record is at WeChat only
    record = GenericForeignKey()
    key = models.CharField(_("number"), max_length=150)  # of the record, within its kind
    field = models.CharField(_("field"), max_length=200)
    ours: Any = models.JSONField(_("ours"), null=True)
    theirs: Any = models.JSONField(_("WeChat's"), null=True)
    their_row: Any = SealedJSONField(null=True)  # WeChat's row of a record that is not here, until it is taken
    amount_fen = models.BigIntegerField(_("money in it"), default=0)
    outlook = models.CharField(_("heals by itself"), max_length=8, choices=Outlook, default=Outlook.YOUNG)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    by_read = models.BooleanField(_("taken by a read"), default=False)
    found_at = models.DateTimeField(_("since"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"))  # when the read began that showed it last
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("resolved by")
    )
    door = models.CharField(max_length=10, blank=True)
    because = models.CharField(_("because"), max_length=300, blank=True)
    push_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")  # that is to push ours

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference with WeChat")
        verbose_name_plural = _("differences with WeChat")
        ordering = ["-id"]
        permissions = [
            ("resolve_difference", _("Can resolve differences with WeChat")),
            ("start_comparison", _("Can have everything compared with WeChat")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key", "field"],
                condition=Q(state__in=["open", "known"]),
                name="one_standing_difference",
            )
        ]
        indexes = [
            # The chips and filters of the list, newest first.
            models.Index(fields=["state", "-id"], name="difference_state"),
            models.Index(fields=["kind", "-id"], name="difference_kind"),
            # What is compared again; the alert of money that stays open.
            models.Index(fields=["source", "id"], name="difference_open", condition=Q(state="open")),
            # Pushes whose job may be over.
            models.Index(fields=["id"], name="difference_pushed", condition=Q(state="open", push_job__isnull=False)),
            # The search by a record's number, and the days of the list.
            models.Index(fields=["key"], name="difference_key"),
            models.Index(fields=["-found_at", "-id"], name="difference_found"),
        ]

    def __str__(self) -> str:
        return f"{self.key} · {self.field}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def state_label(self) -> str:
        return str(self.get_state_display())


STANDING = [Difference.State.OPEN, Difference.State.KNOWN]


class ReconciliationRunQuerySet(models.QuerySet["ReconciliationRun"]):
    def unfinished(self) -> Self:
        return self.exclude(phase__in=[ReconciliationRun.Phase.DONE, ReconciliationRun.Phase.FAILED])


class ReconciliationRun(models.Model):
    """One comparison of one source of WeChat's; its cursor is stored with each page, so any worker may go on."""

    class Scope(models.TextChoices):
        RECENT = "recent", _("the last hours, and what is open")
        DAY = "day", _("a day")
        MONTH = "month", _("a month")

    class Phase(models.TextChoices):
        LIST = "list", _("reads WeChat's list")
        OURS = "ours", _("looks for what the list lacks")
        OPEN = "open", _("reads again what is open")
        DONE = "done", _("Done")
        FAILED = "failed", _("Given up")

    source = models.CharField(_("what"), max_length=20)
    scope = models.CharField(_("span"), max_length=8, choices=Scope)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    phase = models.CharField(_("state"), max_length=8, choices=Phase, default=Phase.LIST)
    cursor: Any = models.JSONField(null=True)  # where the phase goes on; null at its beginning
    compared = models.PositiveIntegerField(_("compared"), default=0)
    found = models.PositiveIntegerField(pgettext_lazy("difference", "found"), default=0)
    unread = models.PositiveIntegerField(_("not readable"), default=0)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    fault = models.CharField(_("why"), max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)  # rises with each worker that claims it
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # not before that, after a failure or a limit
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    created_at = models.DateTimeField(_("began"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ReconciliationRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparison with WeChat")
        verbose_name_plural = _("comparisons with WeChat")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "scope", "since"],
                condition=~Q(phase__in=["done", "failed"]),
                name="one_unfinished_comparison",
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="comparison_unfinished", condition=~Q(phase__in=["done", "failed"])),
            models.Index(fields=["source", "scope", "-id"], name="comparison_last"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.since:%Y-%m-%d}"

    @property
    def is_over(self) -> bool:
        return self.phase in (self.Phase.DONE, self.Phase.FAILED)

    @property
    def state_label(self) -> str:
        return str(self.get_phase_display())


class ReconciliationSeen(models.Model):
    """A record that WeChat's list had, until the comparison is over: what is ours and not here is looked for."""

    run = models.ForeignKey(ReconciliationRun, models.CASCADE, related_name="seen")
    key = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("record seen in a comparison")
        verbose_name_plural = _("records seen in a comparison")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="seen_once_in_a_comparison")]

    def __str__(self) -> str:
        return self.key


class ReconciliationDay(models.Model):
    """What was compared on a day, by kind, and what stood open at the end of it."""

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=20)
    compared = models.PositiveIntegerField(_("compared"), default=0)
    equal = models.PositiveIntegerField(_("equal"), default=0)
    found = models.PositiveIntegerField(pgettext_lazy("difference", "found"), default=0)
    healed = models.PositiveIntegerField(_("healed"), default=0)
    resolved = models.PositiveIntegerField(_("resolved"), default=0)
    open = models.PositiveIntegerField(_("open"), default=0)
    open_fen = models.BigIntegerField(_("money in doubt"), default=0)

    class Meta:
        verbose_name = _("day of reconciliation")
        verbose_name_plural = _("days of reconciliation")
        ordering = ["-day", "kind"]
        constraints = [models.UniqueConstraint(fields=["day", "kind"], name="one_day_of_reconciliation")]
        indexes = [models.Index(fields=["-day", "kind"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.kind}"
