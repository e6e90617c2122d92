from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.erasing import lists, restoring


class Command(BaseCommand):
    help = "Erase again, in a database restored from a backup, who was erased since; `restore` runs it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=None, help="The list of erasures; else ERASURES_FILE.")
        parser.add_argument("--dry-run", action="store_true", help="Say how many would be erased and do nothing.")
        parser.add_argument(
            "--write", action="store_true", help="Add to the list who was erased in this database instead."
        )

    def handle(self, *, file: Path | None, dry_run: bool, write: bool, **options: Any) -> None:
        path = file or Path(settings.ERASURES_FILE)
        try:
            if write:
                self.stdout.write(f"{path}: {lists.write(path)} erasures")
            elif dry_run:
                self.stdout.write(f"{len(restoring.missing_in_database(path))} buyers would be erased")
            else:
                self.stdout.write(f"{restoring.apply(path)} buyers are erased")
        except (OSError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from None
