"""Servers of a test's own, to be stopped and frozen: Redis and PostgreSQL, where they are installed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress

import pytest

from tests.processes import kill, until
from walkthrough.server import free_port


def program(name: str) -> str:
    """The path of an installed program; without it the test is skipped, but fails in CI."""
    found = shutil.which(name)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    return str(found)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis_server():
    """A Redis in memory; gives its process and its port."""
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: listens(port), 10, "Redis listens")
        yield process, port
    finally:
        kill(process)


class Postgres:
    """A PostgreSQL in a folder; it can be restarted."""

    def __init__(self, folder: str) -> None:
        owner = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if owner:
            shutil.chown(folder, owner)
        self.how = {"user": owner, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.folder, self.port = folder, free_port()
        self.address = f"postgres://console@127.0.0.1:{self.port}/postgres"
        initdb = [program("initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", "console", "-N"]
        subprocess.run(initdb, check=True, **self.how)
        self.start()

    def start(self) -> None:
        command = [program("postgres"), "-D", f"{self.folder}/data", "-p", str(self.port), "-k", self.folder, "-F"]
        self.process = subprocess.Popen(command, start_new_session=True, **self.how)
        until(lambda: listens(self.port), 20, "PostgreSQL listens")

    def stop(self) -> None:
        """End every connection and itself, as a restart of the service does."""
        thaw(self.process)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


@contextmanager
def postgres_server():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Postgres(folder)
        try:
            yield server
        finally:
            server.stop()


def freeze(process: subprocess.Popen, how: int = signal.SIGSTOP) -> None:
    """SIGSTOP to it and its children: their sockets stay open, and nothing answers."""
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    for pid in [process.pid, *map(int, children)]:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


def thaw(process: subprocess.Popen) -> None:
    freeze(process, signal.SIGCONT)
