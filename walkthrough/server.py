"""The walkthrough's own server: `manage.py run` on a free port, with all data in a temporary folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from django.conf import settings

from .client import Failed

READY = 240  # seconds the server may take to start; where it ends by itself nothing waits
USERNAME = "owner"  # `run` creates this user with DEMO_PASSWORD


@contextmanager
def own_server() -> Iterator[tuple[str, str, str]]:
    """Start it; yields its address, user name and password. Deletes everything afterwards."""
    port, callbacks_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="walkthrough-", ignore_cleanup_errors=True) as folder:
        env = _environment(folder)
        said = Path(folder) / "run.log"
        with (
            said.open("w") as log,
            subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "manage.py", "run", f"--port={port}", f"--callbacks-port={callbacks_port}"],
                env=env,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ) as server,
        ):
            try:
                url = f"http://127.0.0.1:{port}"
                _wait_until_ready(server, url, said)
                yield url, USERNAME, env["DEMO_PASSWORD"]
            finally:
                _stop(server)


def free_port() -> int:
    """One that is free now, and that no outgoing connection gets: those take theirs from 32768 on."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def _environment(folder: str) -> dict[str, str]:
    """This process's environment variables, without those of its data and its mini program."""
    others = ("WECHAT_", "DATABASE", "CELERY")
    env = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return env | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "on",
        "LOG_LEVEL": "ERROR",
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/console.sqlite3",
        "SANDBOX_DATABASE_URL": f"sqlite:///{folder}/sandbox.sqlite3",
        "CELERY_BROKER_URL": "filesystem://",
        "CACHE_URL": "locmemcache://",
        "DEMO_FILE": str(Path(folder) / "demo.json"),
        "DEMO_PASSWORD": secrets.token_hex(8),
        "SANDBOX_ACCESS": "closed",
        "SANDBOX_MERCHANT": "closed",
    }


def _wait_until_ready(server: subprocess.Popen, url: str, said: Path) -> None:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if requests.get(f"{url}/healthz", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.3)
    raise Failed(f"The server of its own did not start. Try `make run` to see why.\n{said.read_text()[-2000:]}")


def _stop(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
