"""The databases of pytest's processes: the first one migrates, each works on a copy."""

import fcntl
import os
from unittest import mock

import pytest
from django.conf import settings
from django.db.backends.base.creation import BaseDatabaseCreation

WORKER = os.environ.get("PYTEST_XDIST_WORKER")

migrated = BaseDatabaseCreation.create_test_db


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """Names no database of this process: `copied` does, from the one that all are copies of."""
    if not WORKER:
        yield
        return
    with mock.patch.object(BaseDatabaseCreation, "create_test_db", copied):
        yield


def copied(creation, verbosity=1, autoclobber=False, serialize=True, keepdb=False) -> str:
    """Takes the place of Django's `create_test_db`; the last process to copy removes the migrated database."""
    connection, source = creation.connection, creation._get_test_db_name()
    with (settings.VAR / f"test-{connection.alias}.copies").open("a+") as copies:
        fcntl.flock(copies, fcntl.LOCK_EX)
        copies.seek(0)
        names = [*copies.read().split(), WORKER]
        if names == [WORKER]:
            migrated(creation, verbosity=0, autoclobber=True, serialize=False)
        connection.close()
        connection.settings_dict["NAME"] = source
        creation.clone_test_db(suffix=WORKER, verbosity=0)
        print(WORKER, file=copies)
        if len(names) == int(os.environ["PYTEST_XDIST_WORKER_COUNT"]):
            creation._destroy_test_db(source, 0)
    name = creation.get_test_db_clone_settings(WORKER)["NAME"]
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    if serialize:
        connection._test_serialized_contents = creation.serialize_db_to_string()
    connection.ensure_connection()
    return name
