"""The database of a backup: SQLite by its backup API, PostgreSQL by pg_dump and pg_restore.

Both take one state of all tables, while others write.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection, transaction

NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
Counts = dict[str, int]


def name() -> str:
    return NAMES[connection.vendor]


def dump(folder: Path) -> Counts:
    """Write the database into the folder; returns the rows of each table in it."""
    return _dump_sqlite(folder) if connection.vendor == "sqlite" else _dump_postgresql(folder)


def load(folder: Path) -> None:
    """Replace all that is in the database by that of the folder."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(folder / name())) as source, _own() as target:
            source.backup(target)  # in one transaction of the target
    else:
        _drop_tables()
        options = ["--clean", "--if-exists", "--single-transaction", "--exit-on-error", *OWNERLESS]
        _run("pg_restore", [*options, "--dbname", *_place(), str(folder / name())])
    connection.close()


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def count(names: Iterable[str]) -> Counts:
    """The rows of each of these tables."""
    counts = {}
    with connection.cursor() as cursor:
        for table in names:
            cursor.execute(_counting(table))
            counts[table] = int(cursor.fetchone()[0])
    return counts


OWNERLESS = ("--no-owner", "--no-privileges")


def _dump_sqlite(folder: Path) -> Counts:
    path = folder / name()
    with closing(sqlite3.connect(path)) as target:
        with _own() as source:
            source.backup(target)  # in one read transaction, which keeps nobody from writing
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return {table: target.execute(_counting(table)).fetchone()[0] for table in _ours()}


@contextmanager
def _own() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60)) as opened:
        yield opened


def _dump_postgresql(folder: Path) -> Counts:
    """pg_dump sees the very state that is counted here: the snapshot of this transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        options = ["--format=custom", f"--snapshot={cursor.fetchone()[0]}", f"--file={folder / name()}", *OWNERLESS]
        _run("pg_dump", [*options, *_place()])
        return count(_ours())


def _ours() -> list[str]:
    """The tables of models, and not those of an index, of which SQLite cannot tell the rows."""
    return [*connection.introspection.django_table_names(only_existing=True, include_views=False), "django_migrations"]


def _counting(table: str) -> str:
    return f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}"  # noqa: S608  one of our tables


def _drop_tables() -> None:
    """All that is there: a table of a later version would stand in the way of pg_restore, or stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")


def _place() -> list[str]:
    """The database's name, then where it is."""
    arguments, _environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return [arguments[-1], *arguments[1:-1]]


def _run(program: str, arguments: list[str]) -> None:
    found = shutil.which(program)
    if not found:
        raise CommandError(f"{program} is not installed; on Debian and Ubuntu: apt-get install postgresql-client")
    _arguments, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    done = subprocess.run(  # noqa: S603  our own settings
        [found, *arguments], env={**os.environ, **(environment or {})}, capture_output=True, text=True
    )
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")
