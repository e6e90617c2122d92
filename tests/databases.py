"""Migrated databases, kept for the same code and copied by every process of the tests and benchmarks.

To migrate takes half a minute, to copy a second. `rm -r var/tests` lets the next process migrate anew.
"""

import fcntl
import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db.backends.base.creation import BaseDatabaseCreation

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "tests"
migrated = BaseDatabaseCreation.create_test_db


def share() -> None:
    """Let Django's test databases be copies, in this process."""
    BaseDatabaseCreation.create_test_db = create_test_db


def create_test_db(creation, verbosity=1, autoclobber=False, keepdb=False, **options) -> str:
    """Takes the place of Django's."""
    connection, name = creation.connection, creation._get_test_db_name()
    if keepdb:
        return migrated(creation, verbosity, autoclobber, keepdb=True, **options)
    with _one_at_a_time(connection.alias):
        if not _copied(connection, name):
            migrated(creation, verbosity=0, autoclobber=True, **options)
            _keep(connection)
            return name
    if options.get("serialize"):
        connection._test_serialized_contents = creation.serialize_db_to_string()
    return name


@contextmanager
def _one_at_a_time(alias: str):
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{alias}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copied(connection, name: str) -> bool:
    """Fill a new database of this name from the one that is kept; whether one is."""
    if not _exists(connection):
        return False
    connection.close()
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = _template()
    connection.creation._create_test_db(0, autoclobber=True)
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(_file(connection))) as source:
            source.backup(connection.connection)
    return True


def _keep(connection) -> None:
    """Keep a copy of what was migrated, and none of other code."""
    if connection.vendor == "postgresql":
        source = connection.settings_dict["NAME"]
        connection.close()
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_migrated\_%'")
            for (older,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{older}"')
            cursor.execute(f'CREATE DATABASE "{_template()}" TEMPLATE "{source}"')
        return
    for older in KEPT.glob(f"{connection.alias}-*.sqlite3"):
        older.unlink()
    connection.ensure_connection()
    with closing(sqlite3.connect(part := KEPT / f"{connection.alias}.part")) as target:
        connection.connection.backup(target)
    part.rename(_file(connection))


def _exists(connection) -> bool:
    if connection.vendor == "sqlite":
        return _file(connection).exists()
    with connection.creation._nodb_cursor() as cursor:
        return connection.creation._database_exists(cursor, _template())


def _file(connection) -> Path:
    return KEPT / f"{connection.alias}-{_code()}.sqlite3"


def _template() -> str:
    return f"test_migrated_{_code()}"


@cache
def _code() -> str:
    """A hash of all apps' code: what may decide on tables, triggers and the rows that are there after a migrate."""
    ours = {
        Path(app.path).relative_to(ROOT).parts[0] for app in apps.get_app_configs() if ROOT in Path(app.path).parents
    }
    code = sha256(django.__version__.encode())
    for path in sorted(path for folder in ours if not folder.startswith(".") for path in (ROOT / folder).rglob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()[:16]
