"""An operation is one thing that can be asked of WeChat about one record; running it is a step.

    @operation(on=BrandQualification, name="submit_brand", label=_("Submit for review"),
               allowed=BrandQualification.may_submit, recover=ASK)
    def submit_brand(brand, sent):
        audit_id = audit.audit_brand(payloads.brand(brand))
        return lambda: brand.rounds.create(audit_id=audit_id)

A button, an endpoint, a command and the schedule all run the same operation. The step is committed as sent before the
body runs, with no transaction open; what the body returns is called in the transaction that closes the step. Callers
see `Conflict`, `Refused`, `Unreachable` or `Paused`.
"""

from collections.abc import Callable
from contextlib import nullcontext
from contextvars import ContextVar
from enum import Enum
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wechat.client import pending_calls
from wechat.models import Call, Step
from wechat.statements import Update, place
from wechat.steps import actors, ahead, failing, request_ids, stopping, unread
from wechat.steps.closing import close, collected_calls, keep_calls
from wechat.steps.errors import Conflict, Incomplete, InFlight, Unconfirmed
from wechat.steps.leases import lease
from wechat.steps.second_person import SecondPerson

State = Step.State
# The step being run; one that goes on for long, or runs steps of its own, renews its lease.
_running: ContextVar[Step | None] = ContextVar("running", default=None)

Text = str | Promise
Missing = dict[str, list]  # {field: [sentences]}
Applies = Callable[[], Any] | None  # called in the transaction that closes the step
# The record is of the model that `on` names; its payload is {} where the operation keeps none.
Body = Callable[[Any, Any], Applies]


class Recovery(Enum):
    """How a step of unknown outcome is resolved, where reading back by our own id is not possible."""

    REPEAT = "repeat"  # idempotent at WeChat: it is sent again
    ASK = "ask"  # WeChat cannot look it up by an id of ours: a person decides


REPEAT, ASK = Recovery.REPEAT, Recovery.ASK


