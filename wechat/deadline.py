"""A deadline of our own for the database: one that is frozen keeps its connections open and runs no time-outs.

PostgreSQL: a statement that is not answered in time closes the connection (`config.postgresql`). SQLite: the wait for
a lock that a stopped process holds is shorter. Workers have no deadline.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock

from django.db import OperationalError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PAGE = 10.0  # seconds for a statement of a web request
MESSAGE = 1.2  # of WeChat's messages and of the health check, which answer within two seconds
REMEMBERED = 1.0  # seconds for which no new connection is tried after one that was silent
seconds: ContextVar[float | None] = ContextVar("seconds", default=None)
_silent_until = 0.0
_turn = RLock()


def statements(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable:
    """Middleware: statements of a web request have a deadline, or a frozen database would occupy every thread."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = seconds.set(PAGE)
        try:
            return get_response(request)
        finally:
            seconds.reset(token)

    return middleware


@contextmanager
def within(limit: float) -> Iterator[None]:
    """The database answers each statement in so many seconds, or raises OperationalError."""
    token = seconds.set(limit)
    try:
        with _short_wait_for_locks(limit):
            yield
    finally:
        seconds.reset(token)


@contextmanager
def _short_wait_for_locks(limit: float) -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    connection.connection.execute(f"PRAGMA busy_timeout = {int(limit * 1000)}")
    try:
        yield
    finally:
        if connection.connection is not None:
            usual = connection.settings_dict["OPTIONS"].get("timeout", 5)
            connection.connection.execute(f"PRAGMA busy_timeout = {int(usual * 1000)}")


@contextmanager
def for_message() -> Iterator[None]:
    """A message of WeChat is kept within two seconds, or raises DatabaseError.

    On SQLite the messages of a process take turns, so that a burst of them does not use up the time in which each waits
    for the lock of another process; where one waited in vain, the next ones do not wait.
    """
    with within(MESSAGE):
        if connection.vendor != "sqlite":
            yield
            return
        with _turn:
            if is_silent():
                raise OperationalError("another process held the write lock a moment ago")
            try:
                yield
            except OperationalError as error:
                if "locked" in str(error):
                    note_silence()
                raise


def note_silence() -> None:
    global _silent_until
    _silent_until = time.monotonic() + REMEMBERED


def is_silent() -> bool:
    """Whether the database was silent a moment ago: to connect would take the rest of the time."""
    return seconds.get() is not None and time.monotonic() < _silent_until
