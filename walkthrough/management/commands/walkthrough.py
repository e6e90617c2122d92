"""The 17 steps gone from an empty database to the end, as a checklist."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from scenes.board.guide import PARTS, STEPS

from ...walk import Failed, Walk

READY = 90  # seconds a server of its own may take to start


class Command(BaseCommand):
    help = (
        "Go all 17 steps of the access against the sandbox, over HTTP and callbacks, and print them as a checklist. "
        "Starts a server and a database of its own, unless --url names one that runs with the sandbox."
    )

    def add_arguments(self, parser):
        parser.add_argument("--url", help="A console that runs with the sandbox, such as http://127.0.0.1:8000.")
        parser.add_argument("--username", help="Who walks there; needs all permissions.")
        parser.add_argument("--password", default=os.environ.get("WALKTHROUGH_PASSWORD", ""))
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default=None)
        parser.add_argument("--until", type=int, default=len(STEPS), metavar="STEP", help="Stop after this step (17).")
        parser.add_argument("--patience", type=float, default=30, help="Seconds a job or a message may take (30).")

    def handle(self, *, url, username, password, language, until, patience, **options):
        if url and not username:
            raise CommandError("--url needs --username and --password.", returncode=2)
        with translation.override(language or settings.LANGUAGE_CODE):
            if url:
                done = self.walk(url, username, password, until, patience)
            else:
                with own_server() as (url, username, password):
                    done = self.walk(url, username, password, until, patience)
        if not done:
            raise SystemExit(1)

    def walk(self, url: str, username: str, password: str, until: int, patience: float) -> bool:
        """Step after step until one fails; True when all that were wanted came to their end."""
        try:
            walk = Walk(url, username, password, translation.get_language(), patience)
        except (Failed, requests.RequestException) as error:
            raise CommandError(f"{url}: {error}", returncode=2) from None
        part, failed = 0, False
        with tqdm(total=len(STEPS), disable=not sys.stderr.isatty(), leave=False) as bar:
            for step, go in list(zip(STEPS, walk.steps, strict=True))[:until]:
                if step.part != part:
                    part = step.part
                    self.stdout.write(f"\n{part}  {PARTS[part]}")
                began, said = time.monotonic(), ""
                if not failed:
                    said, failed = self._go(go)
                mark = "✗" if said else "·" if failed else "✓"
                took = "" if failed and not said else f"  {time.monotonic() - began:.1f} s"
                self.stdout.write(f"  {mark} {step.guide_number:<5} {step.title}{took}")
                if said:
                    self.stdout.write(f"      {said}")
                bar.update()
        self.stdout.write(f"\n{walk.completed_steps()} / {len(STEPS)}")
        return not failed

    @staticmethod
    def _go(go) -> tuple[str, bool]:
        try:
            go()
        except Failed as error:
            return str(error) or "?", True
        except requests.RequestException as error:
            return type(error).__name__, True
        return "", False


@contextmanager
def own_server():
    """`manage.py run` on a free port, with databases, broker and sign-in in a folder that is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="walkthrough-", ignore_cleanup_errors=True) as folder:
        env = {
            name: value for name, value in os.environ.items() if not name.startswith(("WECHAT_", "DATABASE", "CELERY"))
        }
        env |= {
            "VAR_DIR": folder, "DEMO_FILE": str(Path(folder) / "demo.json"), "SANDBOX_ACCESS": "closed",
            "SANDBOX_MERCHANT": "closed", "DEBUG": "on",
            "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": f"sqlite:///{folder}/console.sqlite3",
            "SANDBOX_DATABASE_URL": f"sqlite:///{folder}/sandbox.sqlite3", "CELERY_BROKER_URL": "filesystem://",
            "CACHE_URL": "locmemcache://", "LOG_LEVEL": "ERROR", "DEMO_PASSWORD": secrets.token_hex(8),
        }  # fmt: skip
        command = [sys.executable, "manage.py", "run", "--port", str(port)]
        with subprocess.Popen(
            command, env=env, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as server:  # fmt: skip
            try:
                yield _ready(server, f"http://127.0.0.1:{port}"), "owner", env["DEMO_PASSWORD"]
            finally:
                server.send_signal(signal.SIGTERM)
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    server.kill()


def _ready(server: subprocess.Popen, url: str) -> str:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if requests.get(f"{url}/healthz", timeout=2).ok:
                return url
        except requests.RequestException:
            time.sleep(0.3)
    raise CommandError("The server of its own did not start. Try `make run` to see why.", returncode=2)
