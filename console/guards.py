"""Triggers by which the database itself refuses what nobody may do to a row, whoever asks it.

They are dropped before a migrate of their app's tables; after each migrate those are made that are missing, or whose
text has changed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections, models

# Names and texts; on PostgreSQL one that is switched off does not count as there.
HERE = {
    "postgresql": "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON tgfoid = pg_proc.oid "
    "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
}
SQLITE = "CREATE TRIGGER {name} BEFORE {on} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{says}'); END"
POSTGRESQL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  {first}
  IF {when} THEN
    RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN {row};
END $guard$;
CREATE TRIGGER {name} BEFORE {on} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"""
DROP = {"postgresql": "DROP FUNCTION {name}() CASCADE", "sqlite": "DROP TRIGGER {name}"}
ROWS = {"DELETE": "OLD", "TRUNCATE": "NULL"}  # what a trigger gives back; else NEW


class Rule(NamedTuple):
    table: str
    on: str  # INSERT, UPDATE, DELETE, or TRUNCATE (PostgreSQL)
    when: str  # SQL of NEW and OLD: then it is refused
    says: str
    first: str = ""  # PostgreSQL: a statement before that


def differs(vendor: str, fields: Iterable[Any]) -> str:
    """Whether a column of one of these fields is changed."""
    sign = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f"NEW.{field.column} {sign} OLD.{field.column}" for field in fields)


@dataclass(frozen=True)
class Guards:
    """The rules of some models of an app; the triggers' names begin with `prefix`."""

    prefix: str
    app_label: str
    models: tuple[type[models.Model], ...]
    rules: Callable[[str], Iterable[Rule]]  # of a database's vendor

    def make(self, using: str = "default", **_signal: Any) -> None:
        """After each migrate, where all of the tables are there."""
        connection = connections[using]
        tables = {model._meta.db_table for model in self.models}
        if using != "default" or not tables <= set(connection.introspection.table_names()):
            return
        here = self._here(connection)
        outdated = [(name, sql) for name, sql in self._wanted(connection.vendor) if here.get(name, "\0") not in sql]
        self._drop(connection, self._here(connection, also_disabled=True).keys() & dict(outdated))
        with connection.cursor() as cursor:
            for _name, sql in outdated:
                cursor.execute(sql)

    def make_room(self, plan: Iterable[tuple[Any, bool]], using: str = "default", **_signal: Any) -> None:
        """Before a migrate of these tables."""
        if using == "default" and any(migration.app_label == self.app_label for migration, _backwards in plan):
            self.drop(using)

    def drop(self, using: str = "default") -> None:
        self._drop(connections[using], self._here(connections[using], also_disabled=True))

    def missing(self) -> list[str]:
        """The names of the triggers that are not there, or switched off."""
        connection = connections["default"]
        here = self._here(connection)
        return [name for name, _sql in self._wanted(connection.vendor) if name not in here]

    def _wanted(self, vendor: str) -> Iterator[tuple[str, str]]:
        for rule in self.rules(vendor):
            name = f"{self.prefix}{rule.table}_{rule.on.lower()}"
            words = {"name": name, "each": "STATEMENT" if rule.on == "TRUNCATE" else "ROW"}
            words["row"] = ROWS.get(rule.on, "NEW")
            yield name, (SQLITE if vendor == "sqlite" else POSTGRESQL).format(**rule._asdict(), **words)

    def _drop(self, connection: Any, names: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            for name in sorted(names):
                cursor.execute(DROP[connection.vendor].format(name=name))

    def _here(self, connection: Any, *, also_disabled: bool = False) -> dict[str, str]:
        sql = HERE[connection.vendor]
        if also_disabled:
            sql = sql.replace(" AND tgenabled IN ('O', 'A')", "")
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return {name: text for name, text in cursor.fetchall() if name.startswith(self.prefix)}
