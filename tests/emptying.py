"""How a database is emptied after a test that commits: Django truncates all tables and does what follows a migrate.

Instead, the tables that hold anything are emptied. The rows that were there after the migrate (permissions, roles,
lists, the known scenes) stay, or are all put back where the test changed one of them. The connections stay open: to
make one and to close it takes as long as all the rest.
"""

from contextlib import contextmanager
from functools import cache
from unittest import mock

from django.db import connections, transaction
from django.test import TransactionTestCase

from books.payouts import triggers
from console import append_only
from console.models import FeedEvent

FLUSH = "django.core.management.commands.flush"


@contextmanager
def quick(kept: dict[str, dict[str, list]]):
    """kept: by database, the `rows` that are to be there."""
    changed = dict.fromkeys(kept, False)

    def of_filled(style, connection, **kwargs):
        """No row of the edits can be deleted: their triggers make room."""
        alias = connection.alias
        filled = _filled(connection)
        if alias == "default":
            for guards in (append_only.guards, triggers.guards):
                if any(model._meta.db_table in filled for model in guards.models):
                    guards.drop()
        changed[alias] = any(_rows_of(connection, table) != rows for table, rows in kept[alias].items())
        emptied = [table for table in filled if changed[alias] or table not in kept[alias]]
        return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in emptied]

    def put_back(verbosity, interactive, db, **kwargs):
        connection = connections[db]
        if changed[db]:
            with transaction.atomic(using=db), connection.cursor() as cursor:
                for table, rows in kept[db].items():
                    name = connection.ops.quote_name(table)
                    cursor.execute(f"DELETE FROM {name}")  # once more: a thread of the test may have written meanwhile
                    cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
        if db == "default":  # the triggers have seen all of this
            FeedEvent.objects.all().delete()
        append_only.make(db)
        triggers.make(db)

    stays_open = mock.patch.object(TransactionTestCase, "_should_reload_connections", lambda _case: False)
    with (
        mock.patch(f"{FLUSH}.sql_flush", of_filled),
        mock.patch(f"{FLUSH}.emit_post_migrate_signal", put_back),
        stays_open,
    ):
        yield


def rows(connection) -> dict[str, list]:
    """The rows of each table of a model that is not empty."""
    without = {"django_migrations", "console_feedevent"}
    return {table: _rows_of(connection, table) for table in _filled(connection) if table not in without}


def _filled(connection) -> list[str]:
    """The tables of models that are not empty."""
    with connection.cursor() as cursor:
        cursor.execute(_look_at_all(connection.alias))
        return [table for (table,) in cursor.fetchall()]


@cache
def _look_at_all(alias: str) -> str:
    name = connections[alias].ops.quote_name
    tables = sorted(connections[alias].introspection.django_table_names(only_existing=True, include_views=False))
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name(table)})" for table in tables)


def _rows_of(connection, table: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return cursor.fetchall()
