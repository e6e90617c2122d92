"""The acts by name."""

from collections.abc import Callable
from typing import Any, NamedTuple

Play = Callable[[Any], str | None]


class Act(NamedTuple):
    play: Play  # raises Idle where there is nothing to do
    weight: float  # how often it is drawn, beside the others
    words: str  # for the story
    about: str  # what kind of record: two people at once act on one


ACTS: dict[str, Act] = {}


def act(weight: float, words: str, about: str = "order") -> Callable[[Play], Play]:
    def register(play: Play) -> Play:
        ACTS[play.__name__] = Act(play, weight, words, about)
        return play

    return register
