"""The private files of a backup: one archive of the folder that holds them."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import models

NAME = "private.tar"


def folder() -> Path:
    return Path(default_storage.path(""))


def pack(into: Path) -> tuple[int, int]:
    """Write the archive; returns (files in it, files that a record names and that are not there).

    After the database was written: a file is stored before the record that names it, so none of its records lacks one
    but those that were deleted in between.
    """
    packed = set()
    with tarfile.open(into / NAME, "w") as archive:
        for path in _files():
            name = path.relative_to(folder()).as_posix()
            try:
                archive.add(path, name, recursive=False)
            except FileNotFoundError:
                continue
            packed.add(name)
    return len(packed), sum(name not in packed for name in _named())


def unpack(source: Path) -> int:
    """Bring the files back, beside those that are there; returns how many."""
    folder().mkdir(parents=True, exist_ok=True)
    with tarfile.open(source / NAME) as archive:
        try:
            archive.extractall(folder(), filter="data")
        except tarfile.FilterError as error:
            raise CommandError(f"{source / NAME} holds what no backup of ours holds: {error}") from None
        return len(archive.getmembers())


def is_empty() -> bool:
    return next(_files(), None) is None


def _files() -> Iterator[Path]:
    return (path for path in sorted(folder().rglob("*")) if path.is_file() and not path.is_symlink())


def _named() -> Iterator[str]:
    """The names of the files of all records."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                rows = model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                yield from filter(None, rows)
