"""The id that follows a press: from the HTTP request to the job's steps, their calls, and every line of the log."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 64
FIT = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST}}}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of what is done now; "" where nobody gave one, as in a command."""
    return _current.get()


def taken(given: str) -> str:
    """The id that a caller sent, where it has the form of one, else a new one."""
    return given if FIT.fullmatch(given) else f"{random.getrandbits(128):032x}"


@contextmanager
def following(request_id: str) -> Iterator[None]:
    """Everything in the block belongs to this id."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def begin(request_id: str) -> None:
    """From now on this thread works for this id, until the next one begins."""
    _current.set(request_id)
