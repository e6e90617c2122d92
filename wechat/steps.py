"""One step with WeChat: opened, sent, closed; found again after any accident.

`@operation` turns a function on one record into something a button, an endpoint, a command or a schedule can run:

    @operation(_("Submit for review"), allowed=BrandQualification.may_submit, recover=ASK)
    def submit_brand(brand: BrandQualification):
        audit_id = audit.audit_brand(payloads.brand(brand))
        return lambda: brand.rounds.create(audit_id=audit_id)

The step is committed as sent before the body runs, with no transaction open; what the body returns is called in the
transaction that closes the step. Operations raise `Conflict`, `Refused`, `Unreachable` or `Paused`.
"""

import logging
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from enum import Enum
from typing import Any, get_type_hints

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat import actors
from wechat.client import pending_calls
from wechat.errors import (
    Conflict,
    Incomplete,
    InFlight,
    Later,
    NotSent,
    OperationError,
    Paused,
    QuotaReached,
    Refused,
    Unreachable,
)
from wechat.leases import free, lease
from wechat.models import Call, Step

log = logging.getLogger(__name__)
State = Step.State
MOST_ATTEMPTS = 10  # at what WeChat asks us to try again later
# The step being run; one that goes on for long, or runs steps of its own, renews its lease.
_running: ContextVar[Step | None] = ContextVar("running", default=None)
Record = Callable[[], Any]


class Recovery(Enum):
    """How a step of unknown outcome is settled, where reading back by our own id is not possible."""

    REPEAT = "repeat"  # doing it twice is doing it once
    ASK = "ask"  # WeChat offers no key of ours: a person decides


REPEAT, ASK = Recovery.REPEAT, Recovery.ASK


class NotDone(Exception):
    """A recovery read back that WeChat did not act: it is asked again, if the record's state still allows it.

    With a reason it is not asked again: what it was asked about is no longer what it was.
    """


class Operation:
    """One thing we can ask of WeChat on one record; call it with the record."""

    do_not_call_in_templates = True

    def __init__(self, body, label, allowed, check, prepare, payload, reads, recover, adopt, numbered, confirm):
        if not reads and recover is None:
            raise TypeError(f"{body.__name__} writes: say how an unknown outcome is settled (recover=)")
        self.body, self.label, self.allowed, self.check = body, label, allowed, check
        self.prepare, self.payload = prepare, payload
        self.reads, self.recover, self.confirm = reads, recover, confirm
        self.adopt, self.numbered = adopt, numbered
        self.__doc__, self.__name__ = body.__doc__, body.__name__

    @property
    def model(self) -> type[models.Model]:
        return next(iter(get_type_hints(self.body).values()))

    @property
    def name(self) -> str:
        return f"{self.model._meta.app_label}.{self.__name__}"

    @property
    def permission(self) -> str:
        return self.name

    def __call__(self, record, first: Callable[[Any], None] | None = None):
        """Run it; `first` changes the record within the commit that keeps everybody else out."""
        step = _open(self, record, first)
        return run(self, step, record)

    def is_allowed(self, record) -> bool:
        return bool(self.allowed is None or self.allowed(record))

    def refuse_unless_possible(self, record) -> None:
        """Raises Conflict with the state in the way."""
        if not self.is_allowed(record):
            raise Conflict(
                _("“%(operation)s” is not possible while the state is “%(state)s”.")
                % {"operation": self.label, "state": record.state_label}
            )

    def refuse_unless_allowed(self, record) -> None:
        """Raises Conflict with the state in the way, or Incomplete with what is missing at each field."""
        self.refuse_unless_possible(record)
        if self.check and (missing := self.check(record)):
            raise Incomplete(missing)

    def __repr__(self):
        return f"<operation {self.__name__}>"


registry: dict[str, Operation] = {}


