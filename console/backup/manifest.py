"""What a backup says of itself: of which version and when, what is in it, and the checksums."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Self

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    console: str  # the version
    made_at: str
    vendor: str  # of the database
    server: str
    appid: str
    platform: str
    migrations: list[str]  # app.name
    tables: dict[str, int]  # rows
    pictures: int  # private files
    missing: int  # files that a record names, and that are not in the backup
    sealed: str  # “console”, sealed with the first of FIELD_KEYS, in hexadecimal
    files: dict[str, str]  # SHA-256 of each file of the backup
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises CommandError where it is none that we can restore."""
        try:
            fields: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
            found = cls(**fields)
        except OSError as error:
            raise CommandError(f"{folder} is no backup: {NAME} cannot be read ({error.strerror}).") from None
        except (ValueError, TypeError):
            raise CommandError(
                f"{folder / NAME} is damaged, or of a version that this console does not know."
            ) from None
        if found.format != FORMAT:
            raise CommandError(f"{folder} has format {found.format}; this console reads {FORMAT}.")
        return found

    def refuse_damaged(self, folder: Path) -> None:
        """Compare the checksums; raises CommandError."""
        for name, digest in self.files.items():
            try:
                is_whole = checksum(folder / name) == digest
            except OSError as error:
                raise CommandError(f"{folder / name} cannot be read ({error.strerror}). Take another backup.") from None
            if not is_whole:
                raise CommandError(f"{folder / name} is damaged: its checksum is another one. Take another backup.")

    def refuse_newer(self) -> None:
        """Raises CommandError where it has migrations that this code does not know."""
        known = {
            f"{app}.{name}" for app, name in MigrationLoader(connection, ignore_no_migrations=True).disk_migrations
        }
        replaced = {
            f"{app}.{name}"
            for migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values()
            for app, name in migration.replaces
        }
        if newer := sorted(set(self.migrations) - known - replaced):
            raise CommandError(
                f"The backup is of console {self.console}, which is newer than this one: {newer[0]} is not known here. "
                "Install that version first."
            )


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def applied() -> list[str]:
    """The migrations of the database, as app.name."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
