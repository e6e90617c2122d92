"""Reading a record from WeChat: the newest read wins.

Reads of one record overtake each other: a message, the schedule and a person may each cause one. Each notes the time
before its request is sent, and is applied only where no read that began later has been applied. A write that WeChat
accepted counts as a read at that moment: a read that began before it shows the older state.

The record's column `read_at` is the time at which the last applied read began.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from wechat.errors import Action, OperationError, Refused
from wechat.steps.errors import NotDone
from wechat.steps.operations import Applies
from wechat.steps.unread import reading_answer

Record = TypeVar("Record", bound=models.Model)
Snapshot = TypeVar("Snapshot")  # what one read returned, with the time it began
FINAL = (Action.FIX, Action.STATE)  # a retry gets the same refusal


def unread_since(rows: models.QuerySet[Record], began: datetime) -> models.QuerySet[Record]:
    """Rows to which no read has been applied that began at `began` or later."""
    return rows.filter(Q(read_at=None) | Q(read_at__lt=began))


def apply_newest(record: models.Model, began: datetime, **fields: Any) -> bool:
    """Set these columns, unless a later read has been applied; True where they were set."""
    return bool(unread_since(_row(record), began).update(read_at=began, **fields))


def lock_newest(record: Record, began: datetime) -> Record | None:
    """Lock the record until the transaction ends and return it as it is now; None where a later read was applied."""
    # The UPDATE takes the row's lock, so two reads that end at once are applied one after the other.
    return _row(record).get() if apply_newest(record, began) else None


def accepted(record: models.Model, **fields: Any) -> None:
    """WeChat accepted a write just now: set the columns that follow from it."""
    _row(record).update(read_at=timezone.now(), **fields)


def _row(record: Record) -> models.QuerySet[Record]:
    return type(record)._base_manager.filter(pk=record.pk)


@contextmanager
def keeping_refusal(record: models.Model, **fields: Any) -> Iterator[None]:
    """Store a final refusal (a retry would get the same) on the record, in `refusal` or these columns; re-raise it."""
    try:
        yield
    except Refused as error:
        if error.meaning.action in FINAL:
            _row(record).update(**(fields or {"refusal": {"errcode": error.errcode, "errmsg": error.errmsg}}))
        raise


class Reading(Generic[Record, Snapshot]):
    """How records of one kind are read, and how a read is applied.

    read: calls WeChat and returns a snapshot; apply: sets columns by it unless a later read was applied, and returns
    whether it did.
    """

    def __init__(self, read: Callable[[Record], Snapshot], apply: Callable[[Record, Snapshot], bool]) -> None:
        self.read, self.apply = read, apply

    def refresh(self, record: Record) -> Applies:
        """The body of an operation that reads the record."""
        snapshot = self.read(record)
        return lambda: self.apply(record, snapshot)

    def refresh_if_possible(self, record: Record) -> Applies:
        """Read the record after WeChat accepted a write. If the read fails, the next poll reads the record."""
        try:
            with reading_answer(record):
                snapshot = self.read(record)
        except OperationError:
            return None

        def apply_if_possible() -> None:
            # In a savepoint: what cannot be read afterwards does not undo that WeChat accepted.
            with suppress(OperationError), reading_answer(record), transaction.atomic():
                self.apply(record, snapshot)

        return apply_if_possible

    def reread(self, record: Record) -> Snapshot:
        """Read the record and apply it now."""
        with reading_answer(record):
            snapshot = self.read(record)
            self.apply(record, snapshot)
        return snapshot

    def unless_done(self, record: Record, call: Callable[[], Any], is_done: Callable[[Snapshot], bool]) -> bool:
        """Make a call. True where WeChat did it, False where it refused because it is done. Raises other refusals."""
        try:
            call()
        except Refused:
            if not is_done(self.reread(record)):
                raise
            return False
        return True

    def recover_where(
        self,
        is_done: Callable[[Record, Snapshot, Any], bool],
        then: Callable[[Record, Any, Snapshot], Any] | None = None,
        unknown: tuple[int, ...] = (),
    ) -> Callable[[Record, Any], Applies]:
        """Make a recovery: it reads the record back, and the step was done where `is_done` holds.

        is_done: called with (record, snapshot, sent); then: called with (record, sent, snapshot) in place of applying
        the snapshot; unknown: the errcodes by which WeChat says that it does not have the record.
        """

        def recover(record: Record, sent: Any) -> Applies:
            try:
                snapshot = self.read(record)
            except Refused as error:
                if error.errcode in unknown:
                    raise NotDone from None
                raise
            if not is_done(record, snapshot, sent):
                self.apply(record, snapshot)
                raise NotDone
            if then is None:
                return lambda: self.apply(record, snapshot)
            return lambda: then(record, sent, snapshot)

        return recover
