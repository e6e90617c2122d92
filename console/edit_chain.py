"""The chain over all edits, by which a changed or deleted one is found.

Each edit gets a link as soon as it is committed: a digest of the row as it is stored (personal values as they are
sealed) and of the link before, signed with the first of FIELD_KEYS. A later signature covers all links before it;
before a key is dropped, `rotate_keys` signs the last link and the anchors with the new one. Nothing is signed on top of
a row that none of FIELD_KEYS signed.
"""

import hmac
import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from .models import Edit, EditAnchor, EditLink

BEHIND = 200  # edits; one whose transaction took longer than so many others is linked by `link_recent`
RECENT = 50_000  # edits, more than the largest bulk writes; what is still older is linked by `link_all`, each night
AT_ONCE = 1000
PAUSE = 0.15  # seconds; who waits for SQLite's lock looks at least every 0.1 s


def link_all(*, after: int = 0) -> None:
    """Also what was left out long ago; it looks at all edits. Others may write between its chunks. Raises NotOurs."""
    if not EditAnchor.objects.exists():
        link()
    while some := list(without_link(after).values_list("pk", flat=True)[:AT_ONCE]):
        link(after=some[0] - 1)
        after = some[-1]
        time.sleep(PAUSE if len(some) == AT_ONCE else 0)


def link_recent() -> None:
    """What others left out when they committed. Raises NotOurs."""
    link_all(after=max(0, _newest() - RECENT))


def link_on_commit() -> None:
    """Once for each transaction; where it fails, `link_edits` does it within a minute."""
    waiting = transaction.get_connection().run_on_commit
    if not any(function is link for _savepoints, function, _is_robust in waiting):
        transaction.on_commit(link, robust=True)


def link(*, after: int | None = None) -> None:
    """Add a link for the next edits that have none, of the newest or `after` this key. Raises NotOurs."""
    with transaction.atomic():
        begin()  # others wait here
        last = _end()
        edits = without_link(max(0, _newest() - BEHIND) if after is None else after)[:AT_ONCE]
        EditLink.objects.bulk_create(_links(edits, last.number, last.digest), batch_size=AT_ONCE)


class NotOurs(Exception):
    """None of FIELD_KEYS signed a row on which the chain would go on."""


def sign_anew(*, lost: bool = False) -> int:
    """Sign the anchors and the last link with the first key, before the others are dropped; returns how many were not.

    Raises NotOurs where one of them is not ours; `lost`: those of a key that is lost for ever count as ours.
    """
    first = next(iter(keys()))
    with transaction.atomic():
        begin()
        link = EditLink.objects.order_by("-number").first()
        rows: list[Any] = [*EditAnchor.objects.order_by("number"), *([link] if link else [])]
        for row in rows:
            if not (lost and row.key not in keys()):
                _check(row)
        rows = [signed(row) for row in rows if row.key != first]
        for row in rows:
            row.save(update_fields=["key", "signature"])
    return len(rows)


def begin() -> EditAnchor:
    """The first anchor, locked until the end of the transaction."""
    first = EditAnchor.objects.select_for_update().filter(number=0)
    if not (found := first.first()):
        EditAnchor.objects.bulk_create([_anchor(number=0, digest="")], ignore_conflicts=True)
        found = first.get()
    return found


def newest_anchor() -> EditAnchor:
    return EditAnchor.objects.latest("number")


def _end() -> EditLink | EditAnchor:
    """The row on which the chain goes on. Raises NotOurs."""
    anchor, link = newest_anchor(), EditLink.objects.order_by("-number").first()
    _check(anchor)
    return _check(link) if link else anchor


def _check(row: Any) -> Any:
    if not holds(row):
        name = f"the {'link' if isinstance(row, EditLink) else 'anchor'} {row.number} of the edits"
        raise NotOurs(
            f"None of FIELD_KEYS signed {name}: no edit is linked behind it. Put the key back that signed it, and run "
            "rotate_keys before it goes (with --give-up-lost where it is lost for ever). Where no key was taken out, "
            "somebody changed the chain: see verify_edits."
        )
    return row


def cut(before: datetime) -> int:
    """Delete the edits of all months that ended before then, and leave a signed anchor; returns the last number.

    Raises NotOurs.
    """
    month = timezone.localtime(before).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        begin()
        _end()
        kept = EditLink.objects.filter(edit_id__in=Edit.objects.filter(at__gte=month).values("pk"))
        first_kept = kept.order_by("number").first()
        old = EditLink.objects.filter(number__lt=first_kept.number) if first_kept else EditLink.objects.all()
        last = old.order_by("-number").first()
        if last is None:
            return 0
        _anchor(number=last.number, digest=last.digest, count=old.count(), until=month).save()
        gone = Edit.objects.filter(pk__in=old.values("edit_id"))
        gone._raw_delete(gone.db)
        old._raw_delete(old.db)
    return last.number


def without_link(after: int) -> QuerySet[Edit]:
    edits = Edit.objects.filter(~Exists(EditLink.objects.filter(edit_id=OuterRef("pk"))))
    return edits.filter(pk__gt=after).order_by("pk")


def _newest() -> int:
    """The key of the newest edit that has a link."""
    return EditLink.objects.order_by("-edit_id").values_list("edit_id", flat=True).first() or 0


def _links(edits: Iterable[Edit], number: int, digest: str) -> Iterator[EditLink]:
    for edit in edits:
        number += 1
        digest = digest_of(edit, number, digest)
        yield signed(EditLink(number=number, edit_id=edit.pk, digest=digest))


def digest_of(edit: Edit, number: int, before: str) -> str:
    at = edit.at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [edit.pk, edit.user_id, edit.door, edit.content_type_id, edit.object_id, at, edit.changes]
    text = json.dumps([before, number, row], sort_keys=True, ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _anchor(**values: Any) -> EditAnchor:
    return signed(EditAnchor(**values))


def signed(row: Any) -> Any:
    row.key, key = next(iter(keys().items()))
    row.signature = _signature(row, key)
    return row


def holds(row: Any) -> bool:
    """Whether one of our keys signed it. The first anchor says nothing but that the chain begins."""
    key = keys().get(row.key)
    if key is None:
        return isinstance(row, EditAnchor) and (row.number, row.digest) == (0, "")
    return hmac.compare_digest(_signature(row, key), row.signature)


def _signature(row: Any, key: bytes) -> str:
    """Of all that the row says; an anchor counts what went, a link names its edit."""
    said = [row.number, row.digest, row.at.timestamp(), getattr(row, "edit_id", None), getattr(row, "count", None)]
    until = getattr(row, "until", None)
    text = json.dumps([type(row).__name__, *said, until and until.timestamp()])
    return hmac.new(key, text.encode(), sha256).hexdigest()


def keys() -> dict[str, bytes]:
    """The keys that sign, by a name that does not tell them; the first one signs."""
    digests = [sha256(b"console.edit_chain:" + key.encode()).digest() for key in settings.FIELD_KEYS]
    return {sha256(key).hexdigest()[:8]: key for key in digests}
