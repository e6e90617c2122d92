"""The timeline of a record, page by page: edits, reveals, notes, steps with calls, messages, and its app's entries.

Of each kind no more rows are read than a page shows, however many there are.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.models import Call, Callback, Step
from wechat.platform_names import event_name

from . import sealed_edits, sentences
from .beside import There
from .links import record_link
from .models import Edit, Note, Reveal
from .templatetags.console import tone
from .words import retold

LENGTH = 60
LATELY = 7  # on the front page
KINDS: dict[str, Promise] = {
    "step": gettext_lazy("Asked of WeChat"),
    "read": gettext_lazy("Reads from WeChat"),
    "message": gettext_lazy("Pushed by WeChat"),
    "review": gettext_lazy("Reviews and states"),
    "approval": gettext_lazy("Second person"),
    "edit": gettext_lazy("Edits"),
    "note": gettext_lazy("Notes"),
    "reveal": gettext_lazy("Personal data shown"),
}
DELETED = "–"  # in an edit, in the place of a field
BY_SECOND = Q(changes__has_any_keys=list(sentences.SECOND))


class Entry(NamedTuple):
    at: datetime
    kind: str  # of KINDS
    title: str  # a sentence
    badge: str = ""
    tone: str = "grey"
    changes: dict | None = None
    text: str = ""
    step: Step | None = None
    calls: tuple[Call, ...] = ()
    record: Any = None
    # For programs, which read it through the API: what happened, with what, and who did it ("" where WeChat did).
    code: str = ""
    values: dict[str, Any] | None = None
    actor: str = ""


class Span(NamedTuple):
    """Which part of a timeline is wanted."""

    kinds: tuple[str, ...] = tuple(KINDS)
    end: datetime | None = None  # only what is before it; from the oldest on: only what is after it
    from_oldest: bool = False
    most: int = LENGTH
    there: There | None = None  # the names of what there is beside the record, where it was asked

    def may_have(self, name: str) -> bool:
        """Whether it is worth asking for the rows of this name."""
        return self.there is None or name in self.there

    def has(self, at: datetime) -> bool:
        return self.end is None or (at > self.end if self.from_oldest else at < self.end)

    def cut(self, rows: models.QuerySet, column: str = "at") -> models.QuerySet:
        """The rows of the span; one more than is shown tells that there are more."""
        if self.end:
            rows = rows.filter(**{f"{column}__{'gt' if self.from_oldest else 'lt'}": self.end})
        return rows.order_by("pk" if self.from_oldest else "-pk")[: self.most + 1]


class Page(NamedTuple):
    entries: list[Entry]
    end: datetime | None  # where the next page begins; None where there is none


def moment(text: str) -> datetime | None:
    """A moment with its zone, from an address; None where it is none."""
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


Extra = Callable[[Span], list[Entry]]


def page_of(record: models.Model, span: Span, extra: Extra | None = None) -> Page:
    """A page of the record's timeline, in a constant number of queries. `extra` has the entries of its app."""
    entries = [*_traces(record, span), *_asked(record, span), *_pushed(record, span), *(extra(span) if extra else [])]
    wanted = [entry for entry in entries if entry.kind in span.kinds and span.has(entry.at)]
    wanted.sort(key=lambda entry: entry.at, reverse=not span.from_oldest)
    shown, rest = wanted[: span.most], wanted[span.most :]
    if not rest:
        return Page(shown, None)
    # The next page begins at another moment, so what happened at one moment is on one page.
    shown = [entry for entry in shown if entry.at != rest[0].at] or shown
    return Page(shown, shown[-1].at)


def whole(record: models.Model, kinds: tuple[str, ...], extra: Extra | None = None) -> Iterator[list[Entry]]:
    """The whole timeline from the oldest entry on, page by page."""
    span = Span(kinds, from_oldest=True, most=5 * LENGTH)
    while True:
        page = page_of(record, span, extra)
        yield page.entries
        if page.end is None:
            return
        span = span._replace(end=page.end)


def rows_of(record: models.Model) -> dict[str, models.QuerySet]:
    """What the timeline of any record is made of, by name."""
    where: dict[str, Any] = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
    people = "user__api_key"
    return {
        "edits": Edit.objects.filter(**where).select_related(people),
        "reveals": Reveal.objects.filter(**where).select_related(people),
        "notes": Note.objects.filter(**where).select_related(people),
        "steps": Step.objects.filter(**where),
        "messages": Callback.objects.filter(**where).defer("body"),
    }


