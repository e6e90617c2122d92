"""For `restore`: who was erased after a backup was made is erased in what was restored of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from wechat.models.buyers import digest_of

from ..keeping import model_of, of_buyers
from ..models import Erasure
from . import lists, running, sealing


def missing_in_database(path: Path) -> list[dict[str, Any]]:
    """The lines of a list of erasures that this database does not know. Raises ValueError."""
    rows = lists.read(path)
    return [row for row in rows if not Erasure.objects.filter(digest=row["digest"], done_at=row["at"]).exists()]


def apply(path: Path) -> int:
    """Erase again who is in the list and was erased after this database was backed up; returns how many buyers."""
    rows = missing_in_database(path)
    if not rows:
        return 0
    sealing.seal_old()
    openids = {digest_of(openid): openid for openid in _openids()}
    for row in rows:
        with running.scrubbed(), transaction.atomic():
            again = _waiting(row) or Erasure(digest=row["digest"], reason=row["reason"])
            again.openid = again.openid or openids.get(row["digest"], "")
            running.erase(again)
            Erasure.objects.filter(pk=again.pk).update(done_at=row["at"])
    return len(rows)


def _waiting(row: dict[str, Any]) -> Erasure | None:
    """It was asked for before the backup, and approved after it."""
    return Erasure.objects.waiting().filter(digest=row["digest"]).first()


def _openids() -> Iterator[str]:
    for kept in of_buyers():
        for way in kept.buyer:
            if "__" not in way:
                rows = model_of(kept)._base_manager.exclude(**{way: ""}).order_by()
                yield from rows.values_list(way, flat=True).distinct()
