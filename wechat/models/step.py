from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StepQuerySet(models.QuerySet["Step"]):
    def open(self) -> Self:
        return self.filter(OPEN)

    def of(self, record: models.Model) -> Self:
        return self.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)

    def unknown(self) -> Self:
        """Steps of unknown outcome: the sweep or a person resolves them. A read is not among them: it is read again."""
        return self.filter(state=Step.State.UNKNOWN, reads=False)


class Step(models.Model):
    """One execution of an operation on one record. A record has at most one open write and one open read."""

    class State(models.TextChoices):
        WANTED = "wanted", _("Waiting")
        SENT = "sent", _("Sent")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused by WeChat")
        UNKNOWN = "unknown", _("Outcome unknown")
        SKIPPED = "skipped", _("Not sent")
        FAILED = "failed", _("Failed")  # a read whose answer could not be used

    operation = models.CharField(_("operation"), max_length=100)
    reads = models.BooleanField(default=False)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT)
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WANTED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    door = models.CharField(_("through"), max_length=10)
    request_id = models.CharField(_("request id"), max_length=64, blank=True, default="", db_default="")
    # What is being sent, so that a step of unknown outcome can be compared with what WeChat has.
    payload = models.JSONField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Tries that ended in a fault, not in silence or a request to wait: see WECHAT_STEP_TRIES.
    faults = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    errcode = models.IntegerField(null=True)
    message = models.TextField(_("what was said"), blank=True)
    # Where the outcome is unknown: the id under which a person found it at WeChat.
    key = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    loaded_at = 0.0  # monotonic, when a worker loaded its record ahead (wechat.steps.ahead); 0 where none did

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        permissions = [("settle_step", _("Can settle a step of unknown outcome"))]
        indexes = [
            # The timeline of a record, and `Step.objects.of(record)`.
            models.Index(fields=["content_type", "object_id", "-id"], name="step_of_record"),
            # The list filtered by day.
            models.Index(fields=["created_at"], name="step_created"),
            # queue.claim and recovery.sweep: open steps that are due, without the many that are closed.
            models.Index(
                fields=["state", "next_attempt_at"],
                name="step_open_due",
                condition=Q(state__in=["wanted", "sent", "unknown"]),
            ),
            # Records on which WeChat refused an operation lately (catalog.coupons.tasks).
            models.Index(fields=["operation", "closed_at"], name="step_refused", condition=Q(state="refused")),
        ]
        constraints = [
            # A step of unknown outcome blocks the next write, as it may still take effect. An unknown read blocks none.
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(state__in=["wanted", "sent", "unknown"], reads=False),
                name="one_open_step_per_record",
            ),
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(state__in=["wanted", "sent"], reads=True),
                name="one_open_read_per_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} #{self.pk}"


OPEN = Q(state__in=[Step.State.WANTED, Step.State.SENT]) | Q(state=Step.State.UNKNOWN, reads=False)
