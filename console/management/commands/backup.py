import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.backup import making
from console.backup.manifest import Manifest
from console.erasing import lists


class Command(BaseCommand):
    help = (
        "Write a backup into a new folder of BACKUP_DIR: database, private files and checksums; and beside it the "
        "keys, sealed with BACKUP_PASSPHRASE. Everything else may run meanwhile. Deletes old backups but BACKUP_KEEP."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="FOLDER", help="Instead of BACKUP_DIR; deletes nothing there.")
        parser.add_argument("--without-keys", action="store_true", help="The keys are kept elsewhere.")

    def handle(self, *, to: str | None = None, without_keys: bool = False, **options: Any) -> None:
        into = to or settings.BACKUP_DIR
        if not into:
            raise CommandError("Where to? Set BACKUP_DIR, or say --to FOLDER.", returncode=2)
        if not (without_keys or settings.BACKUP_PASSPHRASE):
            raise CommandError(
                "The keys need a passphrase, or nobody opens the backup on another machine: set BACKUP_PASSPHRASE, or "
                "say --without-keys.",
                returncode=2,
            )
        try:
            folder = making.make(Path(into), None if without_keys else settings.BACKUP_PASSPHRASE)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"There is no new backup in {into}: {error}.") from None
        self._tell(folder)
        self._note_erasures()
        for name in [] if to else making.prune(Path(into), settings.BACKUP_KEEP):
            self.stdout.write(f"deleted {name}")

    def _note_erasures(self) -> None:
        """The list is copied away together with the backups: it has to be whole."""
        try:
            lists.add_missing()
        except (OSError, ValueError) as error:
            self.stderr.write(f"The list of erasures (ERASURES_FILE) cannot be completed: {error}")

    def _tell(self, folder: Path) -> None:
        manifest = Manifest.read(folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        self.stdout.write(
            f"{folder}: {sum(manifest.tables.values())} rows, {manifest.pictures} files, {size / 1e6:.1f} MB"
        )
        if manifest.missing:
            self.stderr.write(
                f"{manifest.missing} files that records name are not in VAR_DIR, and so not in the backup"
            )