def operation(
    label,
    *,
    allowed=None,
    check=None,
    prepare=None,
    payload=None,
    reads=False,
    recover=None,
    adopt=None,
    numbered=True,
    confirm=None,
) -> Callable[[Callable], Operation]:
    """Make a function on one record an operation.

    allowed: a predicate of the record (property or function); check: gives {field: [sentences]} of what is missing;
    prepare: runs before the step counts as sent (uploading pictures); payload: a function of the record that gives
    what is sent: kept on the step before it leaves, then given to the body and to `recover` after the record;
    reads: changes nothing at WeChat;
    recover: REPEAT, ASK or a function of the record that reads back and returns what to record, or raises NotDone;
    adopt: a function of the record and a key a person found, for ASK; numbered: whether WeChat gives such a key, else
    the person only says that it is there; confirm: the question to put before a
    dangerous button.
    """
    predicate = allowed.fget if isinstance(allowed, property) else allowed

    def decorate(body: Callable) -> Operation:
        made = Operation(body, label, predicate, check, prepare, payload, reads, recover, adopt, numbered, confirm)
        registry[made.name] = made
        return made

    return decorate


def get(name: str) -> Operation:
    return registry[name]


def want(op: Operation, pks: list[int]) -> list[Step]:
    """Steps to be worked by a job, one per record; where one is open already it is skipped, with the reason."""
    while True:
        try:
            with transaction.atomic():
                return _want(op, pks)
        except IntegrityError:
            # Between looking and writing somebody opened a step: look again.
            continue


def _want(op: Operation, pks: list[int]) -> list[Step]:
    content_type = ContentType.objects.get_for_model(op.model)
    open_ones = Step.objects.open().filter(content_type=content_type, reads=op.reads, object_id__in=pks)
    busy = set(open_ones.values_list("object_id", flat=True))
    said = _("Another step is open on this record.")
    return Step.objects.bulk_create(
        [
            _new(op, pk, state=State.SKIPPED, message=said, closed_at=Now())
            if pk in busy
            else _new(op, pk, state=State.WANTED, next_attempt_at=Now())
            for pk in pks
        ]
    )


def claim(steps: models.QuerySet, count: int) -> list[Step]:
    """Take up to `count` waiting steps for this worker, oldest first."""
    due = steps.filter(free(), state=State.WANTED, next_attempt_at__lte=Now())
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.order_by("id").values_list("id", flat=True)[:count])
        Step.objects.filter(id__in=ids).update(lease_until=lease(), attempts=F("attempts") + 1)
    return list(Step.objects.filter(id__in=ids).select_related("content_type", "user").order_by("id"))


def work(step: Step) -> None:
    """Carry out a claimed step in the name of who asked; its outcome is on the step, nothing is raised for it."""
    op = get(step.operation)
    with actors.acting(step.door, step.user), outcome_on_the_step(step):
        try:
            if step.record is None:
                raise Conflict(_("The record has been deleted."))
            op.refuse_unless_allowed(step.record)
        except Conflict as error:
            close(step, State.SKIPPED, message=str(error), was=State.WANTED)
        else:
            run(op, step, step.record)


def new_step(op: Operation, record, **fields) -> Step:
    return _new(op, record.pk, **fields)


def _new(op: Operation, pk: int, **fields) -> Step:
    actor = actors.current()
    return Step(
        operation=op.name,
        reads=op.reads,
        content_type=ContentType.objects.get_for_model(op.model),
        object_id=pk,
        user=actor.user,
        door=actor.door,
        **fields,
    )


def _open(op: Operation, record, first: Callable[[Any], None] | None = None) -> Step:
    """The record's one open step, committed; the state is looked at only once others are kept out."""
    at_once = not op.prepare and not op.payload
    sent = {"state": State.SENT, "sent_at": Now()} if at_once else {"state": State.WANTED}
    step = new_step(op, record, attempts=1, lease_until=lease(), **sent)
    renew_lease()
    try:
        with transaction.atomic(durable=True):
            step.save(force_insert=True)
            record.refresh_from_db()
            if first:
                first(record)
            op.refuse_unless_allowed(record)
    except IntegrityError:
        raise InFlight(_("Another step is open on this record. Wait for it, or settle it first.")) from None
    return step


def renew_lease() -> None:
    """For an operation that goes on for long: its step is still being worked on, and its calls so far are kept."""
    if step := _running.get():
        Step.objects.filter(pk=step.pk, attempts=step.attempts).update(lease_until=lease())
        calls = pending_calls.get()
        if step.reads and calls and not connection.in_atomic_block:
            _keep(calls, step)
            calls.clear()


