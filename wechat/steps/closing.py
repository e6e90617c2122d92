"""Closing a step: its outcome, what follows from it, and the calls made under it are one commit."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.client import pending_calls
from wechat.errors import OperationError
from wechat.models import Call, Step
from wechat.statements import Update, insert, place
from wechat.steps.errors import Conflict

log = logging.getLogger(__name__)
State = Step.State


def close(
    step: Step,
    state: str,
    record_it: Callable[[], Any] | None = None,
    *,
    calls: list[Call] | None = None,
    was: str = State.SENT,
    **fields: Any,
) -> Any:
    """Close the step and apply what follows from it in one commit; returns what `record_it` returns.

    `was` is the state in which the caller last saw the step. Raises Conflict, and applies nothing, where the step has
    left that state or another attempt has begun.
    """
    # A person's answer passes attempts=None: it holds whatever attempt the sweep has reached.
    attempts = fields.pop("attempts", step.attempts)
    try:
        with transaction.atomic(durable=True):
            if not _closed(step, state, was, attempts, fields):
                raise Conflict(_("This step was resolved by somebody else meanwhile."))
            keep_calls(calls or [], step)
            return record_it() if record_it else None
    except Conflict:
        # The calls were made even so: keep them in the log.
        keep_calls(calls or [], step)
        raise


def _closed(step: Step, state: str, was: str, attempts: int | None, fields: dict[str, Any]) -> int:
    """The UPDATE itself compares state and attempt.

    Otherwise a worker whose lease expired could close a step that another worker has claimed, or a person has
    resolved, since.
    """
    if state != State.UNKNOWN and attempts is not None and fields.keys() <= {"message", "errcode"}:
        said = {"message": "", "errcode": None, **fields}
        return _CLOSE.run({"step": step.pk, "state": state, "was": was, "attempts": attempts, **said})
    mine = Step.objects.filter(pk=step.pk, state=was)
    if attempts is not None:
        mine = mine.filter(attempts=attempts)
    fields = {"message": "", "errcode": None, "closed_at": Now(), "next_attempt_at": None, **fields}
    if state != State.UNKNOWN:
        fields["payload"] = None
    return mine.update(state=state, lease_until=None, **fields)


def _closing() -> tuple[models.QuerySet, dict[str, Any]]:
    rows = Step.objects.filter(pk=place("step"), state=place("was"), attempts=place("attempts"))
    said = {name: place(name) for name in ("state", "message", "errcode")}
    nothing = dict.fromkeys(["lease_until", "next_attempt_at", "payload"])
    return rows, {**said, **nothing, "closed_at": Now()}


_CLOSE = Update(_closing)


def leave_unknown(
    step: Step, message: str, calls: list[Call], was: str = State.SENT, *, is_fault: bool = False, **fields: Any
) -> None:
    """WeChat may or may not have acted: the sweep looks again, later after each attempt, ten minutes at most.

    After so many faults (not silences) it does not: the step keeps its state and its place, and a person goes on.
    """
    wait: Any = Now() + timedelta(seconds=min(600, 2 ** min(step.attempts, 10)))
    faults = step.faults + is_fault
    if faults >= settings.WECHAT_STEP_TRIES:
        message, wait = set_aside(message, faults), None
    close(
        step,
        State.UNKNOWN,
        message=message,
        calls=calls,
        was=was,
        closed_at=None,
        next_attempt_at=wait,
        faults=faults,
        **fields,
    )


def set_aside(message: str, faults: int) -> str:
    """The reason for which nobody but a person goes on with a step."""
    text = _("%(reason)s Set aside after %(count)d tries: somebody has to look.")
    return text % {"reason": message, "count": faults}


def put_back(step: Step, seconds: float, error: OperationError, calls: list[Call]) -> None:
    """Nothing happened at WeChat: return the step to the queue, due in `seconds`."""
    with transaction.atomic(durable=True):
        Step.objects.filter(pk=step.pk, state=step.state, attempts=step.attempts).update(
            state=State.WANTED,
            errcode=getattr(error, "errcode", None),
            message=getattr(error, "errmsg", str(error)),
            lease_until=None,
            next_attempt_at=Now() + timedelta(seconds=seconds),
        )
        keep_calls(calls, step)


def keep_calls(calls: list[Call], step: Step) -> None:
    """Store the calls made under a step."""
    for call in calls:
        call.step = step
    if len(calls) == 1:
        insert(calls[0])
    else:
        Call.objects.bulk_create(calls)


@contextmanager
def collected_calls() -> Iterator[list[Call]]:
    """Collect the calls made inside, so that they are stored in the commit that closes the step."""
    calls: list[Call] = []
    token = pending_calls.set(calls)
    try:
        yield calls
    finally:
        pending_calls.reset(token)


@contextmanager
def outcome_on_the_step(step: Step) -> Iterator[None]:
    """For workers: the outcome is stored on the step, so errors are not raised; those in our own code are logged."""
    try:
        yield
    except OperationError:
        pass
    except Exception:
        log.exception("step %s (%s) failed", step.pk, step.operation)
