"""Runs the 17 steps of the access, from an empty database to the end, and prints them as a checklist."""

import os
import sys
import time
from contextlib import nullcontext

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from ... import board
from ...client import Client, Failed
from ...server import own_server
from ...walk import STEPS


class Command(BaseCommand):
    help = (
        "Go all 17 steps of the access against the sandbox, over HTTP and callbacks, and print them as a checklist. "
        "Starts a server and a database of its own, unless --url names one that runs with the sandbox."
    )

    def add_arguments(self, parser):
        parser.add_argument("--url", help="A console that runs with the sandbox, such as http://127.0.0.1:8000.")
        parser.add_argument("--username", help="Who signs in there; needs all permissions.")
        parser.add_argument("--password", default=os.environ.get("WALKTHROUGH_PASSWORD", ""))
        parser.add_argument("--code", default="", help="Of the second factor, where that person has one.")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default=None)
        parser.add_argument("--until", type=int, default=len(STEPS), metavar="STEP", help="Stop after this step (17).")
        parser.add_argument("--patience", type=float, default=30, help="Seconds a job or a message may take (30).")

    def handle(self, *, url, username, password, code, language, until, patience, **options):
        if url and not username:
            raise CommandError("--url needs --username and --password.", returncode=2)
        language = language or settings.LANGUAGE_CODE
        server = nullcontext((url, username, password)) if url else own_server()
        with translation.override(language):
            try:
                with server as (address, user, secret):
                    is_done = self.walk(Client(address, user, secret, language, patience, code), until)
            except (Failed, requests.RequestException) as error:
                raise CommandError(f"{url or 'own server'}: {error}", returncode=2) from None
        if not is_done:
            raise SystemExit(1)

    def walk(self, client: Client, until: int) -> bool:
        """Run the steps until one fails, and only list the rest. Returns whether all succeeded."""
        part, failed = 0, False
        with tqdm(total=len(STEPS), disable=not sys.stderr.isatty(), leave=False) as bar:
            for row, take in list(zip(board.steps(client), STEPS, strict=True))[:until]:
                if row["part"] != part:
                    part = row["part"]
                    self.stdout.write(f"\n{part}  {row['part_title']}")
                name = f"{row['guide_number']:<5} {row['title']}"
                if failed:
                    self.stdout.write(f"  · {name}")
                else:
                    failed = not self._take(take, client, name)
                bar.update()
        self.stdout.write(f"\n{client.get('access/')['completed']} / {len(STEPS)}")
        return not failed

    def _take(self, take, client: Client, name: str) -> bool:
        """Run one step and print its line, with the reason where it failed."""
        began, reason = time.monotonic(), ""
        try:
            take(client)
        except Failed as error:
            reason = str(error) or "?"
        except requests.RequestException as error:
            reason = type(error).__name__
        self.stdout.write(f"  {'✗' if reason else '✓'} {name}  {time.monotonic() - began:.1f} s")
        if reason:
            self.stdout.write(f"      {reason}")
        return not reason
