"""Real processes beside the test, on the test's own databases."""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings
from django.db import connections

from walkthrough.server import free_port

ROOT = Path(__file__).resolve().parent.parent


def database_url(alias: str) -> str:
    database = connections[alias].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{database['NAME']}"
    host = database["HOST"] or "127.0.0.1"
    return f"postgres://{database['USER']}:{database['PASSWORD']}@{host}:{database['PORT'] or 5432}/{database['NAME']}"


def environment(url: str, **more: str) -> dict[str, str]:
    """What a process of its own needs to meet this test's databases and its live server."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url("default"),
        "SANDBOX_DATABASE_URL": database_url("sandbox"),
        "WECHAT_API_BASE": f"{url}/sandbox",
        "WECHAT_CALLBACK_URL": f"{url}/wechat/callback/",
        "VAR_DIR": str(settings.VAR),
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def python(code: str, env: dict[str, str]) -> subprocess.Popen:
    """Start a Python with Django set up; its output is piped."""
    code = f"import django; django.setup()\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def web_server(threads: int = 8, application: str = "config.wsgi", **more: str):
    """A real gunicorn on the test's databases; gives its process and its address."""
    options = shlex.split(f"-k gthread -w 2 --threads {threads} --no-control-socket --log-level critical")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "-b", f"127.0.0.1:{port}", *options]
    with serving(command, port, **more) as served:
        yield served


def callbacks_server(threads: int = 4, **more: str):
    """The process for WeChat's messages alone."""
    return web_server(threads, "config.wsgi_callbacks", **more)


@contextmanager
def serving(command: list[str], port: int, preexec_fn=None, **more: str):
    """Run a server until the end of the block; gives its process and its address."""
    url = f"http://127.0.0.1:{port}"
    env = environment(url, **more)
    process = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, preexec_fn=preexec_fn)
    try:
        until(lambda: answers(f"{url}/healthz"), 60, "the server answers")
        yield process, url
    finally:
        kill(process)
        end_sessions()


def answers(url: str, **headers: str) -> bool:
    try:
        return requests.get(url, headers=headers, timeout=5 if headers else 1).ok
    except requests.RequestException:
        return False


def until(condition, seconds: float, what: str):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def kill(process: subprocess.Popen) -> None:
    """SIGKILL to it and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def kill_a_child(process: subprocess.Popen) -> None:
    """SIGKILL to one of its children, whichever."""
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    if children:
        os.kill(int(random.choice(children)), signal.SIGKILL)


def end_sessions() -> None:
    """What killed processes leave open for a moment would keep PostgreSQL from dropping the test's database."""
    if connections["default"].vendor == "postgresql":
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
