"""What a reader gets after a position."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict

from ..models import FeedEvent
from . import positions
from .kinds import Kind, kinds

NOW = "now"
# What a document says of such a parameter.
PATTERN = (
    r"^(now|[0-9]{1,18}|20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
)


def position_of(field: str, text: str) -> int:
    """The position that a caller names: a position, a time in ISO 8601, or `now`.

    Raises ValidationError for what is none of them, Conflict for a position that this feed never had.

    A time without a zone is in Asia/Shanghai. Events are given positions first, so that `now` is behind all of them.
    """
    positions.give()
    if text == NOW:
        return positions.last()
    if text.isascii() and text.isdigit() and len(text) < 19:
        return _known(int(text))
    try:
        moment = parse_datetime(text.replace(" ", "+")) or parse_datetime(f"{parse_date(text)}T00:00")
    except ValueError:
        moment = None
    if moment is None:
        text = _("Send the position of your last page, a time such as 2026-11-30T20:00:00+08:00, or now.")
        raise ValidationError({field: [text]})
    return positions.at_time(moment if timezone.is_aware(moment) else timezone.make_aware(moment))


def after(position: int, names: Collection[str], most: int) -> tuple[list[FeedEvent], int, bool]:
    """(events, position to go on from, whether there are more) of these names of kinds or events."""
    last = max(position, positions.last())  # read before the events: what is committed meanwhile comes after it
    rows = list(_of(names).filter(position__gt=position).order_by("position")[: most + 1])
    if len(rows) > most:
        return rows[:most], _position(rows[most - 1]), True
    return rows, max(last, _position(rows[-1])) if rows else last, False


def shown(events: Iterable[FeedEvent]) -> list[dict[str, Any]]:
    """The events as the feed and webhooks tell them: thin, with the address of the record; a query per kind."""
    events = list(events)
    numbers = _numbers(events)
    return [_shown(event, numbers.get((event.kind, event.record_id), event.number)) for event in events]


def _known(position: int) -> int:
    last = positions.last()
    if position > last or positions.is_lost(position):
        text = _(
            "This feed has not reached that position; its last one is %(last)d. "
            "If the console's database was restored, read everything again from 0."
        )
        raise Conflict(text % {"last": last})
    return position


def _of(names: Collection[str]) -> QuerySet[FeedEvent]:
    """The numbered events of these kinds and names."""
    events = FeedEvent.objects.filter(position__isnull=False)
    whole = [name for name in names if name in kinds]
    if len(whole) == len(kinds):
        return events
    return events.filter(Q(kind__in=whole) | Q(name__in=[name for name in names if name not in kinds]))


def _position(event: FeedEvent) -> int:
    return event.position or 0


def _numbers(events: Sequence[FeedEvent]) -> dict[tuple[str, int], str]:
    """The records' own numbers as they are now; those that are deleted are left out."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        wanted.setdefault(event.kind, set()).add(event.record_id)
    return {
        (name, pk): str(number)
        for name, keys in wanted.items()
        if (kind := kinds.get(name)) and kind.number
        for pk, number in kind.model._base_manager.filter(pk__in=keys).values_list("pk", kind.number)
    }


def _shown(event: FeedEvent, number: str) -> dict[str, Any]:
    return {
        "position": str(event.position),
        "type": event.name,
        "at": timezone.localtime(event.at).isoformat(),
        "record": {"kind": event.kind, "id": number, "url": _address(kinds.get(event.kind), number)},
        "state": {"was": event.was, "now": event.now},
    }


def _address(kind: Kind | None, number: str) -> str:
    """The record's address in the API, without the host; of a kind without numbers that of its list."""
    if kind is None:
        return ""
    listed = reverse(f"{kind.basename}-list")
    return f"{listed}{quote(number, safe='')}/" if number else listed
