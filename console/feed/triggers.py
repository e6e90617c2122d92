"""The triggers of the database that write the events of the feed.

They are made after each migrate, from the models' columns. Where a trigger was missing or its text has changed, changes
may have been missed: then all records of its kind are told once as `….known`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connections
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import IndexOperation, ModelOptionOperation

from ..models import FeedEvent
from .kinds import Kind, Part, kinds

COLUMNS = "kind, name, record_id, number, was, now, at"
CLOCK = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
SAME = {"postgresql": "IS NOT DISTINCT FROM", "sqlite": "IS"}
HERE = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
# On PostgreSQL the columns are named in a function and not in the trigger: then they may be changed and dropped.
CREATE = {
    "postgresql": """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $feed$
BEGIN
  IF {condition} THEN
    INSERT INTO console_feedevent ({columns}) VALUES ({values});
  END IF;
  RETURN NULL;
END $feed$;
CREATE TRIGGER {name} AFTER {on} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()""",
    "sqlite": """
CREATE TRIGGER {name} AFTER {on} ON {table} FOR EACH ROW WHEN {condition}
BEGIN
  INSERT INTO console_feedevent ({columns}) VALUES ({values});
END""",
}
DROP = {"postgresql": "DROP FUNCTION {name}() CASCADE", "sqlite": "DROP TRIGGER {name}"}


@dataclass(frozen=True)
class Trigger:
    kind: Kind
    table: str
    on: str  # INSERT, UPDATE or DELETE
    values: str  # what is written, in the order of COLUMNS
    condition: str

    @property
    def name(self) -> str:
        mark = sha256(f"{self.values} {self.condition}".encode()).hexdigest()[:8]
        return f"{_prefix(self.table)}{self.on.lower()}_{mark}"


def make(using: str = "default", **_signal: Any) -> None:
    """After each migrate: make what is missing, drop what is outdated."""
    connection = connections[using]
    if using != "default" or FeedEvent._meta.db_table not in connection.introspection.table_names():
        return
    wanted = {one.name: one for kind in kinds.values() for one in _triggers(kind, connection.vendor)}
    here = _here(connection)
    _drop(connection, here - wanted.keys())
    missing = [one for name, one in wanted.items() if name not in here]
    kinds_of_them = {one.kind.name: one.kind for one in missing}
    whole = [kind for kind in kinds_of_them.values() if _is_whole(connection, kind)]
    with connection.cursor() as cursor:
        for one in [one for one in missing if one.kind in whole]:
            words = {"name": one.name, "on": one.on, "table": one.table, "columns": COLUMNS}
            cursor.execute(CREATE[connection.vendor].format(condition=one.condition, values=one.values, **words))
    for kind in whole:
        _tell_known(connection, kind)


def make_room(plan: Iterable[tuple[Any, bool]], using: str = "default", **_signal: Any) -> None:
    """Before each migrate: drop the triggers of the tables that it changes."""
    if using != "default":
        return
    changed = {
        f"{migration.app_label}_{_model_of(operation)}"
        for migration, _backwards in plan
        for operation in migration.operations
    }
    here = _here(connections[using])
    of_all = FeedEvent._meta.db_table in changed
    _drop(connections[using], {name for name in here if of_all or name.startswith(tuple(map(_prefix, changed)))})


def drop_all(using: str = "default") -> None:
    """For what compares or repairs: `make` makes them anew, and tells all records as known."""
    _drop(connections[using], _here(connections[using]))


def _triggers(kind: Kind, vendor: str) -> Iterator[Trigger]:
    meta = kind.model._meta
    number = _column(kind, kind.number)
    for on, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        name = {"INSERT": kind.created, "DELETE": "deleted"}.get(on, "changed")
        values = _values(kind, vendor, on, name, f"{row}.id", _text(row, number), _column(kind, kind.state), kind.names)
        yield Trigger(kind, meta.db_table, on, values, _condition(on, kind, vendor))
    for part in kind.parts:
        yield from _triggers_of_part(kind, part, vendor)


def _triggers_of_part(kind: Kind, part: Part, vendor: str) -> Iterator[Trigger]:
    for on in part.on:
        row = "OLD" if on == "DELETE" else "NEW"
        values = _values(kind, vendor, on, "changed", f"{row}.{part.of}", "''", _column(part, part.state), part.names)
        yield Trigger(kind, part.model._meta.db_table, on, values, _condition(on, part, vendor))


def _values(kind: Kind, vendor: str, on: str, name: str, key: str, number: str, state: str, names: Any) -> str:
    said = f"'{kind.name}.{name}'"
    if state and names and on == "UPDATE":
        cases = " ".join(f"WHEN {_literal(value)} THEN '{kind.name}.{event}'" for value, event in names.items())
        said = (
            f"CASE WHEN OLD.{state} {SAME[vendor]} NEW.{state} THEN {said} "
            f"ELSE CASE NEW.{state} {cases} ELSE {said} END END"
        )
    was = _text("OLD", state) if on != "INSERT" else "''"
    now = _text("NEW", state) if on != "DELETE" else "''"
    return f"'{kind.name}', {said}, {key}, {number}, {was}, {now}, {CLOCK[vendor]}"


def _column(told: Kind | Part, name: str) -> str:
    return next((str(field.column) for field in told.model._meta.concrete_fields if field.name == name), "")


def _text(row: str, column: str) -> str:
    return f"COALESCE(CAST({row}.{column} AS VARCHAR(120)), '')" if column else "''"


def _literal(value: Any) -> str:
    return str(int(value)) if isinstance(value, int) else f"'{value}'"


def _condition(on: str, told: Kind | Part, vendor: str) -> str:
    if on != "UPDATE":
        return "1 = 1"
    fields = told.model._meta.concrete_fields
    only = getattr(told, "only", ()) or [field.name for field in fields if field.name not in told.quiet]
    columns = [field.column for field in fields if field.name in only]
    return " OR ".join(f"NOT (OLD.{column} {SAME[vendor]} NEW.{column})" for column in columns)


def _is_whole(connection: Any, kind: Kind) -> bool:
    """Whether the tables are as the models are: not where only a part of the migrations was run."""
    for model in (kind.model, *(part.model for part in kind.parts)):
        with connection.cursor() as cursor:
            if model._meta.db_table not in connection.introspection.table_names(cursor):
                return False
            here = {
                column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)
            }
        if not {field.column for field in model._meta.concrete_fields} <= here:
            return False
    return True


def _tell_known(connection: Any, kind: Kind) -> None:
    """Tell all records of a kind as known; webhooks are not sent for these."""
    number = _text(kind.model._meta.db_table, _column(kind, kind.number))
    state = _text(kind.model._meta.db_table, _column(kind, kind.state))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO console_feedevent ({COLUMNS}) "  # noqa: S608  names of our own tables and columns
            f"SELECT '{kind.name}', '{kind.name}.known', id, {number}, '', {state}, {CLOCK[connection.vendor]} "
            f"FROM {kind.model._meta.db_table} ORDER BY id"
        )


def _model_of(operation: Operation) -> str:
    if isinstance(operation, IndexOperation | ModelOptionOperation):
        return ""
    named = [getattr(operation, name, "") for name in ("model_name", "old_name", "name")]
    return str(next((name for name in named if name), "")).lower()


def _here(connection: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(HERE[connection.vendor])
        return {name for (name,) in cursor.fetchall() if name.startswith("feed_")}


def _prefix(table: str) -> str:
    return f"feed_{table}_"


def _drop(connection: Any, names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(DROP[connection.vendor].format(name=name))