def run(op: Operation, step: Step, record):
    token = _running.set(step)
    try:
        return _run(op, step, record)
    finally:
        _running.reset(token)


def _run(op: Operation, step: Step, record):
    with collected_calls() as calls:
        try:
            if op.prepare:
                op.prepare(record)
            if step.state == State.WANTED:
                step.payload = op.payload(record) if op.payload else None
                _mark_sent(step)
            record_it = op.body(record, step.payload) if op.payload else op.body(record)
        except (Paused, QuotaReached, Later) as error:
            seconds = getattr(error, "seconds", 60)
            if isinstance(error, Later) and step.attempts >= MOST_ATTEMPTS:
                close(step, State.REFUSED, errcode=error.errcode, message=error.errmsg, calls=calls, was=step.state)
            elif step.next_attempt_at is None:
                close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
            else:
                _put_back(step, seconds, error, calls)
            raise
        except Refused as error:
            close(step, State.REFUSED, errcode=error.errcode, message=error.errmsg, calls=calls, was=step.state)
            raise
        except NotSent as error:
            close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
            raise
        except Unreachable as error:
            if step.state == State.WANTED:
                close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
            else:
                leave_unknown(step, str(error), calls)
            raise
        except OperationError as error:
            close(step, State.SKIPPED, message=str(error), calls=calls, was=step.state)
            raise
        except BaseException as error:
            # A fault of ours. Whether WeChat acted shows in whether it was called.
            said = _("The console failed: %(error)s") % {"error": type(error).__name__}
            if calls and step.state == State.SENT:
                leave_unknown(step, said, calls)
            else:
                close(step, State.SKIPPED, message=said, calls=calls, was=step.state)
            raise
        return close(step, State.DONE, record_it, calls=calls)


def _mark_sent(step: Step) -> None:
    mine = Step.objects.filter(pk=step.pk, state=State.WANTED, attempts=step.attempts)
    if not mine.update(state=State.SENT, sent_at=Now(), lease_until=lease(), payload=step.payload):
        raise Conflict(_("Another worker has taken this step over."))
    step.state = State.SENT


def _put_back(step: Step, seconds: float, error: OperationError, calls: list[Call]) -> None:
    with transaction.atomic(durable=True):
        Step.objects.filter(pk=step.pk, state=step.state, attempts=step.attempts).update(
            state=State.WANTED,
            errcode=getattr(error, "errcode", None),
            message=getattr(error, "errmsg", str(error)),
            lease_until=None,
            next_attempt_at=Now() + timedelta(seconds=seconds),
        )
        _keep(calls, step)


def leave_unknown(step: Step, message: str, calls: list[Call], was: str = State.SENT, **fields) -> None:
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


def close(
    step: Step,
    state: str,
    record_it: Record | None = None,
    *,
    calls: list[Call] | None = None,
    was: str = State.SENT,
    **fields,
):
    """Close the step and record what follows from it in one commit, unless somebody else settled it meanwhile."""
    attempts = fields.pop("attempts", step.attempts)
    mine = Step.objects.filter(pk=step.pk, state=was)
    if attempts is not None:
        mine = mine.filter(attempts=attempts)
    fields = {"message": "", "errcode": None, "closed_at": Now(), "next_attempt_at": None, **fields}
    if state != State.UNKNOWN:
        fields["payload"] = None
    try:
        with transaction.atomic(durable=True):
            if not mine.update(state=state, lease_until=None, **fields):
                raise Conflict(_("This step was settled by somebody else meanwhile."))
            _keep(calls or [], step)
            return record_it() if record_it else None
    except Conflict:
        _keep(calls or [], step)
        raise


def _keep(calls: list[Call], step: Step) -> None:
    for call in calls:
        call.step = step
    Call.objects.bulk_create(calls)


@contextmanager
def outcome_on_the_step(step: Step):
    """For workers: what went wrong is kept on the step already; a fault of ours is logged, and the queue goes on."""
    try:
        yield
    except OperationError:
        pass
    except Exception:
        log.exception("step %s (%s) failed", step.pk, step.operation)


@contextmanager
def collected_calls():
    calls: list[Call] = []
    token = pending_calls.set(calls)
    try:
        yield calls
    finally:
        pending_calls.reset(token)
