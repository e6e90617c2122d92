from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wechat import messages
from wechat.errors import rid_of

from .buyers import BuyerKey
from .step import Step


class Call(models.Model):
    """One HTTP call to WeChat: its request and answer, masked."""

    step = models.ForeignKey(Step, models.CASCADE, null=True, blank=True, related_name="calls", verbose_name=_("step"))
    endpoint = models.CharField(_("endpoint"), max_length=100)
    request = models.JSONField(_("request"), default=dict)
    answer = models.JSONField(_("answer"), default=dict)
    errcode = models.IntegerField(_("errcode"), null=True)
    errmsg = models.TextField(_("errmsg"), blank=True)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    duration = models.PositiveIntegerField(_("milliseconds"), default=0)
    asked_by = models.CharField(_("asked by"), max_length=150)
    request_id = models.CharField(_("request id"), max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("at"), db_index=True)  # tasks.prune; the list sorted by time

    class Meta:
        verbose_name = _("call to WeChat")
        verbose_name_plural = _("calls to WeChat")

    def __str__(self) -> str:
        return f"{self.endpoint} {self.errcode if self.errcode is not None else '…'}"

    @property
    def rid(self) -> str:
        return rid_of(self.errmsg)


class CallbackQuerySet(models.QuerySet["Callback"]):
    def due(self) -> Self:
        return self.filter(state=Callback.State.RECEIVED)

    def set_aside(self) -> Self:
        return self.filter(state=Callback.State.FAILED)


class Callback(models.Model):
    """One message from WeChat, stored as it was received until `tasks.prune` deletes it; under the key of its buyer."""

    class State(models.TextChoices):
        RECEIVED = "received", _("To be handled")
        HANDLED = "handled", _("Handled")
        UNHANDLED = "unhandled", _("Nothing listens to it")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Not accepted")

    key = models.CharField(max_length=64, unique=True)
    event = models.CharField(_("event"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    body = models.BinaryField(default=b"")
    sent_at = models.BigIntegerField(_("sent at"), default=0)
    received_at = models.DateTimeField(_("received at"), db_index=True)  # tasks.prune; refused ones of the last hour
    handled_at = models.DateTimeField(_("handled at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.TextField(_("what went wrong"), blank=True)
    content_type = models.ForeignKey(ContentType, models.SET_NULL, null=True, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    record = GenericForeignKey()

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("message from WeChat")
        verbose_name_plural = _("messages from WeChat")
        permissions = [("replay_callback", _("Can handle a message again"))]
        indexes = [
            # callbacks._claim: messages that are due, without the many that were handled.
            models.Index(fields=["next_attempt_at"], name="callback_due", condition=Q(state="received")),
            # The list under its filter by state, newest first; the count of failed ones (Today page, health check).
            models.Index(
                fields=["state", "-id"],
                name="callback_state",
                condition=~Q(state__in=["handled", "received"]),
            ),
            # The timeline of a record.
            models.Index(fields=["content_type", "object_id", "-id"], name="callback_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.event or '?'} #{self.pk}"

    @property
    def raw(self) -> bytes:
        """The message as it came. Raises Unreadable, also where its buyer was erased."""
        return BuyerKey.objects.unseal(self.body)

    @property
    def message(self) -> messages.Event:
        return messages.Event(messages.parse(self.raw))
