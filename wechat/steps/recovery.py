"""Resolves steps whose worker died or whose call got no answer.

The sweep finds them by their lease, and resolves them by reading back or by repeating the call; where WeChat cannot
look a step up by an id of ours, a person decides.
"""

from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.errors import OperationError, UnreadableAnswer
from wechat.models import Call, Step
from wechat.steps import actors, request_ids, unread, waking
from wechat.steps.closing import close, collected_calls, keep_calls, leave_unknown, outcome_on_the_step, set_aside
from wechat.steps.errors import NotDone
from wechat.steps.leases import free, lease
from wechat.steps.operations import ASK, REPEAT, Operation, find, gone

State = Step.State


def resolve_as_lost(step: Step) -> None:
    """A person says that WeChat did not get it: the record can be sent again. Raises Conflict if it was resolved."""
    message = _("%(who)s says that WeChat did not get it.") % {"who": actors.current()}
    close(step, State.SKIPPED, message=message, was=State.UNKNOWN, attempts=None)


def resolve_as_done(step: Step, key: str) -> None:
    """A person found it at WeChat under `key`: a worker reads it there, and stores the outcome or why there is none."""
    Step.objects.filter(pk=step.pk, state=State.UNKNOWN).update(key=key, next_attempt_at=Now())
    waking.wake("wechat.tasks.sweep")


def try_again(step: Step) -> None:
    """A person has a step that was set aside looked at again, as if it had never failed."""
    unknown = Step.objects.filter(pk=step.pk, state=State.UNKNOWN, lease_until=None)
    unknown.update(faults=0, next_attempt_at=Now())
    waking.wake("wechat.tasks.sweep")


def sweep() -> None:
    """Mark sent steps whose lease expired as unknown, and resolve unknown ones where that needs no person."""
    expired = Step.objects.filter(lease_until__lt=Now())
    # Nothing was sent, and the step is not in the queue, so no worker retries it: close it.
    expired.filter(state=State.WANTED, next_attempt_at=None).update(
        state=State.SKIPPED, message=_("Cut off before anything was sent."), closed_at=Now(), lease_until=None
    )
    expired.filter(state=State.SENT).update(
        state=State.UNKNOWN,
        message=_("Cut off while WeChat was asked."),
        lease_until=None,
        next_attempt_at=Now(),
        faults=F("faults") + 1,
    )
    due = Step.objects.unknown().filter(free(), next_attempt_at__lte=Now())
    for step in due.select_related("content_type", "user").order_by("id")[:200]:
        with outcome_on_the_step(step):
            resolve(step)


def resolve(step: Step) -> None:
    """Resolve a step of unknown outcome now, unless another worker has claimed it."""
    op = find(step.operation)
    if op and op.recover is ASK and not step.key:
        # Only a person can resolve it: the sweep must not select it again.
        Step.objects.filter(pk=step.pk, state=State.UNKNOWN).update(next_attempt_at=None)
        return
    mine = Step.objects.filter(free(), pk=step.pk, state=State.UNKNOWN, attempts=step.attempts)
    # A lease that expired is that of a worker which died while it looked.
    step.faults += step.lease_until is not None
    if step.faults >= settings.WECHAT_STEP_TRIES:
        message = set_aside(step.message or _("The worker stopped each time."), step.faults)
        mine.update(next_attempt_at=None, lease_until=None, message=message)
        return
    if not mine.update(attempts=F("attempts") + 1, lease_until=lease(), faults=step.faults):
        return
    step.attempts += 1
    if op is None:
        close(step, State.SKIPPED, message=gone(step), was=State.UNKNOWN)
        return
    if step.record is None:
        close(step, State.SKIPPED, message=_("The record has been deleted."), was=State.UNKNOWN)
        return
    with request_ids.following(step.request_id), actors.acting(step.door, step.user):
        if op.recover is REPEAT or _was_not_done(op, step):
            still_unknown = Step.objects.filter(pk=step.pk, state=State.UNKNOWN, attempts=step.attempts)
            if not still_unknown.update(state=State.SENT, next_attempt_at=None, lease_until=lease()):
                return  # somebody resolved it while WeChat was read
            step.state, step.next_attempt_at = State.SENT, None
            with outcome_on_the_step(step):
                op.run(step, step.record)


def _was_not_done(op: Operation, step: Step) -> bool:
    """Read back. True: WeChat did not act, send the step again. False: the step is closed, or stays unknown."""
    record: Any = step.record
    with collected_calls() as calls:
        try:
            with unread.reading_answer(record):
                record_it = _read_back(op, step, record)
        except NotDone as not_done:
            keep_calls(calls, step)
            record.refresh_from_db()
            reason = str(not_done)
            if op.is_allowed(record) and not reason:
                return True
            message = reason or _("WeChat did not act, and its state no longer asks for it.")
            close(step, State.SKIPPED, message=message, was=State.UNKNOWN)
        except OperationError as error:
            is_fault = isinstance(error, UnreadableAnswer)
            leave_unknown(step, str(error), calls, was=State.UNKNOWN, key="", is_fault=is_fault)
        else:
            _close_as_done(step, record, record_it, calls)
    return False


def _close_as_done(step: Step, record: Any, record_it: Any, calls: list[Call]) -> None:
    try:
        with unread.reading_answer(record):
            close(step, State.DONE, record_it, was=State.UNKNOWN, calls=calls)
    except UnreadableAnswer as error:
        leave_unknown(step, str(error), calls, was=State.UNKNOWN, key="", is_fault=True)


def _read_back(op: Operation, step: Step, record: Any) -> Any:
    """The function that stores the outcome, read back by the key that a person found or by our own id."""
    if step.key and op.adopt:
        return op.adopt(record, step.key)
    if callable(op.recover):
        return op.recover(record, step.payload or {})
    raise TypeError(f"{op.name} cannot be read back")
