"""Answers that could not be read: named, noted at the record, and no reason to stop.

WeChat may answer any JSON. Whatever goes wrong while an answer is read or applied becomes `UnreadableAnswer`, which
closes the reading step as failed. The record is noted (`UnreadRecord`), and until a read of it succeeds a polling
round reads it after all others. A row of a list is left out and named at the list.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.cleaning import cleaned
from wechat.errors import Action, OperationError, Refused, UnreadableAnswer
from wechat.models import Step, UnreadRecord
from wechat.steps.errors import NotDone

log = logging.getLogger(__name__)
Record = TypeVar("Record", bound=models.Model)
Made = TypeVar("Made")

AWAY = (OperationalError, InterfaceError)  # the database is away or locked, which says nothing about the answer
TELLING = (KeyError, TypeError, AttributeError)  # their texts name keys and types; others may quote personal data
OF_THE_RECORD = (Action.FIX, Action.STATE, Action.NONE)  # refusals that concern the one record that was asked for
AGAIN = timedelta(minutes=8)  # until a round reads a noted record again
LENGTH, NAMED = 500, 20


def said(error: BaseException) -> str:
    """An unexpected exception in a few words, as any database can keep them."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, TELLING) else type(error).__name__
    return cleaned(text)[:LENGTH]


@contextmanager
def reading_answer(what: Any) -> Iterator[None]:
    """Raise whatever goes wrong inside with WeChat's answer as UnreadableAnswer, which names what was read."""
    try:
        yield
    except (OperationError, NotDone, *AWAY):
        raise
    except Exception as error:
        log.exception("what WeChat answered about %s could not be read", what)
        message = _("WeChat's answer about “%(what)s” could not be read (%(error)s).")
        raise UnreadableAnswer(message % {"what": what, "error": said(error)}) from error


def is_of_the_record(error: BaseException) -> bool:
    """Whether asking for this record fails again while others can be read."""
    if isinstance(error, Refused):
        return error.meaning.action in OF_THE_RECORD
    return isinstance(error, UnreadableAnswer)


def note(step: Step, error: BaseException) -> None:
    """Note at the record that this read failed; within the commit that closes the step."""
    now = timezone.now()
    fields = {"content_type_id": step.content_type_id, "error": str(error), "since": now, "tried_at": now}
    row, is_new = UnreadRecord.objects.get_or_create(
        operation=step.operation, object_id=step.object_id, defaults=fields
    )
    if not is_new:
        UnreadRecord.objects.filter(pk=row.pk).update(error=str(error), tried_at=Now(), times=F("times") + 1)


def forget(step: Step) -> None:
    """The record was read."""
    UnreadRecord.objects.filter(operation=step.operation, object_id=step.object_id).delete()


def line(operation: str, waiting: models.QuerySet[Record], most: int) -> list[Record]:
    """Who is read in this round: those waiting, in their order, and after them those that could not be read last time.

    operation: the full name of what reads them. Of the noted ones, who was tried longest ago is first.
    """
    noted = UnreadRecord.objects.filter(operation=operation)
    first = list(waiting.exclude(pk__in=noted.values("object_id"))[:most])
    tried = noted.filter(tried_at__lt=timezone.now() - AGAIN, object_id=OuterRef("pk")).values("tried_at")
    last = waiting.annotate(tried_at_last=Subquery(tried[:1])).filter(tried_at_last__isnull=False)
    return first + list(last.order_by("tried_at_last")[: most - len(first)])


class LeftOut:
    """The rows of one list that could not be read: each is left out and named, and the others are kept."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def unless_readable(self, row: Any, *keys: str) -> Iterator[None]:
        """Leave the row out where what is done inside fails on it; `keys` are where an object has its name."""
        try:
            yield
        except AWAY:
            raise
        except Exception as error:
            if isinstance(error, OperationError) and not isinstance(error, UnreadableAnswer):
                raise
            name = _name(row, keys)
            log.exception("a row of WeChat's list could not be read: %s", name)
            self.names.append(name if isinstance(error, UnreadableAnswer) else f"{name} ({said(error)})")

    def readable(self, rows: Iterable[Any], made: Callable[[Any], Made], *keys: str) -> list[Made]:
        """What is made of each row, of those that can be read; with `keys`, each is an object."""
        found = []
        for row in rows:
            with self.unless_readable(row, *keys):
                if keys and not isinstance(row, dict):
                    raise TypeError(f"a row is an object, not {type(row).__name__}")
                found.append(made(row))
        return found

    def refuse_if_all(self, count: int) -> None:
        """Raises UnreadableAnswer where rows were left out and none was read: such a list is not believed."""
        if self.names and not count:
            raise UnreadableAnswer(self.note)

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def note(self) -> str:
        """What stands at the list: how many were left out, and which."""
        if not self.names:
            return ""
        more = ", …" if len(self.names) > NAMED else ""
        message = _("%(count)d rows could not be read and were left out: %(names)s")
        return message % {"count": len(self.names), "names": ", ".join(self.names[:NAMED]) + more}


def _name(row: Any, keys: tuple[str, ...]) -> str:
    """What the row calls itself; its type where it does not."""
    found = [row.get(key) for key in keys] if isinstance(row, dict) else [row]
    name = next((str(value) for value in found if isinstance(value, str | int) and str(value)), "")
    return cleaned(name)[:64] or _("a row without a name")
