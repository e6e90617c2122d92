"""A whole console in processes of its own, each of whose dependencies can be taken away, frozen, slowed and filled."""

import itertools
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
import requests
from django.db import connections

from tests.factories import order_body
from tests.processes import callbacks_server, environment, kill, until, web_server
from tests.servers import Postgres, freeze, listens, program, thaw
from tests.test_kills import push
from walkthrough.server import free_port

IN_TIME = 2.5  # seconds: two, and a bit for a busy machine
numbers = itertools.count()


class Server:
    """A process that listens, and can be started again at the same port."""

    def __init__(self, command: list[str], port: int, env: dict[str, str] | None = None) -> None:
        self.command, self.port, self.env = command, port, env
        self.start()

    def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, env=self.env, start_new_session=True, **quiet)
        until(lambda: listens(self.port), 60, f"{self.command[0]} listens")

    def stop(self) -> None:
        kill(self.process)


def own_redis() -> Server:
    port = free_port()
    return Server([program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port)


def own_platform(folder: Path) -> Server:
    """The sandbox in a process that serves nothing else, on a copy of the tests' database of the sandbox."""
    copied("sandbox", folder / "sandbox.sqlite3")
    port = free_port()
    mine = {name: f"sqlite:///{folder}/{name}.sqlite3" for name in ("nothing", "sandbox")}
    env = environment(
        f"http://127.0.0.1:{port}",
        DATABASE_URL=mine["nothing"],
        SANDBOX_DATABASE_URL=mine["sandbox"],
        VAR_DIR=str(folder),
    )
    options = ["-k", "gthread", "--threads", "4", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    return Server([sys.executable, "-m", "gunicorn", "config.wsgi", *options], port, env)


def copied(alias: str, to: Path) -> None:
    with (
        closing(sqlite3.connect(connections[alias].settings_dict["NAME"])) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)


def own_rabbitmq(folder: Path) -> "RabbitMQ":
    folder.mkdir()
    return RabbitMQ(folder, free_port())


class RabbitMQ(Server):
    """A node of its own, in a folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.node = f"tests{port}@localhost"
        kept = {"RABBITMQ_MNESIA_BASE": folder, "RABBITMQ_LOG_BASE": folder, "HOME": folder}
        env = {
            **os.environ,
            **{name: str(value) for name, value in kept.items()},
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            # None of the machine's own.
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "none"),
        }
        # Debian's own command would change to a user who cannot see this folder.
        self.programs = next(Path(program("rabbitmqctl")).resolve().parent.parent.glob("lib/*/sbin"))
        super().__init__([str(self.programs / "rabbitmq-server")], port, env)

    def start(self) -> None:
        super().start()
        self.control("await_startup")

    def control(self, *what: str) -> None:
        command = [str(self.programs / "rabbitmqctl"), "--node", self.node, *what]
        subprocess.run(command, env=self.env, check=True, capture_output=True)


class SQLite:
    """What stands for the server of an embedded database: the write lock, held by somebody else."""

    def __init__(self, path: Path) -> None:
        copied("default", path)
        self.path, self.address = path, f"sqlite:///{path}"

    def rows(self, statement: str) -> int:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return (connection.execute(statement).fetchone() or [0])[0]

    @contextmanager
    def frozen(self, longest: float = 60):
        how = {"isolation_level": None, "timeout": 20, "check_same_thread": False}
        with closing(sqlite3.connect(self.path, **how)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            release = threading.Timer(longest, holder.rollback)
            release.start()
            yield
            release.cancel()
            release.join()
            holder.rollback()

    def stop(self) -> None:
        pass


class PostgreSQL(Postgres):
    """A server of its own, with what the tests' database has."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        mine = connections["default"].settings_dict
        env = {**os.environ, "PGPASSWORD": mine["PASSWORD"] or ""}
        where = ["-h", mine["HOST"] or "127.0.0.1", "-p", str(mine["PORT"] or 5432), "-U", mine["USER"]]
        dump = [program("pg_dump"), *where, "--no-owner", mine["NAME"]]
        text = subprocess.run(dump, env=env, check=True, capture_output=True).stdout
        load = [program("psql"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "console", "postgres"]
        subprocess.run(load, input=text, check=True, capture_output=True)

    def rows(self, statement: str) -> int:
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else 0


class Console:
    """The processes, where they are, and what they depend on."""

    def __init__(
        self, folder: Path, signs_in: dict[str, str], key: dict[str, str], ends: ExitStack, has_rabbitmq: bool
    ) -> None:
        self.signs_in, self.key, self.kept = signs_in, key, 0
        self.disk = ends.enter_context(small_disk(folder / "var", 32))
        self.is_embedded = connections["default"].vendor == "sqlite"
        more = {"VAR_DIR": str(self.disk), "WEB_CALLS": "5", "WECHAT_READ_TIMEOUT": "3", "WECHAT_CONNECT_TIMEOUT": "1"}
        if self.is_embedded:
            self.database = SQLite(self.disk / "console.sqlite3")
            more |= {"CELERY_BROKER_URL": "filesystem://", "BROKER_DIR": str(self.disk / "broker")}
        else:
            folder.chmod(0o755)  # PostgreSQL does not run as root
            self.place = ends.enter_context(small_disk(folder / "postgresql", 256))
            self.database, self.cache = PostgreSQL(self.place), own_redis()
            self.broker = own_rabbitmq(folder / "rabbitmq") if has_rabbitmq else own_redis()
            ends.callback(self.cache.stop)
            ends.callback(self.broker.stop)
            more["CACHE_URL"] = f"redis://127.0.0.1:{self.cache.port}/0"
            broker = "amqp://guest:guest@127.0.0.1:{}//" if has_rabbitmq else "redis://127.0.0.1:{}/0"
            more["CELERY_BROKER_URL"] = broker.format(self.broker.port)
        ends.callback(self.database.stop)
        self.platform = own_platform(folder)
        ends.callback(lambda: self.platform.stop())
        more |= {
            "DATABASE_URL": self.database.address,
            "WECHAT_API_BASE": f"http://127.0.0.1:{self.platform.port}/sandbox",
        }
        _process, self.web = ends.enter_context(web_server(8, **more))
        _process, self.callbacks = ends.enter_context(callbacks_server(4, **more))

    def asked(self) -> dict[str, object]:
        """What it answers now, to everybody at the same time."""
        parts = {
            "message": lambda: self._message(self.callbacks),
            "message at the web": lambda: self._message(self.web),
            "health": lambda: within(IN_TIME, lambda: requests.get(f"{self.web}/healthz", timeout=5).status_code),
            "order": lambda: within(20, self._order),
            "sign-in": lambda: within(25, self._sign_in),
        }
        with ThreadPoolExecutor(len(parts)) as people:
            waiting = {name: people.submit(part) for name, part in parts.items()}
            return {name: each.result() for name, each in waiting.items()}

    def _message(self, url: str) -> object:
        status = within(IN_TIME, lambda: push(f"{url}/wechat/callback/", next(numbers)).status_code)
        self.kept += status == 200
        return status

    def _order(self) -> int:
        return requests.post(f"{self.web}/api/v1/orders/", json=order_body(), headers=self.key, timeout=30).status_code

    def _sign_in(self) -> int:
        browser, url = requests.Session(), f"{self.web}/admin/login/"
        browser.get(url, timeout=30)
        form = {**self.signs_in, "csrfmiddlewaretoken": browser.cookies.get("csrftoken", "")}
        return browser.post(url, form, allow_redirects=False, timeout=30).status_code

    def mended(self) -> bool:
        """Whether the database is back; then an endpoint of WeChat that rests goes on at once."""
        try:
            self.database.rows("UPDATE wechat_pace SET timeouts = 0, paused_until = 0")
        except (psycopg.OperationalError, sqlite3.OperationalError):
            return False
        return True

    def messages(self) -> int:
        return self.database.rows("SELECT COUNT(*) FROM wechat_callback")


def within(seconds: float, call) -> object:
    """What it returns, or the error's name; with the time it took where that was too long."""
    began = time.monotonic()
    try:
        answer = call()
    except requests.RequestException as error:
        answer = type(error).__name__
    took = time.monotonic() - began
    return answer if took < seconds else f"{answer} after {took:.1f} s"


@contextmanager
def small_disk(folder: Path, megabytes: int):
    """A disk of its own in this folder."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here, which takes root: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def away(server):
    server.stop()
    yield
    server.start()


@contextmanager
def frozen(server):
    freeze(server.process)
    yield
    thaw(server.process)


@contextmanager
def slow(fault):
    """Frozen for a fifth of a second, again and again; `fault` makes it so once."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            with fault():
                time.sleep(0.2)
            time.sleep(0.1)

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    stop.set()
    thread.join()


@contextmanager
def full_disk(folder: Path):
    """Not one byte more."""
    filling = folder / "filling"
    with filling.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    yield
    filling.unlink()


@contextmanager
def full_redis(server: Server):
    client = redis.Redis(port=server.port)
    client.config_set("maxmemory", 1)
    yield
    client.config_set("maxmemory", 0)


@contextmanager
def full_rabbitmq(server: RabbitMQ):
    """It takes nothing more: whoever sends is made to wait."""
    server.control("set_vm_memory_high_watermark", "absolute", "1")
    yield
    server.control("set_vm_memory_high_watermark", "0.4")


@contextmanager
def folder_away(folder: Path):
    """A folder that is not there, and cannot be made."""
    gone = folder.rename(folder.with_name("gone"))
    folder.write_text("a file")
    yield
    folder.unlink()
    gone.rename(folder)
