"""Runs the whole console from one command, with the sandbox as the platform."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo import write
from wechat import belonging

LOCAL = "127.0.0.1"


def _die_with_parent() -> None:
    """Let this child end when its parent does, also when the parent is killed (Linux)."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (AttributeError, OSError):
        pass


def server(application: str, host: str, port: int, threads: int) -> list[str]:
    """No proxy stands in front here: this server takes a whole request before it gives it to a thread."""
    options = {"host": host, "port": port, "threads": threads, "connection-limit": 1000, "channel-timeout": 30}
    return [
        sys.executable,
        "-m",
        "waitress",
        *[f"--{name}={value}" for name, value in options.items()],
        "--no-clear-untrusted-proxy-headers",
        f"{application}:application",
    ]


class Command(BaseCommand):
    help = "Start database, web, workers, schedule and sandbox in one go; Ctrl-C ends them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--callbacks-port", type=int, help="Where the sandbox pushes to; else --port + 1.")

    def handle(self, *, host: str, port: int, callbacks_port: int | None = None, **options: Any) -> None:
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
        callbacks_port = callbacks_port or port + 1
        callbacks_url = f"http://{LOCAL}:{callbacks_port}"
        self._refuse_taken(host, port, f"make run PORT={port + 10}")
        self._refuse_taken(LOCAL, callbacks_port, f"make run PORT={port + 10}, or --callbacks-port")
        manage = [sys.executable, "manage.py"]
        celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
        for database in ("default", "sandbox"):
            command = [*manage, "migrate", "-v", "0", "--database", database]
            self._do(command, {**os.environ, "DEBUG": "on", "WECHAT_SANDBOX": "on"})
        demo = write(url, self._appid(), callbacks_url)
        env = {
            **os.environ,
            "ALLOWED_HOSTS": f"localhost,127.0.0.1,[::1],{host}",
            **demo["environment"],
            "PYTHONUNBUFFERED": "1",
            "WEB_CALLS": "10",  # of 16 threads; the sandbox, which answers the calls, needs some of them as well
        }
        self._do([*manage, "demo_data", "--username", demo["username"], "--password", demo["password"]], env)
        worker = ["worker", "-P", "threads", "--without-gossip", "--without-mingle", "-l", "WARNING"]
        children = {
            "web": server("config.wsgi", host, port, threads=16),
            "messages": server("config.wsgi_callbacks", LOCAL, callbacks_port, threads=4),
            "callbacks": [*celery, *worker, "-n", "callbacks@%h", "-c", "4", "-Q", "callbacks,press"],
            "bulk": [*celery, *worker, "-n", "bulk@%h", "-c", "8", "-Q", "bulk,schedule"],
            "schedule": [*celery, "beat", "-l", "WARNING", "--pidfile="],
            "sandbox": [*manage, "sandbox_push"],
        }
        self._watch(children, env, url, callbacks_url, demo)

    def _refuse_taken(self, host: str, port: int, instead: str) -> None:
        import socket

        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(f"Port {port} is taken ({error.strerror}). Try: {instead}") from None

    def _do(self, command: list, env: dict) -> None:
        """Run it to its end; where it fails this command ends with its exit code: it has said why."""
        done = subprocess.run(command, env=env, cwd=settings.BASE_DIR)
        if done.returncode:
            raise SystemExit(done.returncode)

    def _appid(self) -> str:
        """The AppID that the data belong to; empty where there is none yet."""
        noted = belonging.in_force()
        if noted and noted.platform == belonging.Platform.WECHAT:
            raise CommandError(
                f"This database belongs to the mini program {noted.appid} at WeChat. "
                "The demo needs one of its own: VAR_DIR=… make run, with no DATABASE_URL.",
                returncode=2,
            )
        return noted.appid if noted else ""

    def _watch(self, children: dict, env: dict, url: str, callbacks_url: str, demo: dict) -> None:
        stopping = threading.Event()
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda *_args: stopping.set())
        running = {name: self._spawn(command, env) for name, command in children.items()}
        self._wait_until_ready([url, callbacks_url], stopping)
        self.stdout.write(
            f"\n  Console    {url}/admin/\n  Sign in    {demo['username']} / {demo['password']}\n"
            f"  Sandbox    {url}/sandbox/   (you are WeChat there)\n  API        {url}/api/v1/docs/\n"
            "  Stop       Ctrl-C\n"
        )
        self.stdout.flush()
        while not stopping.wait(1):
            for name, child in running.items():
                if child.poll() is not None:
                    self.stderr.write(f"{name} ended with {child.returncode}; starting it again")
                    time.sleep(1)
                    running[name] = self._spawn(children[name], env)
        for child in running.values():
            child.terminate()
        for child in running.values():
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()

    def _spawn(self, command: list, env: dict) -> subprocess.Popen:
        return subprocess.Popen(
            command, env=env, cwd=settings.BASE_DIR, preexec_fn=_die_with_parent, start_new_session=True
        )

    def _wait_until_ready(self, urls: list[str], stopping: threading.Event) -> None:
        import requests

        deadline = time.monotonic() + 60
        while not stopping.is_set() and time.monotonic() < deadline:
            try:
                if all(requests.get(f"{url}/healthz", timeout=2).ok for url in urls):
                    return
            except requests.RequestException:
                stopping.wait(0.2)
