"""The state of a step on the board, with its evidence."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.steps.operations import Operation

from ..models import Access, SceneGroup
from .evidence import Facts
from .guide import Text


class State(models.TextChoices):
    NOT_STARTED = "not-started", gettext_lazy("Not begun")
    WAITING = "waiting", gettext_lazy("With WeChat")
    READY = "ready", gettext_lazy("Waits for us")
    COMPLETED = "completed", gettext_lazy("Completed")
    FAILED = "failed", gettext_lazy("Rejected")


TONES = {State.WAITING: "blue", State.READY: "amber", State.COMPLETED: "green", State.FAILED: "red"}


class StepState(NamedTuple):
    """The state of one step, and its evidence."""

    state: State = State.NOT_STARTED
    evidence: str = ""
    record: Any = None  # the record that is the evidence
    whose: Text = ""  # who has to act, where it differs from the guide
    since: datetime | None = None  # when it reached this state
    reason: str = ""  # WeChat's text, where it refused


def missing_for(op: Operation, target: Any, facts: Facts) -> list[str]:
    """Why an operation cannot be run on its record now; empty where it can."""
    if not op.is_allowed(target):
        return [_("Not possible now: %(state)s") % {"state": target.state_label}]
    missing = op.check(target, facts) if op.check else {}
    return [str(line) for lines in missing.values() for line in lines]


def unknown_state(record: Access | SceneGroup) -> str:
    message = _("WeChat says “%(state)s”, which this console does not know. WeChat's own page says what it means.")
    return message % {"state": record.state_label}


def time_text(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


def last_of(times: list[datetime | None]) -> datetime | None:
    return max((at for at in times if at), default=None)
