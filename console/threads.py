"""The same work on a handful of things at the same time, none longer than it may take."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import Any


def together(work: Callable[[Any], Any], things: Sequence[Any], seconds: float) -> dict[int, Any]:
    """{index: result} of those that ended in time.

    A thread that waits for a server that sends byte by byte is left behind; it ends with its connection.
    """
    found: dict[int, Any] = {}

    def run(nth: int, thing: Any) -> None:
        found[nth] = work(thing)

    threads = [
        Thread(target=copy_context().run, args=(run, nth, thing), daemon=True) for nth, thing in enumerate(things)
    ]
    until = monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    return dict(found)
