"""How large each table is, by what the database knows without counting; and the private files."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, models

from .registry import kept_models, model_of
from .words import end_of

FILES_FRESH = 3600  # seconds for which the sizes of folders are not looked at again


class Size(NamedTuple):
    rows: int | None  # about: of PostgreSQL as last analysed, of SQLite at most
    bytes: int | None  # with indexes; SQLite does not tell it without reading the whole file


def of_tables() -> dict[str, Size]:
    """By `app.Model`; tables that join two models are counted with the first of them. One query."""
    tables = {table: kept.label for kept in kept_models() for table in _tables(model_of(kept))}
    found: dict[str, Size] = {}
    for table, rows, size in _postgresql(list(tables)) if connection.vendor == "postgresql" else _sqlite(list(tables)):
        before = found.get(tables[table], Size(None, None))
        is_main = table == apps.get_model(tables[table])._meta.db_table
        total = None if size is None else (before.bytes or 0) + size
        found[tables[table]] = Size(max(rows, 0) if is_main else before.rows, total)
    return found


def _tables(model: type[models.Model]) -> list[str]:
    joins = [field.remote_field.through for field in model._meta.local_many_to_many]
    return [model._meta.db_table, *(join._meta.db_table for join in joins if join and join._meta.auto_created)]


def _postgresql(tables: list[str]) -> list[tuple[str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname = ANY(%s)",
            [tables],
        )
        return cursor.fetchall()


def _sqlite(tables: list[str]) -> list[tuple[str, int, None]]:
    """The highest row number: found at the end of the table."""
    quoted = [(table, connection.ops.quote_name(table)) for table in tables]
    parts = [f"SELECT '{table}', (SELECT MAX(rowid) FROM {name})" for table, name in quoted]  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return [(table, rows or 0, None) for table, rows in cursor.fetchall()]


def of_database() -> int:
    """Bytes of the whole database."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    path = Path(str(connection.settings_dict["NAME"]))
    return path.stat().st_size if path.exists() else 0


def of_folders() -> list[tuple[str, int, int]]:
    """The folders of private files: name, how many files, bytes; looked at once an hour."""
    return cache.get_or_set("folder_sizes", _look_at_folders, FILES_FRESH) or []


def _look_at_folders() -> list[tuple[str, int, int]]:
    root = Path(default_storage.path(""))
    found = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()) if root.exists() else []:
        sizes = [
            os.stat(os.path.join(place, name)).st_size for place, _dirs, names in os.walk(folder) for name in names
        ]
        found.append((folder.name, len(sizes), sum(sizes)))
    return found


def context() -> dict[str, Any]:
    """For the page: each model with its size, its end or the reason why it has none; the largest first."""
    sizes = of_tables()
    rows = [(kept, model_of(kept), sizes.get(kept.label, Size(None, None))) for kept in kept_models()]
    rows.sort(key=lambda row: (-(row[2].bytes or 0), -(row[2].rows or 0), row[0].label))
    return {
        "kept": [
            {"name": model._meta.verbose_name_plural, "label": kept.label, "size": size, "end": end_of(kept)}
            for kept, model, size in rows
        ],
        "folders": of_folders(),
        "database_bytes": of_database(),
    }
