"""Migrations run beside the version before: nothing they do stands in its way, and no message is lost meanwhile.

`released_migrations.txt` has those of the last release; whoever releases writes it anew (CONTRIBUTING).
"""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest
import requests
from django.apps import apps
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tests.processes import ROOT, answers, environment, kill, python, until
from tests.schema import described, one_by_one
from tests.wechat.test_callbacks import event, signed
from walkthrough.server import free_port

RELEASED = set((ROOT / "tests/released_migrations.txt").read_text().split())
# Faults that the linter finds and that hurt nobody, with the reason.
HARMLESS = {
    "console.0018_one_count_a_day": "The version before logs that it cannot count requests of keys, and answers them.",
}
RATE, SECONDS = 100, 12
TRIES = 3  # of WeChat, for each message


def ours() -> list[str]:
    """The migrations of our apps, as app.name; not what a new database takes in place of many."""
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} - {"sandbox"}
    labels = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in folders}
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values()
    return sorted(f"{one.app_label}.{one.name}" for one in found if one.app_label in labels and not one.replaces)


def test_what_was_released_is_still_there():
    assert set(ours()) >= RELEASED


def test_the_sandboxs_database_has_its_own_migrations_and_no_others():
    applied = MigrationRecorder(connections["sandbox"]).applied_migrations()
    assert set(applied) == {key for key in MigrationLoader(None).disk_migrations if key[0] == "sandbox"}


def test_a_database_goes_on_from_wherever_it_is(monkeypatch):
    """Django refuses a history in which something is applied before what it needs, and no app's way may say so."""
    graph = one_by_one().loader.graph
    way = {key for key in graph.nodes if key[0] != "sandbox"}
    whole = {key: set(one.replaces) for key, one in MigrationLoader(None).disk_migrations.items() if one.replaces}
    for last in sorted(way.intersection([*graph.root_nodes(), *graph.leaf_nodes()])):
        here = dict.fromkeys(graph.forwards_plan(last))  # an app's first or last, what it needs, and nothing else
        here |= dict.fromkeys(key for key, parts in whole.items() if parts <= here.keys())  # noted after each migrate
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _recorder, here=here: dict(here))
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        plan = [one for one, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]
        taken = [key for one in plan for key in one.replaces or [(one.app_label, one.name)] if key[0] != "sandbox"]
        assert sorted(taken) == sorted(way - here.keys())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite makes tables anew; its SQL tells nothing")
def test_new_migrations_let_the_version_before_go_on():
    from django_migration_linter.migration_linter import MigrationLinter
    from django_migration_linter.sql_analyser import analyse_sql_statements

    linter = MigrationLinter(str(ROOT), no_cache=True, no_output=True)
    found = {}
    for name in sorted(set(ours()) - RELEASED - HARMLESS.keys()):
        statements = linter.get_sql(*name.split(".", 1))
        errors, _ignored, _warnings = analyse_sql_statements(linter.sql_analyser_class, statements)
        if errors:
            found[name] = [error.message for error in errors]
    assert found == {}


RELEASE = """
from django.db import connection
from tests.schema import one_by_one
executor = one_by_one()
last = dict(name.split('.', 1) for name in sorted({released!r}))
others = [key for key in executor.loader.graph.leaf_nodes() if key[0] not in (*last, 'sandbox', *{new!r})]
executor.migrate([*others, *last.items()])
"""
DESCRIBE = "import json; from tests.schema import described; print(json.dumps(described()))"
CHANGE = """
from django.db import connection
with connection.schema_editor() as editor:
    editor.execute("ALTER TABLE wechat_callback ADD COLUMN of_a_later_version varchar(20) NULL")
    editor.execute("CREATE INDEX of_a_later_version ON wechat_callback (of_a_later_version)")
"""
TAKE_BACK = """
from django.db import connection
with connection.schema_editor() as editor:
    editor.execute("DROP INDEX of_a_later_version")
    editor.execute("ALTER TABLE wechat_callback DROP COLUMN of_a_later_version")
"""


def release() -> str:
    """What migrates to the last release; the apps that are newer have no tables then."""
    apps_of_it = {name.partition(".")[0] for name in RELEASED}
    newer = {name.partition(".")[0] for name in ours()} - apps_of_it
    return RELEASE.format(released=sorted(RELEASED), new=sorted(newer))


@contextmanager
def last_release(folder):
    """The environment of processes on a database as the last release left it."""
    if connection.vendor == "sqlite":
        env = environment("http://127.0.0.1:9", DATABASE_URL=f"sqlite:///{folder}/release.sqlite3", VAR_DIR=str(folder))
        finish(release(), env)
        yield env
        return
    settings = connection.settings_dict
    server = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT'] or 5432}"
    name = f"x_release_{time.time_ns()}"
    with closing(psycopg.connect(f"postgresql://{server}/postgres", autocommit=True)) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            address = f"postgres://{server}/{name}"
            env = environment("http://127.0.0.1:9", DATABASE_URL=address, VAR_DIR=str(folder))
            finish(release(), env)
            yield env
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def finish(code: str, env: dict) -> str:
    process = python(code, env)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    return out


class Stream:
    """Messages at a steady rate, each repeated as WeChat repeats it where it is not answered with “success”."""

    def __init__(self, url: str) -> None:
        self.url, self.sent, self.lost, self.repeated = url, 0, [], 0
        self.waiting: queue.Queue = queue.Queue()

    def run(self, stop: threading.Event) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            while not stop.is_set():
                self.sent += 1
                pool.submit(self._send, self.sent)
                time.sleep(max(0, began + self.sent / RATE - time.monotonic()))

    def _send(self, number: int) -> None:
        for _nth in range(TRIES):
            address, body = signed(event("nobody_listens", number).encode())
            try:
                answer = requests.post(f"{self.url}{address}", body, timeout=5, headers={"X-Forwarded-Proto": "https"})
                if answer.text == "success":
                    return
            except requests.RequestException:
                pass
            self.repeated += 1
            time.sleep(5)
        self.lost.append(number)


@pytest.mark.processes
def test_no_message_is_lost_while_a_version_is_put_in_place_of_the_last(tmp_path):
    with last_release(tmp_path) as env:
        url = f"http://127.0.0.1:{free_port()}"
        options = "-k gthread -w 2 --threads 8 --graceful-timeout 25 --no-control-socket --log-level critical"
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", url.removeprefix("http://"), *options.split()]
        web = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True)
        stop, stream = threading.Event(), Stream(url)
        streaming = threading.Thread(target=stream.run, args=[stop])
        try:
            until(lambda: answers(f"{url}/healthz"), 60, "the web answers")
            streaming.start()
            began = time.monotonic()
            migrate = subprocess.run([sys.executable, "manage.py", "migrate"], env=env, cwd=ROOT, capture_output=True)
            assert migrate.returncode == 0, migrate.stderr.decode()[-2000:]
            finish(CHANGE, env)
            web.send_signal(signal.SIGHUP)  # new workers; the old ones finish what they have
            stop.wait(max(3.0, began + SECONDS - time.monotonic()))
        finally:
            stop.set()
            streaming.join()
            web.send_signal(signal.SIGTERM)
            ended = time.monotonic()
            web.wait(60)
            took = time.monotonic() - ended
            kill(web)
        stored = finish("from wechat.models import Callback; print(Callback.objects.count())", env)
        assert (stream.lost, int(stored.split()[-1])) == ([], stream.sent)
        assert took < 30
        finish(TAKE_BACK, env)
        assert json.loads(finish(DESCRIBE, env)) == described()  # as a database that is new, and so migrated in one go
        print(f"{stream.sent} messages, {stream.repeated} repeated")
