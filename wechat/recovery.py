"""What becomes of steps that fell silent: found by the sweep, settled by reading back, by repeating, or by a person."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat import actors, bell
from wechat.errors import OperationError
from wechat.leases import free, lease
from wechat.models import Call, Step
from wechat.steps import (
    ASK,
    REPEAT,
    NotDone,
    Operation,
    close,
    collected_calls,
    get,
    leave_unknown,
    outcome_on_the_step,
    run,
)

State = Step.State


def settle_as_lost(step: Step) -> None:
    """A person says that WeChat did not get it: the record is free to be sent again. Raises Conflict."""
    said = _("%(who)s says that WeChat did not get it.") % {"who": actors.current()}
    close(step, State.SKIPPED, message=said, was=State.UNKNOWN, attempts=None)


def settle_as_done(step: Step, key: str) -> None:
    """A person found it at WeChat under `key`: a worker looks there, and either adopts it or says why not."""
    Step.objects.filter(pk=step.pk, state=State.UNKNOWN).update(key=key, next_attempt_at=Now())
    bell.ring("wechat.tasks.sweep")


def sweep() -> None:
    """Find what fell silent: steps whose lease ran out become unknown, and unknown ones are settled where possible."""
    silent = Step.objects.filter(lease_until__lt=Now())
    cut_off = _("Cut off before anything was sent.")
    silent.filter(state=State.WANTED, next_attempt_at=None).update(
        state=State.SKIPPED, message=cut_off, closed_at=Now(), lease_until=None
    )
    silent.filter(state=State.SENT).update(
        state=State.UNKNOWN,
        message=_("Cut off while WeChat was asked."),
        lease_until=None,
        next_attempt_at=Now(),
    )
    due = Step.objects.unknown().filter(free(), next_attempt_at__lte=Now())
    for step in due.select_related("content_type", "user").order_by("id")[:200]:
        with outcome_on_the_step(step):
            settle(step)


def settle(step: Step) -> None:
    """Find out now what became of a step of unknown outcome, unless somebody else does."""
    op = get(step.operation)
    if op.recover is ASK and not step.key:
        Step.objects.filter(pk=step.pk, state=State.UNKNOWN).update(next_attempt_at=None)
        return
    mine = Step.objects.filter(free(), pk=step.pk, state=State.UNKNOWN, attempts=step.attempts)
    if not mine.update(attempts=F("attempts") + 1, lease_until=lease()):
        return
    step.attempts += 1
    if step.record is None:
        close(step, State.SKIPPED, message=_("The record has been deleted."), was=State.UNKNOWN)
        return
    with actors.acting(step.door, step.user):
        if op.recover is REPEAT or _was_not_done(op, step):
            still = Step.objects.filter(pk=step.pk, state=State.UNKNOWN, attempts=step.attempts)
            if not still.update(state=State.SENT, next_attempt_at=None, lease_until=lease()):
                return  # somebody settled it while WeChat was read
            step.state, step.next_attempt_at = State.SENT, None
            with outcome_on_the_step(step):
                run(op, step, step.record)


def _was_not_done(op: Operation, step: Step) -> bool:
    """Read back; True when WeChat did not act and is to be asked again, else the step is settled or goes on waiting."""
    record: Any = step.record
    with collected_calls() as calls:
        try:
            what = [record, step.payload] if op.payload else [record]
            record_it = op.adopt(record, step.key) if step.key else op.recover(*what)
        except NotDone as not_done:
            Call.objects.bulk_create(_of(step, calls))
            record.refresh_from_db()
            reason = str(not_done)
            if op.is_allowed(record) and not reason:
                return True
            close(step, State.SKIPPED, message=reason or _("WeChat did not act, and its state no longer asks for it."),
                   was=State.UNKNOWN)  # fmt: skip
        except OperationError as error:
            leave_unknown(step, str(error), calls, was=State.UNKNOWN, key="")
        else:
            close(step, State.DONE, record_it, was=State.UNKNOWN, calls=calls)
    return False


def _of(step: Step, calls: list[Call]) -> list[Call]:
    for call in calls:
        call.step = step
    return calls
