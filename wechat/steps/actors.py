"""Who asks: kept in a context variable, from the door to the step, the call and the edit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple


class Actor(NamedTuple):
    door: str  # admin, api, command, schedule or callback
    user: Any = None

    def __str__(self) -> str:
        return self.user.get_username() if self.user else self.door


_actor: ContextVar[Actor] = ContextVar("actor")
NOBODY = Actor("command")


def current() -> Actor:
    return _actor.get(NOBODY)


@contextmanager
def acting(door: str, user: Any = None) -> Iterator[None]:
    """Make this the actor of everything done inside the block."""
    token = _actor.set(Actor(door, user))
    try:
        yield
    finally:
        _actor.reset(token)


def become(user: Any) -> None:
    """Replace the user of the enclosing `acting` block until it ends; raises LookupError outside of one."""
    _actor.set(_actor.get()._replace(user=user))
