"""Steps claimed in groups and handed out one by one to the threads of this process that work on one job.

A group is claimed and its records are loaded at once, so that a step costs few statements; each is marked as sent only
by the thread that carries it out, just before its call leaves. What nobody began is given back.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.db import models

from wechat.models import Step
from wechat.steps import ahead, queue

LOOK = 0.1  # seconds for which a process goes by what it has seen of a pause
LEAST, MOST = 10, 50  # steps in a group; between them as many as there are threads
KEEP = 3  # a group that is not begun after a third of its lease is given back


class Claims:
    """The steps that this process has claimed of one job."""

    def __init__(self) -> None:
        self.threads = 0
        self._lock = Lock()
        self._steps: deque[Step] = deque()
        self._looked = self._claimed = float("-inf")

    def next(self, steps: models.QuerySet, is_halted: Callable[[], bool]) -> Step | None:
        """A step to carry out now; None where none is due, or the job is halted."""
        with self._lock:
            if time.monotonic() - self._looked > LOOK:
                self._looked = time.monotonic()  # before it looks: a pause that comes meanwhile is looked for again
                if is_halted():
                    self.look()  # so does the next thread
                    self.give_back()
                    return None
            if self._steps and time.monotonic() - self._claimed > settings.WECHAT_LEASE / KEEP:
                self.give_back()
            if not self._steps:
                self._claimed = time.monotonic()
                claimed = queue.claim(steps, min(max(self.threads, LEAST), MOST))
                ahead.load(claimed)
                self._steps.extend(claimed)
            return self._steps.popleft() if self._steps else None

    def give_back(self) -> None:
        queue.give_back(list(self._steps))
        self._steps.clear()

    def look(self) -> None:
        """The next thread asks again whether the job is halted."""
        self._looked = float("-inf")


_claims: dict[int, Claims] = {}
_changing = Lock()


@contextmanager
def shared(job: int) -> Iterator[Claims]:
    """What the threads that are inside at once have claimed of a job; the last one gives back what is left."""
    with _changing:
        claims = _claims.setdefault(job, Claims())
        claims.threads += 1
    claims.look()
    try:
        yield claims
    finally:
        with _changing:
            claims.threads -= 1
            is_last = not claims.threads
            if is_last:
                del _claims[job]
        if is_last:
            claims.give_back()


def look_again(job: int) -> None:
    """Somebody in this process paused the job."""
    if claims := _claims.get(job):
        claims.look()
