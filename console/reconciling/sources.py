"""What can be compared with WeChat: each app registers its sources in its `compared.py`.

A source is one thing that WeChat is asked for, such as orders; what it answers is compared as one kind or several,
such as orders, payments and parcels.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wechat.steps.operations import Operation

from ..models import Difference
from ..money import yuan

Text = str | Promise
THERE = "record"  # the field of a record that one of the two sides does not have
THERE_LABEL = _("the record itself")


class Span(NamedTuple):
    """The time from which records are compared; `whole`: also those whose comparison costs a call each."""

    since: datetime
    until: datetime
    whole: bool = True


class Theirs(NamedTuple):
    """A record as WeChat has it: its key, its values by field, its row, and when the read began."""

    key: str
    values: dict[str, Any]
    began: datetime
    raw: dict[str, Any] = {}


class Changed(NamedTuple):
    ours: Any
    theirs: Any


class Source:
    """How records of one kind are read from WeChat, compared, and resolved. Subclasses say what is not the same."""

    name = ""  # stored; never changed
    kinds: Mapping[str, Text] = {}  # kinds of differences, by their names, which are stored
    model: type[models.Model]
    key = ""  # the column with which a record is found; a name of it on WeChat's side too
    permission = ""  # to see its differences
    take_permission = ""  # to take WeChat's
    labels: Mapping[str, Text] = {}  # of fields
    money: frozenset[str] = frozenset()  # fields in fen
    amount = ""  # the field with the whole amount of a record, which is in doubt with its state
    states: frozenset[str] = frozenset()  # fields that move on by themselves
    listed_by_time = True  # WeChat's list can be asked for a span; others are read whole, once a night
    sets: tuple[str, ...] = ()  # beginnings of the fields of which either side may have more

    def available(self) -> bool:
        """Whether WeChat can be asked now."""
        return True

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        """A page of WeChat's list, and the cursor of the next one; None after the last."""
        raise NotImplementedError

    def ours(self, span: Span) -> QuerySet:
        """The records that WeChat's list of this span should have."""
        raise NotImplementedError

    def read(self, record: Any) -> Theirs | None:
        """Read one record; None where WeChat does not have it."""
        raise NotImplementedError

    def found(self, keys: Iterable[str]) -> dict[str, Any]:
        """The records here with these keys."""
        return {str(getattr(row, self.key)): row for row in self.rows().filter(**{f"{self.key}__in": list(keys)})}

    def rows(self) -> QuerySet:
        """Records with what is compared of them."""
        return self.model._default_manager.all()

    def values(self, record: Any) -> dict[str, Any]:
        """What is stored here, in the form of WeChat's."""
        raise NotImplementedError

    def compare(self, record: Any, theirs: Theirs, standing: set[str]) -> dict[str, Changed]:
        """The fields that differ. What WeChat's answer leaves out says nothing, except in `sets`."""
        return differing(self.values(record), theirs.values, self.sets)

    def covers(self, field: str, theirs: Theirs) -> bool:
        """Whether this answer says something of a field: else a difference in it is not over."""
        return field == THERE or field in theirs.values or field.startswith(self.sets or ("\0",))

    def after(self, record: Any, theirs: Theirs) -> None:
        """Called in the transaction that stores the differences."""

    def kind_of(self, field: str) -> str:
        return next(iter(self.kinds))

    def read_at(self, record: Any) -> datetime | None:
        """When the last read that was applied began."""
        return getattr(record, "read_at", None)

    def fen(self, field: str, changed: Changed, values: Mapping[str, Any]) -> int:
        """The money in a difference; `values` are WeChat's, ours where WeChat does not have the record."""
        if field in self.money:
            return abs(int(changed.ours or 0) - int(changed.theirs or 0))
        if field == THERE or field in self.states:
            return abs(int(values.get(self.amount) or 0))
        return 0

    def is_forward(self, field: str, changed: Changed) -> bool:
        """Whether WeChat's state is one that ours becomes with a message or a read."""
        return False

    def label(self, field: str) -> str:
        return str(THERE_LABEL if field == THERE else self.labels.get(field, field))

    def shown(self, field: str, value: Any) -> str:
        if value is None or value == "":
            return "–"
        if field == THERE:
            return str(_("there") if value else _("not there"))
        if field in self.money and isinstance(value, int):
            return yuan(value, "¥")
        return str(value)

    def url(self, row: Difference) -> str:
        """The page of the record."""
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.object_id])

    def why_not_take(self, row: Difference) -> str:
        """Why WeChat's cannot be taken; "" where it can."""
        if row.field == THERE and not row.theirs:
            return str(_("WeChat does not have it: nothing can be taken."))
        return ""

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        """A row of WeChat's in values that can be compared."""
        raise NotImplementedError

    def began(self, record: Any, rows: dict[str, Difference]) -> datetime:
        """When the read began that is taken now; later than what was taken of the same read before."""
        began, read_at = max(row.seen_at for row in rows.values()), self.read_at(record)
        return began + timedelta(microseconds=1) if read_at == began else began

    def take(self, record: Any, rows: dict[str, Difference]) -> bool:
        """Store WeChat's values of these fields; within a transaction. False where a later read was applied."""
        raise NotImplementedError

    def adopt(self, row: Difference) -> Any:
        """Make the record that only WeChat has, of its row; within a transaction."""
        raise NotImplementedError

    def push(self, row: Difference) -> Operation | None:
        """The operation that sends ours; None where WeChat has no interface for it."""
        return None

    def pushed_pk(self, row: Difference) -> int | None:
        """The key of the record that the operation runs on."""
        return row.object_id

    def before_push(self, rows: list[Difference]) -> None:
        """What the operation needs so that it sends these fields; within a transaction."""


sources: dict[str, Source] = {}
_pending: dict[str, list[Callable[[Iterable[str]], set[str]]]] = {}


def compared(source: type[Source]) -> type[Source]:
    """Register a source, in an app's `compared.py`."""
    sources[source.name] = source()
    return source


def pending(name: str) -> Callable[[Callable[[Iterable[str]], set[str]]], Callable[[Iterable[str]], set[str]]]:
    """Register a function of keys that returns those which the console is about to send: they are not compared."""

    def register(find: Callable[[Iterable[str]], set[str]]) -> Callable[[Iterable[str]], set[str]]:
        _pending.setdefault(name, []).append(find)
        return find

    return register


def pending_of(source: Source, keys: list[str]) -> set[str]:
    return set().union(*(find(keys) for find in _pending.get(source.name, [])))


def kinds() -> dict[str, Text]:
    """The titles of every kind, in the order of registration."""
    return {kind: title for source in sources.values() for kind, title in source.kinds.items()}


def title_of(kind: str) -> str:
    return str(kinds().get(kind, kind))


def seen_by(may: Callable[[str], bool]) -> list[str]:
    """The sources whose differences somebody may see, by who has which permission."""
    return [name for name, source in sources.items() if may(source.permission)]


def seen_kinds(may: Callable[[str], bool]) -> list[str]:
    """The kinds of which somebody may see some."""
    return list(dict.fromkeys(kind for name in seen_by(may) for kind in sources[name].kinds))


def differing(ours: dict[str, Any], theirs: dict[str, Any], sets: tuple[str, ...] = ()) -> dict[str, Changed]:
    """The fields in which two dicts of values differ."""
    names = [name for name in (*ours, *theirs) if name in theirs or name.startswith(sets or ("\0",))]
    return {
        name: Changed(ours.get(name), theirs.get(name))
        for name in dict.fromkeys(names)
        if (name in ours or name.startswith(sets or ("\0",))) and ours.get(name) != theirs.get(name)
    }
