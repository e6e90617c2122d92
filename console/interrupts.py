"""Ctrl-C and SIGTERM while a command runs."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError

from wechat.steps import stopping

CODE = 130  # the exit code of what was stopped
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def finishing_what_was_sent() -> Iterator[None]:
    """Within it the first signal only says so in `stopping`; the second ends the process, whatever is in flight."""

    def stop(*_signal: Any) -> None:
        if stopping.asked.is_set():
            os._exit(CODE)
        stopping.asked.set()

    with _handled(stop):
        try:
            yield
        finally:
            stopping.asked.clear()


@contextmanager
def ending_at_once(said: str = "Stopped.") -> Iterator[None]:
    """Within it a signal ends the command with a sentence, for what is whole again when it is run once more."""

    def stop(*_signal: Any) -> None:
        raise KeyboardInterrupt

    with _handled(stop):
        try:
            yield
        except KeyboardInterrupt:
            raise CommandError(said, returncode=CODE) from None


@contextmanager
def _handled(stop: Callable[..., None]) -> Iterator[None]:
    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
