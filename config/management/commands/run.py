"""Runs the whole console from one command, with the sandbox as the platform."""

import ctypes
import json
import os
import secrets
import signal
import string
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

ALPHABET = string.ascii_letters + string.digits


def _die_with_parent() -> None:
    """Let this child end when its parent does, also when the parent is killed (Linux)."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (AttributeError, OSError):
        pass


class Command(BaseCommand):
    help = "Start database, web, workers, schedule and sandbox in one go; Ctrl-C ends them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
        self._refuse_taken(host, port)
        demo = self._demo(url)
        env = {
            **os.environ,
            "DEBUG": "on",
            "PLAIN_ERRORS": "on",
            "WECHAT_SANDBOX": "on",
            "WECHAT_APPID": demo["appid"],
            "WECHAT_SECRET": demo["secret"],
            "WECHAT_TOKEN": demo["token"],
            "WECHAT_AES_KEY": demo["aes_key"],
            "WECHAT_API_BASE": f"{url}/sandbox",
            "WECHAT_CALLBACK_URL": f"{url}/wechat/callback/",
            "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{host}"),
            "PYTHONUNBUFFERED": "1",
        }
        manage = [sys.executable, "manage.py"]
        celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
        for step in (["migrate", "-v", "0"], ["migrate", "-v", "0", "--database", "sandbox"]):
            subprocess.run([*manage, *step], env=env, check=True, cwd=settings.BASE_DIR)
        subprocess.run(
            [*manage, "demo_data", "--username", demo["username"], "--password", demo["password"]],
            env=env,
            check=True,
            cwd=settings.BASE_DIR,
        )
        worker = ["worker", "-P", "threads", "--without-gossip", "--without-mingle", "-l", "WARNING"]
        children = {
            "web": [
                sys.executable,
                "-m",
                "gunicorn",
                "config.wsgi",
                "-k",
                "gthread",
                "-w",
                "2",
                "--threads",
                "8",
                "-b",
                f"{host}:{port}",
                "--no-control-socket",
                "--log-level",
                "warning",
            ],
            "callbacks": [*celery, *worker, "-n", "callbacks@%h", "-c", "4", "-Q", "callbacks,press"],
            "bulk": [*celery, *worker, "-n", "bulk@%h", "-c", "8", "-Q", "bulk,schedule"],
            "schedule": [*celery, "beat", "-l", "WARNING", "--pidfile="],
            "sandbox": [*manage, "sandbox_push"],
        }
        self._watch(children, env, url, demo)

    def _refuse_taken(self, host: str, port: int) -> None:
        import socket

        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(f"Port {port} is taken ({error.strerror}). Try: make run PORT={port + 1}") from None

    def _demo(self, url: str) -> dict:
        """The demo's settings and passwords; created once and stored in .demo.json, which git ignores."""
        path = Path(os.environ.get("DEMO_FILE") or settings.BASE_DIR / ".demo.json")
        demo = json.loads(path.read_text()) if path.exists() else {}
        demo = {
            "username": "owner",
            "password": os.environ.get("DEMO_PASSWORD") or "-".join(secrets.token_hex(2) for _part in range(3)),
            "appid": f"wx{secrets.token_hex(8)}",
            "secret": secrets.token_hex(16),
            "token": "".join(secrets.choice(ALPHABET) for _letter in range(16)),
            "aes_key": "".join(secrets.choice(ALPHABET) for _letter in range(42)) + "A",
            **demo,
            "url": url,
        }
        path.write_text(json.dumps(demo, indent=2) + "\n")
        path.chmod(0o600)
        return demo

    def _watch(self, children: dict, env: dict, url: str, demo: dict) -> None:
        stopping = threading.Event()
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda *_args: stopping.set())
        running = {name: self._spawn(command, env) for name, command in children.items()}
        self._wait_until_ready(url, running, stopping)
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

    def _wait_until_ready(self, url: str, running: dict, stopping: threading.Event) -> None:
        import requests

        deadline = time.monotonic() + 60
        while not stopping.is_set() and time.monotonic() < deadline:
            try:
                if requests.get(f"{url}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                stopping.wait(0.2)
