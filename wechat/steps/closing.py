"""Closing a step: its outcome, what follows from it, and the calls made under it are one commit."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.client import pending_calls
from wechat.errors import OperationError
from wechat.models import Call, Step
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
    # The UPDATE itself compares state and attempt. Otherwise a worker whose lease expired could close a step that
    # another worker has claimed, or a person has resolved, since.
    mine = Step.objects.filter(pk=step.pk, state=was)
    if attempts is not None:
        mine = mine.filter(attempts=attempts)
    fields = {"message": "", "errcode": None, "closed_at": Now(), "next_attempt_at": None, **fields}
    if state != State.UNKNOWN:
        fields["payload"] = None
    try:
        with transaction.atomic(durable=True):
            if not mine.update(state=state, lease_until=None, **fields):
                raise Conflict(_("This step was resolved by somebody else meanwhile."))
            keep_calls(calls or [], step)
            return record_it() if record_it else None
    except Conflict:
        # The calls were made even so: keep them in the log.
        keep_calls(calls or [], step)
        raise


def leave_unknown(step: Step, message: str, calls: list[Call], was: str = State.SENT, **fields: Any) -> None:
    """Mark the outcome as unknown; the sweep resolves it after 2, 4, 8 … seconds, by attempt, 600 at most."""
    wait = timedelta(seconds=min(600, 2**step.attempts))
    close(
        step,
        State.UNKNOWN,
        message=message,
        calls=calls,
        was=was,
        closed_at=None,
        next_attempt_at=Now() + wait,
        **fields,
    )


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
