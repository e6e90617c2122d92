"""Real processes beside the test, on the test's own databases."""

import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings
from django.db import connections

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
        [sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def web_server(threads: int = 8, **more: str):
    """A real gunicorn on the test's databases; gives its process and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = shlex.split(f"-k gthread -w 2 --threads {threads} --no-control-socket --log-level critical")
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", url.removeprefix("http://"), *options]
    process = subprocess.Popen(command, env=environment(url, **more), cwd=ROOT, start_new_session=True)
    try:
        until(lambda: answers(f"{url}/healthz"), 30, "the web server answers")
        yield process, url
    finally:
        kill(process)
        end_sessions()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
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
