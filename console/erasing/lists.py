"""The list of erasures, one line each, beside the database: a restored backup is told who was erased since.

A line names a buyer by the hash of their openid: `{"digest": …, "at": …, "reason": …}`.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict

from ..models import Erasure

Row = dict[str, Any]  # digest, at, reason


class NotNoted(Conflict):
    """The list cannot be written: who is not in it would come back with the next backup that is restored."""


def append(erasure: Erasure) -> None:
    """Add one that is done to ERASURES_FILE, on the disk when this returns. Raises NotNoted."""
    path = Path(settings.ERASURES_FILE)
    try:
        _append(path, [_row(erasure)])
    except OSError as error:
        raise NotNoted(
            _(
                "Nobody was erased: %(file)s (ERASURES_FILE), where it has to be noted, cannot be written: %(reason)s. "
                "Whoever runs the server makes room there and lets the user of these processes write it; then approve "
                "it again."
            )
            % {"file": path, "reason": error.strerror}
        ) from error


def add_missing() -> int:
    """Add to ERASURES_FILE what this database knows and it lacks; returns how many. Raises OSError, ValueError."""
    path = Path(settings.ERASURES_FILE)
    known = {_key(row) for row in _there(path)}
    missing = [row for row in _in_database() if _key(row) not in known]
    if missing:
        _append(path, missing)
    return len(missing)


def write(path: Path) -> int:
    """Write the list anew, of its own lines and those of this database; returns how many there are."""
    rows = {_key(row): row for row in (*_there(path), *_in_database())}
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    _append(part, sorted(rows.values(), key=lambda row: row["at"]))
    os.replace(part, path)
    return len(rows)


def _append(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "ab", buffering=0) as file:
        before = os.fstat(descriptor).st_size
        try:
            text = "".join(json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False) + "\n" for row in rows)
            file.write(text.encode())
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)  # no half of a line
            raise


def _there(path: Path) -> list[Row]:
    return read(path) if path.exists() else []


def _in_database() -> list[Row]:
    return [_row(erasure) for erasure in Erasure.objects.exclude(done_at=None).order_by("pk")]


def _row(erasure: Erasure) -> Row:
    return {"digest": erasure.digest, "at": erasure.done_at, "reason": erasure.reason}


def _key(row: Row) -> tuple[str, datetime]:
    return row["digest"], row["at"]


def read(path: Path) -> list[Row]:
    """The lines of a list; raises ValueError for one that cannot be read: nobody is to be left out unnoticed."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: it is no text") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
                found.append({"digest": str(row["digest"]), "at": _moment(row["at"]), "reason": str(row["reason"])})
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: it is no line of a list of erasures") from error
    return found


def beside(backup: Path) -> list[Path]:
    """The lists that a backup is told of when it is restored: ERASURES_FILE, and one that came along beside it."""
    kept = Path(settings.ERASURES_FILE)
    return sorted({path.resolve() for path in (kept, backup.parent / kept.name) if path.exists()})


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment
