from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from wechat import steps
from wechat.models import Step


class Trace(models.Model):
    """Something a person did to a record; written once, never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    door = models.CharField(_("through"), max_length=10)
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("a trace is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("a trace is never deleted")


class Edit(Trace):
    """What a person changed: {field: [before, after]}, personal data masked."""

    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        indexes = [models.Index(fields=["content_type", "object_id"], name="edit_of_record")]

    def __str__(self):
        return f"{self.content_type_id}/{self.object_id}"


class Reveal(Trace):
    """Who looked behind the mask of what, and why."""

    what = models.CharField(_("what"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        permissions = [("reveal", _("Can look behind a mask, giving a reason"))]
        indexes = [models.Index(fields=["content_type", "object_id"], name="reveal_of_record")]

    def __str__(self):
        return self.what


class JobQuerySet(models.QuerySet):
    def standing(self):
        """Not paused and with work left."""
        return self.filter(paused=False, finished_at=None)

    def seen_by(self, user):
        """All for those who may see every step, else one's own."""
        return self if user.has_perm("wechat.view_step") else self.filter(user=user)


class Job(models.Model):
    """One press, on one record or ten thousand: the steps it wants, each with its own outcome."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")

    operation = models.CharField(_("operation"), max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    door = models.CharField(_("through"), max_length=10)
    steps = models.ManyToManyField(Step, related_name="jobs")
    paused = models.BooleanField(_("paused"), default=False)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, db_index=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]

    def __str__(self):
        return f"{self.label} #{self.pk}"

    @property
    def label(self) -> str:
        known = steps.registry.get(self.operation)
        return str(known.label) if known else self.operation

    @property
    def state(self) -> str:
        if self.finished_at:
            return self.State.FINISHED
        return self.State.PAUSED if self.paused else self.State.RUNNING

    def counts(self) -> dict[str, int]:
        """How many of its steps stand where; and `total`, `to_go`, `closed`."""
        found = dict(self.steps.order_by().values_list("state").annotate(Count("pk")))
        counts = {state: found.get(state, 0) for state in Step.State.values}
        counts["total"] = sum(counts.values())
        counts["to_go"] = counts["wanted"] + counts["sent"]
        return counts | {"closed": counts["total"] - counts["to_go"]}


class AuditedRecord(models.Model):
    """Base of records that staff edit and send: when they came and changed."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True


def failed(job: Job) -> models.QuerySet:
    """The steps a person has to look at."""
    return job.steps.filter(Q(state__in=[Step.State.REFUSED, Step.State.UNKNOWN, Step.State.SKIPPED]))
