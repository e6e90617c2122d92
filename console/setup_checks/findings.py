"""What a check of the set-up answers: what was seen, how to mend it, and who can."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wechat.errors import ADMINISTRATOR, DEVELOPER

__all__ = ["ADMINISTRATOR", "DEVELOPER", "OPERATOR", "Check", "Finding", "State", "fault", "fine", "warn"]

OPERATOR = _("Whoever runs this server")

Text = str | Promise


class State(models.TextChoices):
    OK = "ok", _("In order")
    WARN = "warn", _("Look at it")
    FAULT = "fault", _("Fault")


class Finding(NamedTuple):
    state: State
    seen: str
    mend: str = ""
    who: Text = ""


class Check(NamedTuple):
    name: str
    title: Text
    look: Callable[[], Finding]


def fine(seen: str) -> Finding:
    return Finding(State.OK, seen)


def warn(seen: str, mend: str, who: Text = OPERATOR) -> Finding:
    return Finding(State.WARN, seen, mend, who)


def fault(seen: str, mend: str, who: Text = OPERATOR) -> Finding:
    return Finding(State.FAULT, seen, mend, who)
