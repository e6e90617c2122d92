from datetime import datetime, time
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedField

from .receivers import Receiver, ReceiverQuerySet


class AlertQuerySet(models.QuerySet["Alert"]):
    def standing(self) -> Self:
        """Those whose cause has not ended."""
        return self.exclude(state=Alert.State.ENDED)

    def open(self) -> Self:
        """Those that stand and that nobody has acknowledged."""
        return self.filter(state=Alert.State.OPEN)

    def acknowledge(self, user: Any) -> int:
        """A person has seen them: no more reminders; returns how many were open."""
        seen = {"acknowledged_by": user, "acknowledged_at": timezone.now()}
        return self.open().update(state=Alert.State.ACKNOWLEDGED, **seen)


class Alert(models.Model):
    """A cause that stands, or that stood: opened when it appeared, ended when it was gone (`console.alerts`)."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ENDED = "ended", _("Over")

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=120)  # of the cause, within its kind
    values = models.JSONField(default=dict)  # of the kind's text
    url = models.CharField(max_length=300, blank=True)  # of the page where something can be done, without the host
    stage = models.PositiveSmallIntegerField(default=1)  # rises where the cause gets more urgent
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("since"), auto_now_add=True)
    gone_at = models.DateTimeField(_("cause gone since"), null=True)  # it is over once it has stayed away for a while
    ended_at = models.DateTimeField(_("over at"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("acknowledged by")
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        permissions = [("acknowledge_alert", _("Can acknowledge alerts"))]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=~Q(state="ended"), name="one_standing_alert_of_a_cause"
            )
        ]
        indexes = [
            # The newest open ones (the list, and each open tab of a browser), without the many that are over.
            models.Index(fields=["state", "-id"], name="alert_standing", condition=~Q(state="ended")),
            # Deleted after WECHAT_KEEP_DAYS.
            models.Index(fields=["ended_at"], name="alert_ended", condition=Q(state="ended")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class AlertChannelQuerySet(ReceiverQuerySet):
    def enabled(self) -> Self:
        return self.filter(is_on=True)


class AlertChannel(Receiver):
    """Where a person, or everybody of a role, is told of alerts."""

    class By(models.TextChoices):
        MAIL = "mail", _("Mail")
        WECOM = "wecom", _("WeCom robot")
        FEISHU = "feishu", _("Feishu robot")
        DINGTALK = "dingtalk", _("DingTalk robot")

    name = models.CharField(_("name"), max_length=60)
    by = models.CharField(_("through"), max_length=10, choices=By, default=By.MAIL)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_channels",
        verbose_name=_("person"),
    )
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, verbose_name=_("role"))
    url: Any = SealedField(_("address"), null=True, editable=True)  # of a robot; whoever knows it can write there
    secret: Any = SealedField(_("signing secret"), null=True, editable=True)
    kinds = models.JSONField(_("kinds"), default=list)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    urgent_at_once = models.BooleanField(
        _("urgent ones at once"), default=True, help_text=_("Urgent kinds are told in quiet hours too.")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_on = models.BooleanField(_("switched on"), default=True)
    digest_at = models.DateTimeField(null=True, editable=False)  # when the last digest was sent

    objects = AlertChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert channel")
        verbose_name_plural = _("alert channels")
        ordering = ["id"]
        permissions = [("manage_channels", _("Can look after the alert channels of others and of roles"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, group__isnull=False) | Q(user__isnull=False, group=None),
                name="channel_of_a_person_or_a_role",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state_label(self) -> str:
        if not self.is_on:
            return str(_("Switched off"))
        return str(_("Failing") if self.failures else _("Works"))

    def is_quiet(self, moment: datetime) -> bool:
        """Whether it is within the quiet hours, in the console's time zone; they may go over midnight."""
        if not (self.quiet_from and self.quiet_until):
            return False
        now: time = timezone.localtime(moment).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= now < self.quiet_until
        return now >= self.quiet_from or now < self.quiet_until


class AlertDeliveryQuerySet(models.QuerySet["AlertDelivery"]):
    def waiting(self) -> Self:
        return self.filter(state=AlertDelivery.State.WAITING)

    def due(self) -> Self:
        """Those that wait, without news of a cause that is gone for now: it may soon be over."""
        is_gone = Q(alert__gone_at__isnull=False) & ~Q(alert__state=Alert.State.ENDED)
        is_time = Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())
        return self.waiting().filter(is_time).exclude(is_gone)


class AlertDelivery(models.Model):
    """What one channel is to tell of an alert: that it opened, got more urgent, or is over; each once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        DELIVERED = "delivered", _("Arrived")
        DROPPED = "dropped", _("No longer to be sent")
        FAILED = "failed", _("Given up")

    OPENED, ENDED = "opened", "ended"  # other news are "reminded-<stage>"

    channel = models.ForeignKey(AlertChannel, models.CASCADE, related_name="deliveries", verbose_name=_("channel"))
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="deliveries", verbose_name=_("alert"))
    news = models.CharField(_("what happened"), max_length=12)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # Of a mail to a role: who has got it, while it is still to be sent to the others.
    reached = models.JSONField(default=list, db_default=[])
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)

    objects = AlertDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery of an alert")
        verbose_name_plural = _("deliveries of alerts")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["channel", "alert", "news"], name="each_news_once_a_channel")]
        indexes = [
            models.Index(fields=["channel", "id"], name="alert_to_send", condition=Q(state="waiting")),
            # How many messages a channel got within the last minute.
            models.Index(fields=["channel", "sent_at"], name="alert_sent", condition=Q(sent_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.news} {self.alert_id}"

    @property
    def news_label(self) -> str:
        words = {self.OPENED: _("Opened"), self.ENDED: _("Over")}
        return str(words.get(self.news, _("Reminder")))
