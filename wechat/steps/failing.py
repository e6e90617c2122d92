"""Where a step is left when carrying it out raised: at what the error says of WeChat."""

import logging
from functools import partial

from django.utils.translation import gettext as _

from wechat.errors import (
    Later,
    NotSent,
    OperationError,
    Paused,
    QuotaReached,
    Refused,
    Unreachable,
    UnreadableAnswer,
)
from wechat.models import Call, Step
from wechat.steps import unread
from wechat.steps.closing import close, leave_unknown, put_back

MOST_ATTEMPTS = 10  # at what WeChat asks us to try again later
log = logging.getLogger(__name__)
State = Step.State


def close_failed(step: Step, error: BaseException, calls: list[Call]) -> None:
    """Leave the step where the error says that WeChat is.

    It asked us to wait, or the rate limit is reached: back to waiting, or over where nobody would try again.
    It refused: refused. Nothing left us: not sent. No answer, or a fault of ours after a call: unknown.
    An answer to a read that cannot be used: failed.
    """
    if step.reads and isinstance(error, UnreadableAnswer):
        _failed(step, error, calls)
    elif isinstance(error, Paused | QuotaReached | Later):
        if isinstance(error, Later) and step.attempts >= MOST_ATTEMPTS:
            _refused(step, error, calls)
        elif step.next_attempt_at is None:  # opened for one who waits for the answer, not for a worker
            close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
        else:
            put_back(step, getattr(error, "seconds", 60), error, calls)
    elif isinstance(error, Refused):
        _refused(step, error, calls)
    elif isinstance(error, Unreachable) and not isinstance(error, NotSent) and step.state == State.SENT:
        leave_unknown(step, str(error), calls, is_fault=isinstance(error, UnreadableAnswer))
    elif isinstance(error, OperationError):
        close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
    else:
        message = _("The console failed: %(error)s") % {"error": type(error).__name__}
        if calls and step.state == State.SENT:
            leave_unknown(step, message, calls, is_fault=isinstance(error, Exception))
        else:
            close(step, State.SKIPPED, message=message, calls=calls, was=step.state)


def close_unrecorded(step: Step, error: Exception, calls: list[Call]) -> None:
    """Leave a step whose answer came and could not be recorded: WeChat has acted, if it was a write."""
    if step.reads:
        close_failed(step, error, calls)
    else:
        message = _("WeChat answered, and the console could not record it: %(error)s")
        leave_unknown(step, message % {"error": unread.said(error)}, calls, is_fault=True)


def _refused(step: Step, error: Refused, calls: list[Call]) -> None:
    is_noted = step.reads and unread.is_of_the_record(error)
    note = partial(unread.note, step, error) if is_noted else None
    close(step, State.REFUSED, note, errcode=error.errcode, message=error.errmsg, calls=calls, was=step.state)


def _failed(step: Step, error: UnreadableAnswer, calls: list[Call]) -> None:
    """Close a read whose answer could not be used; what no database can hold of it is not in the log of calls."""
    close_it = partial(close, step, State.FAILED, partial(unread.note, step, error), message=str(error), was=step.state)
    try:
        close_it(calls=calls)
    except (OperationError, *unread.AWAY):
        raise
    except Exception:
        log.exception("the calls of step %s could not be kept", step.pk)
        close_it()
