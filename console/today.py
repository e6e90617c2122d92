"""The front page: the work that waits for this person, one card per subject.

An app adds its cards in `cards.py`:

    @card("qualifications.view_brandqualification")
    def refused_reviews(): return Card(...)
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Card(NamedTuple):
    title: str
    count: int | str  # type: ignore[assignment]  # overrides tuple.count
    text: str  # one line; a sentence also where nothing waits
    url: str = ""
    tone: str = "grey"  # amber or red where somebody should act
    order: int = 50


class Progress(NamedTuple):
    """A progress bar of several steps, across the whole page."""

    title: str
    steps: list[bool]  # done or not, in order
    text: str
    url: str
    tone: str = "amber"


_cards: list[tuple[str, Callable[[], Card]]] = []


def card(permission: str) -> Callable[[Callable[[], Card]], Callable[[], Card]]:
    """Register a card, shown to users with the permission."""

    def register(make: Callable[[], Card]) -> Callable[[], Card]:
        _cards.append((permission, make))
        return make

    return register


_progress: list[tuple[str, Callable[[], Progress | None]]] = []


def progress(permission: str) -> Callable[[Callable[[], Progress | None]], Callable[[], Progress | None]]:
    """Register a progress bar, shown to users with the permission until it returns None."""

    def register(make: Callable[[], Progress | None]) -> Callable[[], Progress | None]:
        _progress.append((permission, make))
        return make

    return register


def progress_for(user: Any) -> list[Progress]:
    made = [make() for permission, make in _progress if user.has_perm(permission)]
    return [one for one in made if one]


def cards_for(user: Any) -> list[Card]:
    made = [make() for permission, make in _cards if user.has_perm(permission)]
    return sorted(made, key=lambda card: card.order)
