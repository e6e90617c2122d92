import secrets
from base64 import b64encode
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedField

from .receivers import WELL, Receiver, ReceiverQuerySet

OLD_SECRET_LASTS = timedelta(hours=24)


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"


class WebhookEndpointQuerySet(ReceiverQuerySet):
    def enabled(self) -> Self:
        return self.filter(disabled_at=None)

    def switched_off(self) -> Self:
        """Disabled by the console, and not by a person."""
        return self.exclude(disabled_at=None).exclude(disabled_because="")


class WebhookEndpoint(Receiver):
    """An address of another system that is told of events of the feed (`console.webhooks`)."""

    class Because(models.TextChoices):
        """Why the console has switched it off."""

        SILENT = "silent", _("nothing arrived for three days")
        GONE = "gone", _("the receiver wants nothing more (410)")
        PERMISSION = "permission", _("whoever made it may not view the records of its events any more")

    url = models.CharField(_("address"), max_length=500, help_text=_("https; it takes a POST and answers with 2xx."))
    description = models.CharField(
        _("receiving system"), max_length=100, blank=True, help_text=_("Which system it is.")
    )
    events = models.JSONField(_("events"), default=list)
    secret = SealedField(editable=False)
    old_secret = SealedField(null=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    position = models.BigIntegerField(_("told up to"), default=0, editable=False)
    # Whose permissions bound its events: who made it, or since then chose its events or switched it on.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, editable=False)
    disabled_because = models.CharField(
        max_length=10, choices=Because, blank=True, default="", db_default="", editable=False
    )
    failing_since = models.DateTimeField(null=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def secrets(self) -> list[str]:
        """The secrets to sign with: after a rotation the old one as well, for a day."""
        is_old_valid = self.old_secret_until is not None and self.old_secret_until > timezone.now()
        return [self.secret, *([self.old_secret] if is_old_valid else [])]

    @property
    def state_label(self) -> str:
        if self.disabled_at and self.disabled_because:
            return str(_("Switched off: %(why)s") % {"why": self.get_disabled_because_display()})
        if self.disabled_at:
            return str(_("Switched off"))
        return str(_("Failing") if self.failures else _("Works"))

    def rotate(self) -> str:
        """Give it a new secret; returns it. The old one signs as well for a day."""
        self.old_secret, self.old_secret_until = self.secret, timezone.now() + OLD_SECRET_LASTS
        self.secret = new_secret()
        self.save(update_fields=["secret", "old_secret", "old_secret_until"])
        return self.secret

    def switch(self, on: bool) -> None:
        """Switch it on, as if nothing had failed, or off."""
        off = {"disabled_at": None if on else timezone.now(), "disabled_because": ""}
        WebhookEndpoint.objects.filter(pk=self.pk).update(failing_since=None, **off, **WELL)
        self.refresh_from_db()

    def go_back_to(self, position: int) -> None:
        """Send everything after a position, again where it was sent before; switches it on."""
        WebhookEndpoint.objects.filter(pk=self.pk).update(position=position)
        self.deliveries.filter(position__gt=position).exclude(state=WebhookDelivery.State.DELIVERED).delete()
        self.switch(on=True)


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def waiting(self) -> Self:
        return self.filter(state=WebhookDelivery.State.WAITING)

    def due(self) -> Self:
        return self.waiting().filter(next_attempt_at__lte=timezone.now())


class WebhookDelivery(models.Model):
    """One event to one endpoint, and how its last attempt ended."""

    class State(models.TextChoices):
        DELIVERED = "delivered", _("Arrived")
        WAITING = "waiting", _("Tried again later")
        FAILED = "failed", _("Given up")

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    position = models.BigIntegerField(_("position"))
    name = models.CharField(_("event"), max_length=60)
    body = models.TextField(_("body"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    tried_at = models.DateTimeField(_("last tried"), null=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    status = models.PositiveIntegerField(_("HTTP status"), null=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)  # its beginning, or why there is none
    milliseconds = models.PositiveIntegerField(_("took"), null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery of a webhook")
        verbose_name_plural = _("deliveries of webhooks")
        ordering = ["-position"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "position"], name="one_delivery_per_event")]
        indexes = [
            models.Index(fields=["endpoint", "next_attempt_at"], name="delivery_due", condition=Q(state="waiting")),
            # Deleted after WECHAT_KEEP_DAYS.
            models.Index(fields=["tried_at"], name="delivery_tried"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"
