"""Dependency by fault: what goes on while one of them is away, frozen, slow or full, with real processes.

The rows of SQLite and the file broker run where the tests' database is SQLite; those of PostgreSQL, Redis and RabbitMQ
where it is PostgreSQL.
"""

import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from tests.factories import make_key, make_user
from tests.processes import until
from tests.whole_console import Console, away, folder_away, frozen, full_disk, full_rabbitmq, full_redis, slow

pytestmark = pytest.mark.processes
FINE = {"message": 200, "message at the web": 200, "health": 200, "order": 201, "sign-in": 302}
KEPT = {200, 503}  # whichever of the two: what is answered 200 has its row
NO_DATABASE = {"message": {503}, "message at the web": {503}, "order": {500, 503}, "sign-in": {500, 503}}
NO_ROOM = {"message": KEPT, "message at the web": KEPT, "order": {201, 500, 503}, "sign-in": {302, 500, 503}}
NO_WECHAT = {"order": {503}}

EMBEDDED = {
    "broker away": (lambda c: folder_away(c.disk / "broker"), {}),
    "database slow": (lambda c: slow(c.database.frozen), {}),
    # Somebody else's write lock: people and orders wait for it, messages do not.
    "database frozen": (lambda c: c.database.frozen(6), {"message": {503}, "message at the web": {503}}),
    "database and disk full": (lambda c: full_disk(c.disk), NO_ROOM),
}
GROWN = {
    "cache away": (lambda c: away(c.cache), {}),
    "cache slow": (lambda c: slow(partial(frozen, c.cache)), {}),
    "cache frozen": (lambda c: frozen(c.cache), {}),
    "cache full": (lambda c: full_redis(c.cache), {}),
    "broker away": (lambda c: away(c.broker), {}),
    "broker slow": (lambda c: slow(partial(frozen, c.broker)), {}),
    "broker frozen": (lambda c: frozen(c.broker), {}),
    "broker full": (lambda c: full_redis(c.broker), {}),
    "database away": (lambda c: away(c.database), NO_DATABASE),
    "database slow": (lambda c: slow(partial(frozen, c.database)), {}),
    "database frozen": (lambda c: frozen(c.database), NO_DATABASE),
    "database full": (lambda c: full_disk(c.place), NO_ROOM),
    "disk full": (lambda c: full_disk(c.disk), {}),
}
BOTH = {
    "nothing": (lambda c: ExitStack(), {}),
    "WeChat away": (lambda c: away(c.platform), NO_WECHAT),
    "WeChat slow": (lambda c: slow(partial(frozen, c.platform)), {}),
    "WeChat frozen": (lambda c: frozen(c.platform), NO_WECHAT),
}
RABBITMQ = {
    "RabbitMQ fine": (lambda c: ExitStack(), {}),
    "RabbitMQ away": (lambda c: away(c.broker), {}),
    "RabbitMQ slow": (lambda c: slow(partial(frozen, c.broker)), {}),
    "RabbitMQ frozen": (lambda c: frozen(c.broker), {}),
    "RabbitMQ full": (lambda c: full_rabbitmq(c.broker), {}),
}
TABLE = BOTH | (EMBEDDED if connections["default"].vendor == "sqlite" else GROWN | RABBITMQ)


@pytest.fixture(scope="module")
def console(request, django_db_setup, django_db_blocker):
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        django_db_blocker.unblock(),
        ExitStack() as ends,
    ):
        person, (_key, header) = make_user("owner"), make_key("orders")
        try:
            signs_in = {"username": person.username, "password": "pass word 1"}
            whole = Console(Path(folder), signs_in, header, ends, has_rabbitmq=request.param)
        finally:
            call_command("flush", verbosity=0, interactive=False)  # they are in the console's own database now
        until(lambda: whole.asked() == FINE, 30, "all goes well")
        yield whole


@pytest.mark.parametrize(
    ("console", "row"), [(row in RABBITMQ, row) for row in TABLE], indirect=["console"], ids=list(TABLE)
)
def test_each_dependency_fails_alone(console, row):
    fault, expected = TABLE[row]
    with fault(console):
        answers = console.asked()
    until(console.mended, 20, "the database is back")
    unexpected = {name: answer for name, answer in answers.items() if answer not in expected.get(name, {FINE[name]})}
    assert unexpected == {}
    until(lambda: console.asked() == FINE, 20, "it goes on by itself")
    assert console.messages() >= console.kept
