"""Many rows, a chunk at a time, with no cursor left open between two chunks.

SQLite answers a write with "database is locked" where another process has written since a cursor of the same
connection was opened. So nothing is read with `.iterator()` here (`tests/test_cursors.py`).
"""

from collections.abc import Iterator
from typing import TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def chunks_of(rows: models.QuerySet[Row], size: int = 500) -> Iterator[list[Row]]:
    """The rows by their key, so many at a time: each chunk is read whole, and the body of the loop may write.

    The next chunk begins after the last key of this one, so rows that leave the selection meanwhile move no other.
    """
    rows = rows.order_by("pk")
    chunk = list(rows[:size])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:size]) if len(chunk) == size else []


def in_chunks(rows: models.QuerySet[Row], size: int = 500) -> Iterator[Row]:
    """The rows in the order they have, one by one; of all of them only the keys are held."""
    pks = list(rows.values_list("pk", flat=True))
    for start in range(0, len(pks), size):
        found = {row.pk: row for row in rows.filter(pk__in=pks[start : start + size])}
        yield from (found[pk] for pk in pks[start : start + size] if pk in found)
