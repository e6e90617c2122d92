"""Files of downloads: any of them may name the buyer, so that all are deleted; whoever needs one asks for it again."""

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..models import Export

FOLDER = "exports"
UNNAMED_FOR = timedelta(days=1)  # a worker names its file in the row only when it is whole


def delete_files() -> int:
    """Delete them with the caller's transaction, and have what is being written begun anew; returns how many."""
    names = list(Export.objects.exclude(file="").values_list("file", flat=True))
    Export.objects.exclude(file="").update(file="")
    Export.objects.filter(done_at=None).exclude(tries=0).update(tries=F("tries") + 1, lease_until=None)
    transaction.on_commit(partial(_delete, names))
    return len(names)


def delete_unnamed() -> int:
    """Delete files that no row names: a process was killed before it deleted them, or while it wrote them."""
    names = default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []
    paths = [f"{FOLDER}/{name}" for name in names]
    old = [path for path in paths if default_storage.get_modified_time(path) < timezone.now() - UNNAMED_FOR]
    unnamed = [path for path in old if not Export.objects.filter(file=path).exists()]
    for path in unnamed:
        default_storage.delete(path)
    return len(unnamed)


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
    shutil.rmtree(Path(settings.VAR) / "leaving", ignore_errors=True)  # exports of everything that are being written