class Operation:
    """One thing we can ask of WeChat on one record; call it with the record."""

    do_not_call_in_templates = True

    def __init__(
        self,
        body: Body,
        *,
        on: type[models.Model],
        name: str,
        label: Text,
        allowed: Callable[[Any], bool] | None,
        check: Callable[..., Missing] | None,
        prepare: Callable[[Any], None] | None,
        payload: Callable[[Any], dict] | None,
        reads: bool,
        recover: Body | Recovery | None,
        adopt: Callable[[Any, str], Applies] | None,
        numbered: bool,
        confirm: Text | None,
        typed_above: int | None,
        second: SecondPerson | None,
        second_above: int | None,
        asks: Callable[[Any], Text] | None,
    ) -> None:
        if not reads and recover is None:
            raise TypeError(f"{name} writes: say how an unknown outcome is resolved (recover=)")
        self.body, self.on, self.name, self.label = body, on, name, label
        self.allowed, self.check, self.prepare, self.payload = allowed, check, prepare, payload
        self.reads, self.recover, self.adopt, self.numbered = reads, recover, adopt, numbered
        self.confirm, self.typed_above = confirm, typed_above
        self.second, self.second_above, self.asks = second, second_above, asks
        self.__doc__ = body.__doc__

    @property
    def full_name(self) -> str:
        """`catalog.submit_spu`: what is stored on steps and jobs."""
        return f"{self.on._meta.app_label}.{self.name}"

    @property
    def permission(self) -> str:
        return self.full_name

    def __call__(self, record: Any, first: Callable[[Any], None] | None = None) -> Any:
        """Run it now; `first` changes the record in the commit that opens the step, before any other step can."""
        return self.run(self.open(record, first=first), record)

    def is_allowed(self, record: Any) -> bool:
        return bool(self.allowed is None or self.allowed(record))

    def refuse_unless_possible(self, record: Any) -> None:
        """Raises Conflict, naming the state, where the record's state does not allow the operation."""
        if not self.is_allowed(record):
            raise Conflict(
                _("“%(operation)s” is not possible while the state is “%(state)s”.")
                % {"operation": self.label, "state": record.state_label}
            )

    def refuse_unless_allowed(self, record: Any) -> None:
        """Raises Conflict where the record's state does not allow it, or Incomplete with what is missing, by field."""
        self.refuse_unless_possible(record)
        if self.check and (missing := self.check(record)):
            raise Incomplete(missing)

    def refuse_unless_confirmed(self, record: Any, confirmed: bool) -> None:
        """Raises Unconfirmed where this record is asked about, and nobody has confirmed it."""
        if self.asks and not confirmed and (question := self.asks(record)):
            raise Unconfirmed(str(question))

    def ask_second(self, record: Any, user: Any, seen: str = "") -> None:
        """Raises Asked where this record needs a second person, and `user` is not one who approves what was seen."""
        if self.second and self.is_allowed(record) and self.second.needs(record):
            self.second.ask(self, record, user, seen)

    def pass_second(self, record: Any) -> None:
        """Within a transaction, before it is sent: raises Incomplete where it needs a second person."""
        if self.second:
            if why := self.second.needs(record):
                raise Incomplete({"": [why]})
            if self.second.passed:
                self.second.passed(record)

    def open(
        self, record: Any, *, first: Callable[[Any], None] | None = None, create: Callable[[], None] | None = None
    ) -> Step:
        """Open a step on the record and commit it; raises Conflict where the state does not allow it or a step is open.

        `create` inserts a record that does not exist yet, in the same commit; the insert's errors are raised.
        """
        # With `prepare` or `payload`, the step is marked as sent only after they have run.
        at_once = not self.prepare and not self.payload
        sent = {"state": State.SENT, "sent_at": Now()} if at_once else {"state": State.WANTED}
        stopping.refuse_if_asked()
        renew_lease()
        try:
            with transaction.atomic(durable=True):
                if create:
                    create()
                step = new_step(self, record.pk, attempts=1, lease_until=lease(), **sent)
                # The unique constraint allows one open step per record. So the state is checked after this INSERT:
                # from here on no other step can change it.
                step.save(force_insert=True)
                if not create:
                    record.refresh_from_db()
                if first:
                    first(record)
                if not create:
                    self.refuse_unless_allowed(record)
                self.pass_second(record)
        except IntegrityError:
            if create:
                raise
            raise InFlight(_("Another step is open on this record. Wait for it, or resolve it first.")) from None
        return step

    def run(self, step: Step, record: Any) -> Any:
        """Run an open step; returns the result of the function that its body returned, raises what stopped it."""
        token = _running.set(step)
        try:
            with collected_calls() as calls:
                return self._run(step, record, calls)
        finally:
            _running.reset(token)

    def _run(self, step: Step, record: Any, calls: list[Call]) -> Any:
        """Each exit leaves the step where the truth about WeChat is: see `wechat.steps.failing`."""
        try:
            if self.prepare:
                self.prepare(record)
            if step.state == State.WANTED:
                step.payload = self.payload(record) if self.payload else None
                if self.second and self.second.again and (why := self.second.needs(record)):
                    raise Conflict(why)
                stopping.refuse_if_asked()
                _mark_sent(step)
            with unread.reading_answer(record) if self.reads else nullcontext():
                record_it = self.body(record, step.payload or {})
        except ahead.Outdated:
            raise
        except BaseException as error:
            failing.close_failed(step, error, calls)
            raise
        return self._finish(step, record, record_it, calls)

    def _finish(self, step: Step, record: Any, record_it: Applies, calls: list[Call]) -> Any:
        """Close the step as done; where what was answered cannot be recorded, by what that leaves open."""

        def record_read() -> Any:
            unread.forget(step)
            return record_it() if record_it else None

        try:
            if not self.reads:
                return close(step, State.DONE, record_it, calls=calls)
            with unread.reading_answer(record):
                return close(step, State.DONE, record_read, calls=calls)
        except (Conflict, *unread.AWAY):
            raise  # resolved by somebody else, or the sweep finds it by its lease
        except Exception as error:
            failing.close_unrecorded(step, error, calls)
            raise

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def _mark_sent(step: Step) -> None:
    payload = None if step.payload is None else _PAYLOAD.get_db_prep_save(step.payload, connection)
    values = {"step": step.pk, "attempts": step.attempts, "payload": payload}
    loaded, shape = ahead.as_loaded(step)
    if not _MARK_SENT.run(values | loaded, settings.WECHAT_LEASE, *shape):
        if shape and Step.objects.filter(pk=step.pk, state=State.WANTED, attempts=step.attempts).exists():
            raise ahead.Outdated
        raise Conflict(_("Another worker has taken this step over."))
    step.state = State.SENT


