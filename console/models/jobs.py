from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from wechat.models import Step
from wechat.steps import operations


class JobQuerySet(models.QuerySet["Job"]):
    def standing(self) -> Self:
        """Neither paused nor finished."""
        return self.filter(paused=False, finished_at=None)

    def seen_by(self, user: Any) -> Self:
        """All jobs for users who may view steps, else the user's own."""
        return self if user.has_perm("wechat.view_step") else self.filter(user=user)


class Job(models.Model):
    """One action of a person or a command: a set of steps, each with its own outcome."""

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
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True, db_index=True)
    # Indexed for `standing()`: jobs that are not finished.
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, db_index=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} #{self.pk}"

    @property
    def label(self) -> str:
        return operations.label_of(self.operation)

    @property
    def state(self) -> str:
        if self.finished_at:
            return self.State.FINISHED
        return self.State.PAUSED if self.paused else self.State.RUNNING

    def counts(self) -> dict[str, int]:
        """Number of its steps by state; and `total`, `to_go`, `closed`."""
        by_state = dict(self.steps.order_by().values_list("state").annotate(Count("pk")))
        counts = {state: by_state.get(state, 0) for state in Step.State.values}
        counts["total"] = sum(counts.values())
        counts["to_go"] = counts["wanted"] + counts["sent"]
        return counts | {"closed": counts["total"] - counts["to_go"]}


def records_to_retry(job: Job, model: type[models.Model]) -> models.QuerySet:
    """The records whose steps were refused, skipped or failed; an unknown outcome has to be resolved first."""
    steps = failed(job).exclude(state=Step.State.UNKNOWN)
    return model._default_manager.filter(pk__in=steps.values("object_id")).order_by("pk")


def failed(job: Job) -> models.QuerySet:
    """The steps a person has to look at."""
    return job.steps.filter(state__in=[Step.State.REFUSED, Step.State.UNKNOWN, Step.State.SKIPPED, Step.State.FAILED])
