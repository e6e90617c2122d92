"""What becomes of steps that fell silent: found by the sweep, settled by reading back, by repeating, or by a person."""

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat import actors
from wechat.errors import OperationError
from wechat.leases import free, lease
from wechat.models import Step
from wechat.steps import (
    ASK,
    REPEAT,
    NotDone,
    close,
    collected_calls,
    get,
    leave_unknown,
    outcome_on_the_step,
    run,
)

State = Step.State


def settle_by_person(step: Step, key: str = "") -> None:
    """A person says what became of an unknown step: nothing (no key), or that WeChat has it under `key`."""
    op = get(step.operation)
    record_it = op.adopt(step.record, key) if key and op.adopt else None
    state = State.DONE if record_it else State.SKIPPED
    said = _("%(who)s found it at WeChat: %(key)s") if record_it else _("%(who)s says that WeChat did not get it.")
    close(
        step,
        state,
        record_it,
        message=said % {"who": actors.current(), "key": key},
        was=State.UNKNOWN,
        attempts=None,
    )


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
        _settle(step)


def _settle(step: Step) -> None:
    op = get(step.operation)
    if op.recover is ASK:
        Step.objects.filter(pk=step.pk, state=State.UNKNOWN).update(next_attempt_at=None)
        return
    mine = Step.objects.filter(pk=step.pk, state=State.UNKNOWN, attempts=step.attempts)
    if not mine.update(attempts=F("attempts") + 1, lease_until=lease()):
        return
    step.attempts += 1
    with actors.acting(step.door, step.user):
        if op.recover is REPEAT:
            Step.objects.filter(pk=step.pk, attempts=step.attempts).update(state=State.SENT, next_attempt_at=None)
            step.state, step.next_attempt_at = State.SENT, None
            with outcome_on_the_step(step):
                run(op, step, step.record)
            return
        with collected_calls() as calls:
            try:
                record_it = op.recover(step.record)
            except NotDone:
                close(step, State.SKIPPED, message=_("WeChat has no trace of it; it may be sent again."),
                       was=State.UNKNOWN, calls=calls)  # fmt: skip
            except OperationError as error:
                leave_unknown(step, str(error), calls, was=State.UNKNOWN)
            else:
                close(step, State.DONE, record_it, was=State.UNKNOWN, calls=calls)
