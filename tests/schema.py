"""What a database is made of, to compare two of them whatever way they came about; and the long way."""

import re

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

SQLITE = "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
POSTGRESQL = """\
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""

NUMBERED = re.compile(r"^(fk_\d+|__unnamed_constraint_\d+__)$")  # names that SQLite does not keep


def one_by_one() -> MigrationExecutor:
    """Runs each migration there is, as on the way of an old database, and not what new ones take in place of many."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    loader.replace_migrations = False
    loader.build_graph()
    for key, migration in loader.replacements.items():
        loader.graph.remove_replacement_node(key, migration.replaces)
    return executor


def described() -> dict[str, object]:
    """By table its columns and constraints, by name its indexes, triggers and the like. Columns may be in any order."""
    with connection.cursor() as cursor:
        cursor.execute(SQLITE if connection.vendor == "sqlite" else POSTGRESQL)
        found: dict[str, object] = {name: " ".join(sql.split()) for name, sql in cursor.fetchall()}
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
            found[table] = {
                "columns": sorted(repr(column) for column in columns),
                "constraints": sorted(
                    repr((NUMBERED.sub("", name), sorted(what.items(), key=str))) for name, what in constraints.items()
                ),
            }
    return found
