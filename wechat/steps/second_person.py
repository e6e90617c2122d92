"""What an operation asks of whoever says which of its records take two people."""

from collections.abc import Callable
from typing import Any, Protocol


class SecondPerson(Protocol):
    """What takes two people: one asks through any door, another one approves by running it.

    needs: says why a record needs a second person, "" where it does not or one has approved. ask: approves what
    another one asked for, where `seen` is the mark that this user was shown; else asks and raises Asked. passed: notes
    that it needs none, in the transaction of that answer, so that of several at once the later ones count it. mark:
    what exactly would be done.
    """

    mark: Callable[[Any], str]
    again: bool  # needs is asked once more, of what is sent
    passed: Callable[[Any], None] | None

    def needs(self, record: Any) -> str: ...

    def ask(self, op: Any, record: Any, user: Any, seen: str) -> None: ...
