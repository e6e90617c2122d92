"""One table, as JSON Lines and as CSV, in chunks of its keys: the memory does not grow with the rows."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Max

from ..sheets.write import unformula
from .columns import Column, cell, columns_of

CHUNK = 1000


class Hashed:
    """A file that counts and hashes what is written to it."""

    def __init__(self, path: Path) -> None:
        self.file, self.hash, self.bytes = path.open("wb"), sha256(), 0

    def write(self, text: str) -> None:
        content = text.encode()
        self.file.write(content)
        self.hash.update(content)
        self.bytes += len(content)

    def close(self) -> dict[str, Any]:
        self.file.close()
        return {"bytes": self.bytes, "sha256": self.hash.hexdigest()}


def write(model: type[models.Model], folder: Path, *, clear: bool, renew: Callable[[int], None]) -> dict[str, Any]:
    """Write a table's two files and return what the manifest says of it; `renew` is called with the rows so far."""
    columns = columns_of(model, clear=clear)
    name = model._meta.label_lower
    lines, sheet = Hashed(folder / f"{name}.jsonl"), Hashed(folder / f"{name}.csv")
    sheet.write("\ufeff" + _csv([[column.name for column in columns]]))
    rows = 0
    try:
        for chunk in _chunks(model, columns):
            lines.write("".join(_json(columns, row) for row in chunk))
            sheet.write(_csv([[unformula(cell(value)) for value in row] for row in chunk]))
            rows += len(chunk)
            renew(rows)
    finally:
        files = {f"{name}.jsonl": lines.close(), f"{name}.csv": sheet.close()}
    return {"rows": rows, "columns": [column.name for column in columns], "files": files}


def _chunks(model: type[models.Model], columns: list[Column]) -> Iterator[list[list[Any]]]:
    """The rows that were there when the table was begun, by their key, as they are written."""
    rows = model._base_manager.order_by("pk")
    last = rows.aggregate(last=Max("pk"))["last"]
    attributes = ["pk", *(column.attribute for column in columns)]
    chunk = list(rows.filter(pk__lte=last).values_list(*attributes)[:CHUNK]) if last is not None else []
    while chunk:
        yield [[column.write(value) for column, value in zip(columns, row[1:], strict=True)] for row in chunk]
        more = rows.filter(pk__gt=chunk[-1][0], pk__lte=last) if len(chunk) == CHUNK else rows.none()
        chunk = list(more.values_list(*attributes)[:CHUNK])


def _json(columns: list[Column], row: list[Any]) -> str:
    names = (column.name for column in columns)
    return json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n"


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
