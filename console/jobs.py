"""Creates a job per action; workers claim its steps in groups, and any worker may die."""

import time
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.steps import actors, claims, queue, waking
from wechat.steps.leases import free
from wechat.steps.operations import Operation

from .models import Job

SMALL = 20  # steps of a job that goes to the workers reserved for people who wait
CHUNK = 1000  # steps written in one statement
WORKERS = 8  # woken for one large job


def start(op: Operation, records: Iterable[models.Model]) -> Job:
    """Create a job with one step per record, in the current actor's name, and wake workers for it."""
    actor = actors.current()
    # Only the keys are loaded: there may be ten thousand records.
    if isinstance(records, models.QuerySet):
        pks = list(records.values_list("pk", flat=True))
    else:
        pks = [record.pk for record in records]
    with transaction.atomic():
        job = Job.objects.create(operation=op.full_name, user=actor.user, door=actor.door)
        through = job.steps.through
        for nth in range(0, len(pks), CHUNK):
            wanted = queue.create(op, pks[nth : nth + CHUNK])
            through.objects.bulk_create([through(job=job, step=step) for step in wanted])
        transaction.on_commit(lambda: wake_workers(job, len(pks)))
    return job


def wake_workers(job: Job, size: int) -> None:
    if size <= SMALL:
        waking.wake("console.tasks.work_small_job", job.pk)
        return
    for nth in range(WORKERS):
        waking.wake("console.tasks.work_large_job", job.pk, nth)


def work(job_id: int) -> None:
    """Carry out the job's due steps until none is left or the job is paused."""
    job = Job.objects.get(pk=job_id)
    with claims.shared(job.pk) as claimed:
        while step := claimed.next(job.steps.all(), lambda: is_paused(job)):
            queue.carry_out(step)
    finish_if_done(job)


def is_paused(job: Job) -> bool:
    """Whether somebody has paused it by now."""
    return Job.objects.filter(pk=job.pk, paused=True).exists()


def finish_if_done(job: Job) -> None:
    open_states = [Step.State.WANTED, Step.State.SENT]
    if not job.steps.filter(state__in=open_states).exists():
        Job.objects.filter(pk=job.pk, finished_at=None).update(finished_at=Now())


def pause(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(paused=True)
    claims.look_again(job.pk)


def resume(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(paused=False)
    wake_workers(job, job.counts()["wanted"])


def cancel(job: Job) -> int:
    """Cancel the steps that were not sent; returns how many. Steps that were sent are finished."""
    waiting = job.steps.filter(free(), state=Step.State.WANTED).values("pk")
    reason = _("Cancelled before it was sent.")
    count = Step.objects.filter(free(), pk__in=waiting, state=Step.State.WANTED).update(
        state=Step.State.SKIPPED, message=reason, closed_at=Now(), next_attempt_at=None
    )
    finish_if_done(job)
    return count


def run(op: Operation, records: Iterable[models.Model]) -> Job:
    """Start a job and wait JOB_WAIT seconds at most for it to finish; returns it in its state then."""
    return wait(start(op, records))


def wait(job: Job, seconds: float | None = None) -> Job:
    """Wait for the job to finish, JOB_WAIT seconds at most; returns it in its state then."""

    def finished() -> bool:
        job.refresh_from_db()
        return job.finished_at is not None

    wait_until(finished, seconds)
    return job


def wait_until(condition: Callable[[], bool], seconds: float | None = None) -> None:
    """Wait until a condition is true, JOB_WAIT seconds at most."""
    deadline = time.monotonic() + (settings.JOB_WAIT if seconds is None else seconds)
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)


def wake_standing() -> None:
    """Wake workers again for unfinished jobs with a due step that no worker has claimed: a task was lost."""
    for job in Job.objects.standing()[:100]:
        due = job.steps.filter(state=Step.State.WANTED, next_attempt_at__lte=Now())
        count = due.filter(free()).count()
        if count:
            wake_workers(job, count)
        else:
            finish_if_done(job)
