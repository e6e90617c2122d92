"""The page's sections: each registers its buttons and its template variables."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Account, Push
from ..platform import Refusal
from ..scenario import recording

MOST = 2**31 - 1
Action = Callable[[HttpRequest, Account], str]
Section = Callable[[Account], dict]
ACTIONS: dict[str, Action] = {}
SECTIONS: list[Section] = []


def action(function: Action) -> Action:
    ACTIONS[function.__name__] = function
    return function


def section(function: Section) -> Section:
    """Register a function that returns the template variables of one section."""
    SECTIONS.append(function)
    return function


class Outcome(NamedTuple):
    errcode: int  # 0 where it was done
    said: str
    events: list[dict]  # on their way because of it


def run(request: HttpRequest, name: str) -> Outcome:
    """Do what a button says."""
    if name not in ACTIONS:
        return Outcome(40097, _("There is no such button."), [])
    last = _last_push()
    try:
        errcode, said = 0, ACTIONS[name](request, Account.only())
    except Refusal as refusal:
        errcode, said = refusal.errcode, f"{refusal.errcode} {refusal.errmsg}"
    except ValueError:
        errcode, said = 40097, _("A whole number is needed.")
    events = list(Push.objects.filter(pk__gt=last).order_by("pk").values_list("fields", flat=True))
    recording.action(name, request.POST, {"errcode": errcode, "events": events})
    return Outcome(errcode, said, events)


def number(given: dict, name: str, most: int = MOST) -> int:
    number = int(given.get(name) or 0)
    if not 0 <= number <= most:
        raise ValueError
    return number


def _last_push() -> int:
    return Push.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def told(play: Callable[[], object]) -> str:
    """Run an action; returns a text with the events that it caused."""
    last = _last_push()
    play()
    events = list(Push.objects.filter(pk__gt=last).order_by("pk").values_list("event", flat=True))
    if not events:
        return _("Done; no event is sent.")
    return _("Done. On its way: %(events)s.") % {"events": ", ".join(events)}
