from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FeedEvent(models.Model):
    """A change of a record, written by a trigger of the database in the change's own transaction (`console.feed`)."""

    kind = models.CharField(_("kind"), max_length=30)
    name = models.CharField(_("event"), max_length=60)  # order.paid
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=120, blank=True)  # the record's own number, where the trigger knows it
    was = models.CharField(_("before"), max_length=120, blank=True)
    now = models.CharField(_("after"), max_length=120, blank=True)
    at = models.DateTimeField(_("at"))
    # Empty until `console.feed.positions` sees the event committed.
    position = models.BigIntegerField(_("position"), null=True)
    numbered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event of the feed")
        verbose_name_plural = _("events of the feed")
        # All but the first hold numbered events only, so that a change writes to no more than two indexes.
        indexes = [
            models.Index(fields=["id"], name="feed_waiting", condition=Q(position=None)),
            models.Index(fields=["kind", "position"], name="feed_of_kind", condition=Q(position__isnull=False)),
            models.Index(
                fields=["kind", "record_id", "position"], name="feed_of_record", condition=Q(position__isnull=False)
            ),
            models.Index(fields=["numbered_at"], name="feed_time", condition=Q(position__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["position"], condition=Q(position__isnull=False), name="one_event_per_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"


class FeedMark(models.Model):
    """The last position that was given; its row is the lock of those who give positions."""

    position = models.BigIntegerField(default=0)
    # [[last position of a backup, first one after it was restored]]: what is between was given and is gone.
    lost = models.JSONField(default=list, null=True)

    class Meta:
        verbose_name = _("mark of the feed")
        verbose_name_plural = _("marks of the feed")

    def __str__(self) -> str:
        return str(self.position)
