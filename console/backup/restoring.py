"""Brings a backup back: everything is checked before anything is changed."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from wechat import belonging
from wechat.sealed_columns import opens

from ..erasing import lists
from . import after, databases, files
from .manifest import Manifest


def check(folder: Path, *, overwrite: bool, without_keys: bool) -> Manifest:
    """The manifest of what can be restored here; raises CommandError with the reason where it cannot."""
    manifest = Manifest.read(folder)
    manifest.refuse_damaged(folder)
    manifest.refuse_newer()
    if manifest.vendor != connection.vendor:
        raise CommandError(
            f"The backup is of a {manifest.vendor} database, and DATABASE_URL names one of {connection.vendor}."
        )
    if not without_keys and not opens(bytes.fromhex(manifest.sealed)):
        raise CommandError(
            "FIELD_KEYS, or SECRET_KEY where they are not set, do not open this backup. Its keys are in its file "
            f"{folder.name}.keys: ./manage.py open_keys FILE"
        )
    if not overwrite and (databases.tables() or not files.is_empty()):
        raise CommandError(
            "There are records or private files here. To put the backup in their place: --overwrite", returncode=2
        )
    _refuse_unreadable_lists(folder)
    return manifest


def _refuse_unreadable_lists(folder: Path) -> None:
    """Who was erased since the backup is not to come back because of a line that nobody can read."""
    for path in lists.beside(folder):
        try:
            lists.read(path)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"The list of erasures cannot be read: {error}. Mend that line, or bring a whole copy of the file."
            ) from None


def other_mini_program(manifest: Manifest) -> str:
    """What to say where the settings name another mini program than the backup's; empty where they do not."""
    wanted = belonging.configured()
    if not manifest.appid or wanted == (manifest.appid, manifest.platform):
        return ""
    noted = belonging.MiniProgram(manifest.appid, manifest.platform)
    return f"The backup belongs to {noted}, the settings name {wanted}: no process will start until they are the same."


def bring_back(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Replace database and private files, apply the migrations made since, put right the rest; gives what was done."""
    databases.load(folder)
    if wrong := _differences(manifest):
        raise CommandError(f"The database is not as the backup says: {', '.join(wrong)}.")
    yield f"{sum(manifest.tables.values())} rows in {len(manifest.tables)} tables"
    yield f"{files.unpack(folder)} private files"
    call_command("migrate", verbosity=0)
    yield from after.run(after.Restored(manifest, folder))


def _differences(manifest: Manifest) -> list[str]:
    counted = databases.count(manifest.tables)
    return [table for table, rows in manifest.tables.items() if counted.get(table) != rows]
