"""Writes a backup: whole, or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from wechat import belonging
from wechat.sealed import seal

from ..health_page import console_version
from ..models import SignOfLife
from ..setup_checks.workers import note_sign
from . import databases, files, keys
from .manifest import Manifest, applied, checksum

PREFIX = "console-"
PROBE = b"console"  # is sealed into the manifest: whether the keys of another machine open the values


def make(into: Path, passphrase: str | None) -> Path:
    """Write a backup into the folder, and without a passphrase no keys; returns its own folder."""
    now = timezone.now()
    name = f"{PREFIX}{now:%Y%m%dT%H%M%SZ}"
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _whole(into / name) as part:
        counts = databases.dump(part)
        pictures, missing = files.pack(part)
        _manifest(part, now.isoformat(timespec="seconds"), counts, pictures, missing).write(part)
        if passphrase is not None:
            _write_keys(keys_of(into / name), passphrase)
    note_sign(SignOfLife.BACKUP)
    return into / name


def prune(folder: Path, keep: int) -> list[str]:
    """Delete the oldest backups but so many, with their keys; returns their names."""
    outdated = sorted(path for path in folder.glob(f"{PREFIX}*Z") if (path / "manifest.json").exists())[:-keep]
    for path in outdated:
        shutil.rmtree(path)
        keys_of(path).unlink(missing_ok=True)
    return [path.name for path in outdated]


def keys_of(folder: Path) -> Path:
    """The file with the keys of a backup: beside it, or in the folder for keys."""
    return Path(settings.BACKUP_KEYS_DIR or folder.parent) / f"{folder.name}.keys"


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder for the parts, which gets its name once they are all on the disk."""
    part = folder.with_name(f".{folder.name}.part")
    part.mkdir(mode=0o700)
    try:
        yield part
        for path in part.iterdir():
            path.chmod(0o600)
            with path.open("rb") as file:
                os.fsync(file.fileno())
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _manifest(part: Path, made_at: str, counts: dict[str, int], pictures: int, missing: int) -> Manifest:
    noted = belonging.in_force()
    return Manifest(
        console=console_version(),
        made_at=made_at,
        vendor=connection.vendor,
        server=".".join(map(str, connection.get_database_version())),
        appid=noted.appid if noted else "",
        platform=noted.platform if noted else "",
        migrations=applied(),
        tables=counts,
        pictures=pictures,
        missing=missing,
        sealed=seal(PROBE).hex(),
        files={path.name: checksum(path) for path in sorted(part.iterdir())},
    )


def _write_keys(path: Path, passphrase: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys.write(path, passphrase)
