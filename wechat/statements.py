"""Statements on the path of every step: the ORM puts each together once, and afterwards only its values change.

To put an UPDATE together takes the ORM several times as long as the database takes to run it.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from django.db import connection, models, transaction
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row", bound=models.Model)
Columns = list[tuple[str, frozenset[type], models.Field]]  # the attribute of each, which types need no preparing
MOST_VALUES = 30_000  # in one statement: what both databases take


class _Place(NamedTuple):
    """Stands among a statement's parameters for a value that is given when it runs."""

    name: str


def place(name: str) -> RawSQL:
    """An expression for the value of this name; it is compared by `=`, so not for one that may be None."""
    return RawSQL("%s", [_Place(name)])


class Update:
    """An UPDATE; `build` returns which rows it changes and what it sets, for each `shape` that it may have."""

    def __init__(self, build: Callable[..., tuple[models.QuerySet, dict[str, Any]]]) -> None:
        self.build = build
        self._compiled: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}

    def run(self, values: dict[str, Any], *shape: Any) -> int:
        """The number of rows that were changed. Values are as the database takes them, or moments."""
        key = (connection.vendor, *shape)
        if key not in self._compiled:
            self._compiled[key] = self._compile(shape)
        sql, places = self._compiled[key]
        parameters = [_adapted(values[one.name]) if isinstance(one, _Place) else one for one in places]
        with transaction.mark_for_rollback_on_error("default"), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.rowcount

    def _compile(self, shape: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        rows, change = self.build(*shape)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(change)
        return query.get_compiler("default").as_sql()


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def insert(row: models.Model) -> None:
    """Insert a row whose key nobody asks for afterwards."""
    fields = _columns(type(row))
    sql = _into(type(row), connection.vendor) + _marks(len(fields))
    with transaction.mark_for_rollback_on_error("default"), connection.cursor() as cursor:
        cursor.execute(sql, _values(row, fields))


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model and give them their keys: as `bulk_create`, in a third of its time.

    A row that another one refers to is inserted before it and named by its key.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = _columns(model)
    into, marks = _into(model, connection.vendor), _marks(len(fields))
    key = connection.ops.quote_name(_key(model))
    most = MOST_VALUES // len(fields)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for first in range(0, len(rows), most):
            chunk = rows[first : first + most]
            values = [value for row in chunk for value in _values(row, fields)]
            cursor.execute(f"{into}{', '.join([marks] * len(chunk))} RETURNING {key}", values)
            for row, (pk,) in zip(chunk, cursor.fetchall(), strict=True):
                row.pk = pk
                row._state.adding, row._state.db = False, "default"


def insert_with(row: models.Model, parts: Sequence[models.Model], link: str) -> None:
    """Insert a row and its parts, one at least, whose foreign key `link` names it; on PostgreSQL in one statement."""
    named = cast(models.ForeignKey, parts[0]._meta.get_field(link)).attname
    if connection.vendor != "postgresql":
        insert_many([row])
        for part in parts:
            setattr(part, named, row.pk)
        insert_many(parts)
        return
    columns = _columns_but(type(parts[0]), named)
    values = [*_values(row, _columns(type(row))), *(value for part in parts for value in _values(part, columns))]
    begin, marks, end = _into_both(type(row), type(parts[0]), link)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(begin + ", ".join([marks] * len(parts)) + end, values)
        for part, (part.pk, row.pk) in zip(parts, cursor.fetchall(), strict=True):
            setattr(part, named, row.pk)
    for one in (row, *parts):
        one._state.adding, one._state.db = False, "default"


def _columns_but(model: type[models.Model], name: str) -> Columns:
    return [column for column in _columns(model) if column[0] != name]


@cache
def _into_both(model: type[models.Model], of_parts: type[models.Model], link: str) -> tuple[str, str, str]:
    """What stands before the parts, for each, and after them.

    PostgreSQL is told the types, as the values are selected before they are inserted.
    """
    quote: Any = connection.ops.quote_name
    foreign = cast(models.ForeignKey, of_parts._meta.get_field(link))
    columns = _columns_but(of_parts, foreign.attname)
    names = ", ".join(quote(field.column) for _name, _plain, field in columns)
    # Without its length a type refuses what is too long; a cast to `varchar(64)` would cut it off.
    types = [str(field.db_type(connection)).partition("(")[0] for _name, _plain, field in columns]
    marks = ", ".join(f"%s::{one}" for one in types)
    owner, key, key_of_parts = (quote(column) for column in (foreign.column, *map(_key, (model, of_parts))))
    return (
        f"WITH made AS ({_into(model, 'postgresql')}{_marks(len(_columns(model)))} RETURNING {key} AS owner) "  # noqa: S608  only names
        f"INSERT INTO {quote(of_parts._meta.db_table)} ({names}, {owner}) SELECT part.*, owner FROM made, (VALUES ",
        f"({marks})",
        f") AS part RETURNING {key_of_parts}, {owner}",
    )


def _key(model: type[models.Model]) -> str:
    return cast(str, model._meta.pk.column)


def made(model: type[Row], **values: Any) -> Row:
    """A new row with these values by column, else the fields' defaults: `model(…)` without looking at each argument."""
    row = model.__new__(model)
    row._state = ModelState()
    for name, default in _defaults(model):
        row.__dict__[name] = values.pop(name) if name in values else default()
    if values:
        raise TypeError(f"{model.__name__} has no column {', '.join(values)}")
    return row


@cache
def _defaults(model: type[models.Model]) -> list[tuple[str, Callable[[], Any]]]:
    return [(field.attname, field.get_default) for field in model._meta.concrete_fields]


# Of the columns of these fields the database takes what is of these types as it is.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey)
_AS_IT_IS: frozenset[type] = frozenset({str, int, type(None)})


@cache
def _columns(model: type[models.Model]) -> Columns:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    return [(field.attname, _AS_IT_IS if isinstance(field, _PLAIN) else frozenset(), field) for field in fields]


def _values(row: models.Model, columns: Columns) -> list[Any]:
    state = row.__dict__
    return [
        value
        if type(value := state[name]) in plain
        else field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for name, plain, field in columns
    ]


@cache
def _into(model: type[models.Model], vendor: str) -> str:
    quote: Any = connection.ops.quote_name
    names = ", ".join(quote(field.column) for _name, _plain, field in _columns(model))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES "  # noqa: S608  only names


def _marks(count: int) -> str:
    return f"({', '.join(['%s'] * count)})"
