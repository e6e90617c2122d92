"""The timeline of a record, newest first: edits, reveals, steps with their calls, messages, and entries of its app."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext as _

from wechat.models import Call, Callback, Step
from wechat.steps import operations

from .doors import door_label
from .links import record_link
from .models import Edit, Note, Reveal
from .templatetags.console import tone
from .words import retold

LENGTH = 60
LATELY = 7  # on the front page


class Entry(NamedTuple):
    at: datetime
    kind: str  # edit, reveal, note, step, message or review
    title: str
    who: str = ""
    badge: str = ""
    tone: str = "grey"
    changes: dict | None = None
    text: str = ""
    step: Step | None = None
    calls: tuple[Call, ...] = ()
    record: Any = None


def of(record: models.Model, extra: list[Entry] | None = None) -> list[Entry]:
    """The record's timeline, in a constant number of queries."""
    where = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
    entries = [
        *(extra or []),
        *(
            Entry(edit.at, "edit", _("Edited"), _who(edit), changes=edit.changes)
            for edit in Edit.objects.filter(**where).select_related("user").order_by("-id")[:LENGTH]
        ),
        *(
            Entry(trace.at, "reveal", _("Looked at: %(what)s") % {"what": trace.what}, _who(trace), text=trace.reason)
            for trace in Reveal.objects.filter(**where).select_related("user").order_by("-id")[:LENGTH]
        ),
        *(
            Entry(note.at, "note", _("Note"), _who(note), text=note.text)
            for note in Note.objects.filter(**where).select_related("user")[:LENGTH]
        ),
        *of_steps(Step.objects.filter(**where)),
        *(
            Entry(
                message.received_at,
                "message",
                message.event,
                _("WeChat"),
                message.get_state_display(),
                text=retold(message.error),
            )
            for message in Callback.objects.filter(**where).order_by("-id")[:LENGTH]
        ),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def of_steps(rows: models.QuerySet) -> list[Entry]:
    """Entries for steps on rows that belong to a record and have no page of their own."""
    return [_step(step) for step in _steps(rows)]


def lately() -> list[Entry]:
    """The newest doings of people, programs and WeChat, for the front page; not the schedule's reads.

    Of at most three kinds of records: each kind is a query.
    """
    steps = Step.objects.exclude(door="schedule", reads=True).select_related("user", "content_type").order_by("-id")
    rows = list(steps[: 2 * LATELY])
    kinds = list(dict.fromkeys(step.content_type_id for step in rows))[:3]
    shown = [step for step in rows if step.content_type_id in kinds][:LATELY]
    models.prefetch_related_objects(shown, "record")
    return [_step(step)._replace(record=record_link(step.record)) for step in shown]


def _steps(rows: models.QuerySet) -> models.QuerySet:
    return rows.select_related("user").prefetch_related("calls").order_by("-id")[:LENGTH]


def _step(step: Step) -> Entry:
    calls = tuple(step.calls.all()) if "calls" in getattr(step, "_prefetched_objects_cache", {}) else ()
    return Entry(
        step.sent_at or step.created_at,
        "step",
        operations.label_of(step.operation),
        _who(step),
        step.get_state_display(),
        tone(step.state),
        text=step.message if step.errcode else retold(step.message),
        step=step,
        calls=calls,
    )


def _who(trace: Any) -> str:
    return trace.user.get_username() if trace.user else door_label(trace.door)
