import getpass
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.backup import keys


class Command(BaseCommand):
    help = (
        "Print the keys of a backup as lines for .env, after BACKUP_PASSPHRASE or a question: "
        "open_keys console-….keys >> .env"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="Of the keys: console-….keys.")

    def handle(self, *, file: str, **options: Any) -> None:
        lines = keys.opened(Path(file), settings.BACKUP_PASSPHRASE or self._asked())
        self.stdout.write(lines, ending="")
        if "=$" in lines:
            self.stderr.write(
                "A value that begins with $ cannot stand in .env: put SECRET_KEY into VAR_DIR/secret.key."
            )

    def _asked(self) -> str:
        if not sys.stdin.isatty():
            raise CommandError("The passphrase is needed: set BACKUP_PASSPHRASE.", returncode=2)
        return getpass.getpass("Passphrase of the keys: ")