def _marked_sent(_lease: int, *shape: Any) -> tuple[models.QuerySet, dict[str, Any]]:
    rows = Step.objects.filter(pk=place("step"), state=State.WANTED, attempts=place("attempts"))
    change = {"state": State.SENT, "sent_at": Now(), "lease_until": lease(), "payload": place("payload")}
    return rows.filter(ahead.condition(*shape)) if shape else rows, change


_MARK_SENT = Update(_marked_sent)
_PAYLOAD: Any = Step._meta.get_field("payload")


def renew_lease() -> None:
    """Called during a long operation: extend the lease of its step; where it only reads, store its calls so far."""
    if step := _running.get():
        Step.objects.filter(pk=step.pk, attempts=step.attempts).update(lease_until=lease())
        calls = pending_calls.get()
        if step.reads and calls and not connection.in_atomic_block:
            keep_calls(calls, step)
            calls.clear()


def new_step(op: Operation, pk: int, **fields: Any) -> Step:
    """A step on the record with this key, in the current actor's name; not saved."""
    actor = actors.current()
    return Step(
        operation=op.full_name,
        reads=op.reads,
        content_type=ContentType.objects.get_for_model(op.on),
        object_id=pk,
        user=actor.user,
        door=actor.door,
        request_id=request_ids.current(),
        **fields,
    )


registry: dict[str, Operation] = {}


def operation(
    *,
    on: type[models.Model],
    name: str,
    label: Text,
    allowed: property | Callable[[Any], bool] | None = None,
    check: Callable[..., Missing] | None = None,
    prepare: Callable[[Any], None] | None = None,
    payload: Callable[[Any], dict] | None = None,
    reads: bool = False,
    recover: Body | Recovery | None = None,
    adopt: Callable[[Any, str], Applies] | None = None,
    numbered: bool = True,
    confirm: Text | None = None,
    typed_above: int | None = None,
    second: SecondPerson | None = None,
    second_above: int | None = None,
    asks: Callable[[Any], Text] | None = None,
) -> Callable[[Body], Operation]:
    """Make a function of (record, sent) an operation on records of the model `on`.

    name: stored on steps; the permission, the key's scope and the API path are made of it, so it never changes;
    label: the text of the button;
    allowed: a predicate of the record (property or function); check: returns {field: [sentences]} of what is missing;
    prepare: runs before the step is marked as sent (uploading pictures); payload: a function of the record that returns
    what is sent: stored on the step before the call, then passed to the body and to `recover` as `sent`;
    reads: changes nothing at WeChat;
    recover: REPEAT, ASK or a function of (record, sent) that reads back and returns what to record, or raises NotDone;
    adopt: for ASK, a function of the record and the key that a person found at WeChat; numbered: whether there is such
    a key, else the person only states that it was done; confirm: the question asked before a dangerous operation runs;
    typed_above: for more chosen records than this, their number has to be typed: 0 where it cannot be taken back;
    second: what of it takes two people; second_above: more chosen records than this take two people, whatever they are;
    asks: a function of the record: what a person has to confirm before it is sent, "" for nothing.
    """
    predicate = allowed.fget if isinstance(allowed, property) else allowed

    def decorate(body: Body) -> Operation:
        made = Operation(
            body,
            on=on,
            name=name,
            label=label,
            allowed=predicate,
            check=check,
            prepare=prepare,
            payload=payload,
            reads=reads,
            recover=recover,
            adopt=adopt,
            numbered=numbered,
            confirm=confirm,
            typed_above=typed_above,
            second=second,
            second_above=second_above,
            asks=asks,
        )
        registry[made.full_name] = made
        return made

    return decorate


def find(full_name: str) -> Operation | None:
    """The operation of a stored step; None where this version of the console has no operation of that name."""
    return registry.get(full_name)


def label_of(full_name: str) -> str:
    """The label of a stored step's operation; its name where this version of the console does not have it."""
    op = find(full_name)
    return str(op.label) if op else full_name


def gone(step: Step) -> str:
    """The message for a step whose operation this version of the console does not have."""
    return _("This version of the console has no operation “%(name)s” any more.") % {"name": step.operation}
