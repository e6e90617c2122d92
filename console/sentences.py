"""What happened to a record, told in sentences: who, what, and what WeChat answered."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wechat.models import Step
from wechat.steps import operations

from .words import retold

State = Step.State
# A door is no person: where nobody is known, it is said what came in through it.
NOBODY = {
    "admin": gettext_lazy("Somebody on these pages"),
    "api": gettext_lazy("A program through the API"),
    "command": gettext_lazy("A command"),
    "schedule": gettext_lazy("The schedule"),
    "callback": gettext_lazy("A message from WeChat"),
}
ANSWERS = {
    State.WANTED: gettext_lazy("It waits to be sent."),
    State.SENT: gettext_lazy("It was sent, and is not answered yet."),
    State.DONE: gettext_lazy("WeChat accepted it."),
    State.REFUSED: gettext_lazy("WeChat refused it."),
    State.UNKNOWN: gettext_lazy("WeChat gave no clear answer."),
    State.SKIPPED: gettext_lazy("It was not sent."),
    State.FAILED: gettext_lazy("WeChat's answer could not be used."),
}
# Edits that are the asking and the answer of a second person: {what is stored: (sentence, sentence with its subject)}.
SECOND = {
    "asked_second": (
        gettext_lazy("%(who)s asked for a second person."),
        gettext_lazy("%(who)s asked for a second person: %(what)s."),
    ),
    "approved_by": (
        gettext_lazy("%(who)s approved it as second person."),
        gettext_lazy("%(who)s approved it as second person: %(what)s."),
    ),
    "refused_by": (
        gettext_lazy("%(who)s did not approve it."),
        gettext_lazy("%(who)s did not approve it: %(what)s."),
    ),
    "dropped_at": (gettext_lazy("%(who)s dropped it."), gettext_lazy("%(who)s dropped it: %(what)s.")),
}
# Stored names of changes that are no field.
WORDS = {
    "papers": gettext_lazy("papers"),
    "net": gettext_lazy("net"),
    "reason": gettext_lazy("reason"),
    "oversold": gettext_lazy("oversold"),
}
MOST_NAMED = 4  # fields in the sentence of an edit; the table below it has them all


def actor(door: str, user: Any = None) -> str:
    """Who did it; a user comes with `api_key`, as `user__api_key` of select_related."""
    if user is None:
        return str(NOBODY.get(door, door))
    if key := getattr(user, "api_key", None):
        return _("The API key “%(name)s”") % {"name": key.name}
    name = user.get_username()
    return _("%(who)s, by a command,") % {"who": name} if door == "command" else name


def asked(step: Step) -> str:
    said = {"who": actor(step.door, step.user), "what": operations.label_of(step.operation)}
    return _("%(who)s asked WeChat: “%(what)s”.") % said


def answered(step: Step) -> str:
    """What WeChat answered; where that is an error code, its meaning is shown beside."""
    if step.state == State.DONE and step.reads:
        return _("WeChat answered.")
    said = str(ANSWERS.get(State(step.state), "")) if step.state in State else ""
    return said if step.errcode else " ".join(part for part in (said, retold(step.message)) if part)


def edited(edit: Any, model: type[models.Model]) -> str:
    who = actor(edit.door, edit.user)
    for name, (alone, about) in SECOND.items():
        if name in edit.changes:
            what = edit.changes[name][1]
            is_known = not what or what in (edit.user and edit.user.get_username(), _("dropped"))
            return str(alone if is_known else about) % {"who": who, "what": what}
    if "–" in edit.changes:
        return _("%(who)s deleted it.") % {"who": who}
    labels = sorted(label_of(model, name) for name in edit.changes)  # PostgreSQL keeps no order of them
    named, more = ", ".join(labels[:MOST_NAMED]), len(labels) - MOST_NAMED
    if more > 0:
        text = ngettext(
            "%(who)s changed %(fields)s and %(count)d more field.",
            "%(who)s changed %(fields)s and %(count)d more fields.",
            more,
        )
        return text % {"who": who, "fields": named, "count": more}
    return _("%(who)s changed %(fields)s.") % {"who": who, "fields": named}


def label_of(model: type[models.Model], name: str) -> str:
    """The label of a changed field: of the record, or `row · field` of one of its tables."""
    row, _dot, field = name.rpartition(" · ")
    tables = [relation.related_model for relation in model._meta.related_objects] if row else [model]
    for table in tables:
        try:
            label = capfirst(str(getattr(table._meta.get_field(field), "verbose_name", field)))
        except FieldDoesNotExist:
            continue
        return f"{row} · {label}" if row else label
    return str(WORDS.get(name, name))


def moved(who: str, was: str, now: str) -> str:
    """A change of state."""
    return _("%(who)s: the state went from “%(was)s” to “%(now)s”.") % {"who": who, "was": was, "now": now}
