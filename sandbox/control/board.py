"""The page's sections: each registers its buttons and its template variables."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Account, Push

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


def number(given: dict, name: str, most: int = MOST) -> int:
    number = int(given.get(name) or 0)
    if not 0 <= number <= most:
        raise ValueError
    return number


def told(play: Callable[[], object]) -> str:
    """Run an action; returns a text with the events that it caused."""
    last = Push.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    play()
    events = list(Push.objects.filter(pk__gt=last).order_by("pk").values_list("event", flat=True))
    if not events:
        return _("Done; no event is sent.")
    return _("Done. On its way: %(events)s.") % {"events": ", ".join(events)}
