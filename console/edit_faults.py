"""What is wrong with the chain over all edits: for `verify_edits`, and each night for the alert."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.utils import timezone

from . import append_only
from .edit_chain import AT_ONCE, NotOurs, digest_of, holds, keys, link_all, newest_anchor, signed, without_link
from .models import Edit, EditAnchor, EditCheck, EditLink

LATE = timedelta(hours=1)  # `link_edits` links what was left out within a minute
SUNDAY = 6


def look() -> int:
    """Note how many faults there are. What is new since the last good end is read, on Sundays and after faults all."""
    check = EditCheck.objects.first() or EditCheck()
    is_ours = bool(check.key) and holds(check)
    is_whole = not is_ours or check.faults or timezone.localdate().weekday() == SUNDAY
    with suppress(NotOurs):  # it is among the faults
        link_all()
    end = EditLink.objects.order_by("-number").first() or newest_anchor()
    check.faults = sum(1 for _fault in faults(str(check) if is_ours else "", None if is_whole else check))
    if not check.faults:
        check.number, check.digest, check.at = end.number, end.digest, timezone.now()
        signed(check)
    check.save()
    return check.faults


def faults(expected: str = "", since: EditCheck | None = None) -> Iterator[str]:
    """What is wrong with the edits, one sentence each. `expected`: `NUMBER:DIGEST`, noted earlier."""
    for name in append_only.missing():
        yield f"The trigger {name} is missing: migrate makes it again."
    anchors = list(EditAnchor.objects.order_by("number"))
    yield from (_fault_of(one) for one in anchors if not holds(one))
    if not anchors:
        yield "There is no anchor: no edit was ever linked, or the chain was deleted."
        return
    yield from _broken(anchors, since)
    yield from _unexpected(expected)


def _fault_of(anchor: EditAnchor) -> str:
    if anchor.key in keys():
        return f"The anchor {anchor.number} was changed: its signature is wrong."
    return f"None of FIELD_KEYS signed the anchor {anchor.number}: it cannot be told whether it is ours."


def _broken(anchors: list[EditAnchor], since: EditCheck | None) -> Iterator[str]:
    start = since if since and since.number > anchors[-1].number else anchors[-1]
    number, before, last = start.number, start.digest, None
    while some := list(EditLink.objects.filter(number__gt=number).order_by("number")[:AT_ONCE]):
        edits = Edit.objects.in_bulk([one.edit_id for one in some])
        for one in some:
            is_next = one.number == number + 1
            if not is_next:
                yield f"Links {number + 1} to {one.number - 1} are missing, and the edits that they stood for."
            yield from _faults_of(one, edits.get(one.edit_id), before if is_next else None, anchors[0].at)
            number, before, last = one.number, one.digest, one
    if last and last.key not in keys():
        yield f"None of FIELD_KEYS signed the last link, {last.number}: it cannot be told whether it is ours."
    yield from (f"Edit {edit.pk} has no link." for edit in without_link(0)[:AT_ONCE])


def _faults_of(one: EditLink, edit: Edit | None, before: str | None, began: datetime) -> Iterator[str]:
    if edit is None:
        yield f"Edit {one.edit_id} (link {one.number}) was deleted."
    elif before is not None and digest_of(edit, one.number, before) != one.digest:
        yield f"Edit {edit.pk} was changed, or its link {one.number}."
    elif edit.at > began and one.at - edit.at > LATE:
        yield f"Edit {edit.pk} was linked {one.at - edit.at} late: nothing ran then, or the chain was made anew."
    if one.key in keys() and not holds(one):  # later ones cover those of a key that was dropped
        yield f"The signature of link {one.number} is wrong."


def _unexpected(expected: str) -> Iterator[str]:
    number, _colon, digest = expected.partition(":")
    if not expected or (number.isdecimal() and EditLink.objects.filter(number=number, digest=digest).exists()):
        return
    if number.isdecimal() and int(number) <= newest_anchor().number:
        return  # deleted for its age
    yield f"{expected} is not in the chain any more: its end was made anew."