def _traces(record: models.Model, span: Span) -> Iterator[Entry]:
    """What people did here: edits, what second persons asked and answered, notes, reveals."""
    rows = rows_of(record)
    chosen = {"approval", "edit"} & set(span.kinds)
    if chosen and span.may_have("edits"):
        edits = rows["edits"]
        if len(chosen) == 1:
            edits = edits.filter(BY_SECOND if "approval" in chosen else ~BY_SECOND)
        found = list(span.cut(edits))
        keys = sealed_edits.keys_of(edit.changes for edit in found)
        for edit in found:
            yield _edit(edit, type(record), keys)
    if "reveal" in span.kinds and span.may_have("reveals"):
        for trace in span.cut(rows["reveals"]):
            said = {"who": (who := sentences.actor(trace.door, trace.user)), "what": trace.what}
            title, values = _("%(who)s looked at: %(what)s.") % said, {"what": trace.what}
            yield Entry(trace.at, "reveal", title, text=trace.reason, code="revealed", values=values, actor=who)
    if "note" in span.kinds and span.may_have("notes"):
        for note in span.cut(rows["notes"]):
            who = sentences.actor(note.door, note.user)
            title = _("%(who)s noted:") % {"who": who}
            yield Entry(note.at, "note", title, text=note.text, code="noted", actor=who)


def _edit(edit: Edit, model: type[models.Model], keys: dict[str, str]) -> Entry:
    who, title = sentences.actor(edit.door, edit.user), sentences.edited(edit, model)
    for name in sentences.SECOND.keys() & edit.changes.keys():
        values = {"what": edit.changes[name][1]}
        return Entry(edit.at, "approval", title, code=name, values=values, actor=who)
    opened = sealed_edits.opened(edit.changes, keys)
    changes = {sentences.label_of(model, name): pair for name, pair in opened.items()}
    fields = sorted(set(edit.changes) - {DELETED})
    code = "deleted" if DELETED in edit.changes else "edited"
    return Entry(edit.at, "edit", title, changes=changes, code=code, values={"fields": fields}, actor=who)


def _asked(record: models.Model, span: Span) -> list[Entry]:
    return of_steps(rows_of(record)["steps"], span) if span.may_have("steps") else []


def of_steps(rows: models.QuerySet, span: Span) -> list[Entry]:
    """Entries for steps, also on rows that belong to a record and have no page of their own."""
    chosen = {"step", "read"} & set(span.kinds)
    if not chosen:
        return []
    if len(chosen) == 1:
        rows = rows.filter(reads="read" in chosen)
    steps = rows.select_related("user__api_key").prefetch_related("calls")
    return [_step(step) for step in span.cut(steps, "created_at")]


def _pushed(record: models.Model, span: Span) -> list[Entry]:
    if "message" not in span.kinds or not span.may_have("messages"):
        return []
    return [
        Entry(
            message.received_at,
            "message",
            _("WeChat pushed: %(event)s.") % {"event": event_name(message.event)},
            message.get_state_display(),
            tone(message.state),
            text=retold(message.error),
            code="pushed",
            values={"event": message.event, "state": message.state},
        )
        for message in span.cut(rows_of(record)["messages"], "received_at")
    ]


def lately() -> list[Entry]:
    """The newest doings of people, programs and WeChat, for the front page; not the schedule's reads.

    Of at most three kinds of records: each kind is a query.
    """
    steps = Step.objects.exclude(door="schedule", reads=True).select_related("user__api_key", "content_type")
    rows = list(steps.order_by("-id")[: 2 * LATELY])
    kinds = list(dict.fromkeys(step.content_type_id for step in rows))[:3]
    shown = [step for step in rows if step.content_type_id in kinds][:LATELY]
    models.prefetch_related_objects(shown, "record")
    return [_step(step)._replace(record=record_link(step.record)) for step in shown]


def moved(change: Any, label: Callable[[int | None], str]) -> Entry:
    """A stored change of state; `label` has the words of a state."""
    who = sentences.actor(change.door)
    title = sentences.moved(who, label(change.was), label(change.status))
    values = {"was": change.was, "status": change.status}
    return Entry(change.at, "review", title, code="moved", values=values, actor=who)


def _step(step: Step) -> Entry:
    calls = tuple(step.calls.all()) if "calls" in getattr(step, "_prefetched_objects_cache", {}) else ()
    return Entry(
        step.created_at,
        "read" if step.reads else "step",
        sentences.asked(step),
        step.get_state_display(),
        tone(step.state),
        text=sentences.answered(step),
        step=step,
        calls=calls,
        code="asked",
        values={"operation": step.operation, "state": step.state, "errcode": step.errcode},
        actor=sentences.actor(step.door, step.user),
    )
