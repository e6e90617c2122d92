"""Steps that wait for a worker: created for a job, claimed under a lease, carried out in the name of who asked."""

import logging
from contextlib import nullcontext
from itertools import takewhile

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.steps import actors, ahead, request_ids, unread
from wechat.steps.closing import close, outcome_on_the_step, set_aside
from wechat.steps.errors import Conflict
from wechat.steps.leases import free, lease
from wechat.steps.operations import Operation, find, gone, new_step

log = logging.getLogger(__name__)
State = Step.State


def create(op: Operation, pks: list[int]) -> list[Step]:
    """Create a job's steps, one per record: waiting, or not sent, with the reason, where a step is open already."""
    while True:
        try:
            with transaction.atomic():
                return _create(op, pks)
        except IntegrityError:
            # Somebody opened a step between our SELECT and our INSERT: retry.
            continue


def _create(op: Operation, pks: list[int]) -> list[Step]:
    content_type = ContentType.objects.get_for_model(op.on)
    open_steps = Step.objects.open().filter(content_type=content_type, reads=op.reads, object_id__in=pks)
    busy = set(open_steps.values_list("object_id", flat=True))
    message = _("Another step is open on this record.")
    return Step.objects.bulk_create(
        [
            new_step(op, pk, state=State.SKIPPED, message=message, closed_at=Now())
            if pk in busy
            else new_step(op, pk, state=State.WANTED, next_attempt_at=Now())
            for pk in pks
        ]
    )


def claim(steps: models.QuerySet, count: int) -> list[Step]:
    """Claim up to `count` waiting steps for this worker, oldest first.

    One whose lease expired is claimed alone, and carried out next: of a group that a worker died with, only the step
    that it died of is there each time.
    """
    due = steps.filter(free(), state=State.WANTED, next_attempt_at__lte=Now())
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        waiting = list(due.order_by("id").values_list("id", "lease_until")[:count])
        ids = [pk for pk, _lease in takewhile(lambda one: one[1] is None, waiting)] or [
            pk for pk, _lease in waiting[:1]
        ]
        # Whoever had it before left its lease to expire: the worker died of it, perhaps.
        deaths = Case(When(lease_until=None, then=F("faults")), default=F("faults") + 1)
        Step.objects.filter(id__in=ids).update(lease_until=lease(), attempts=F("attempts") + 1, faults=deaths)
    return list(Step.objects.filter(id__in=ids).select_related("content_type", "user").order_by("id"))


def give_back(steps: list[Step]) -> None:
    """Return claimed steps that were not begun, at once instead of when their lease expires, as if never claimed.

    The caller forgets them: their number of attempts is that of the next who claims them.
    """
    for attempts in {step.attempts for step in steps}:
        mine = [step.pk for step in steps if step.attempts == attempts]
        held = Step.objects.filter(pk__in=mine, state=State.WANTED, attempts=attempts)
        held.update(lease_until=None, attempts=attempts - 1)


def carry_out(step: Step) -> None:
    """Run a claimed step in the name of who asked; the outcome is stored on the step, and errors are not raised."""
    op = find(step.operation)
    following = request_ids.following(step.request_id)
    with following, actors.acting(step.door, step.user), outcome_on_the_step(step):
        ahead.forget_if_old(step)
        try:
            _carry_out(op, step)
        except ahead.Outdated:
            ahead.forget(step)
            _carry_out(op, step)


def _carry_out(op: Operation | None, step: Step) -> None:
    try:
        if op is None:
            raise Conflict(gone(step))
        if step.record is None:
            raise Conflict(_("The record has been deleted."))
        if step.faults >= settings.WECHAT_STEP_TRIES:
            raise Conflict(set_aside(_("The worker stopped each time."), step.faults))
        _refuse_unless_allowed(op, step)
    except Conflict as error:
        if step.loaded_at:
            raise ahead.Outdated from None  # is it so now?
        close(step, State.SKIPPED, message=str(error), was=State.WANTED)
    else:
        op.run(step, step.record)


def _refuse_unless_allowed(op: Operation, step: Step) -> None:
    """Raises Conflict, also where looking at the record fails: nothing was sent, and trying again brings the same."""
    try:
        op.refuse_unless_allowed(step.record)
        if op.second:
            if step.user:
                op.ask_second(step.record, step.user)
            with transaction.atomic() if op.second.passed else nullcontext():
                op.pass_second(step.record)
    except (Conflict, *unread.AWAY):
        raise
    except Exception as error:
        log.exception("step %s (%s) could not be checked", step.pk, step.operation)
        raise Conflict(_("The console failed: %(error)s") % {"error": type(error).__name__}) from error
