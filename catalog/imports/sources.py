"""Where an import's pictures come from: its own zip and cells, then those of the import whose rows it mends."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db.models.fields.files import FieldFile

from ..models import Batch
from .columns import text
from .drafts import Draft
from .pictures import Pictures

GENERATIONS = 5  # mended sheets are mended again


def named(cell: Any, batch: Batch) -> Batch | None:
    """The earlier import a mended sheet names, if whoever brought the sheet may use it."""
    try:
        key = text(cell)
    except ValidationError:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", key) or int(key) >= batch.pk:
        return None
    return Batch.objects.mendable_by(batch.user, batch.door).filter(pk=int(key)).first()


def pictures_of(batch: Batch, files: ExitStack) -> Pictures:
    """Finds the batch's pictures for as long as `files` is open."""
    zips, workbooks = [], []
    for member in _lineage(batch):
        if (file := _opened(member.pictures, files)) and (member is batch or zipfile.is_zipfile(file)):
            zips.append(file)
        if (file := _opened(member.sheet, files)) and zipfile.is_zipfile(file):
            workbooks.append(file)
    return Pictures(*zips, workbooks=workbooks)


def _lineage(batch: Batch) -> Iterator[Batch]:
    member: Batch | None = batch
    for _generation in range(GENERATIONS):
        if member is None:
            return
        yield member
        member = member.mends


def _opened(stored: FieldFile, files: ExitStack) -> IO[bytes] | None:
    if not stored or not stored.storage.exists(str(stored.name)):
        return None
    return files.enter_context(stored.storage.open(str(stored.name), "rb"))


def find(chunk: list[Draft], pictures: Pictures, fetch: bool) -> None:
    keys: dict[str, int] = {}
    faults: dict[str, str] = {}
    if names := {name for draft in chunk for name in draft.names()}:
        keys, faults = pictures.get(names) if fetch else (pictures.known(names), pictures.look(names))
    for draft in chunk:
        for kind, named in draft.pictures.items():
            for name in named:
                if name in faults:
                    draft.fault(draft.first, kind, faults[name])
            draft.images[kind] = [keys.get(name, 0) for name in named]
        for sku in draft.skus:
            if thumb := sku.get("thumb_img"):
                if thumb in faults:
                    draft.fault(sku["row"], "thumb_img", faults[thumb])
                sku["thumb_img"] = keys.get(thumb, 0)
