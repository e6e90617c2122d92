"""Places for calls that wait for WeChat inside a web request: fewer than threads, so that some are left for the rest.

However slow WeChat is, messages from it, health and pages then find a free thread. Whoever gets no place is told to
come again; what it asked for is stored. Workers, which are there to wait, need no place.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from wechat.errors import NoPlace

PATIENCE = 0.25  # seconds to wait for a place: as long as a burst takes while WeChat is quick
_needs_place: ContextVar[bool] = ContextVar("needs_place", default=False)
_places = threading.BoundedSemaphore(settings.WEB_CALLS)
_failed_at = 0.0  # monotonic, when somebody waited in vain


def bounded_calls(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable:
    """Middleware: the calls of this request need a place."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = _needs_place.set(True)
        try:
            return get_response(request)
        finally:
            _needs_place.reset(token)

    return middleware


@contextmanager
def place() -> Iterator[None]:
    """Hold a place while WeChat is asked, once in a request; raises NoPlace where there is none."""
    global _failed_at
    if not _needs_place.get():
        yield
        return
    # While places do not get free nobody waits for one: who waits occupies a thread, too.
    patience = PATIENCE if time.monotonic() - _failed_at > 1 else 0
    if not _places.acquire(timeout=patience):
        _failed_at = time.monotonic()
        raise NoPlace()
    token = _needs_place.set(False)
    try:
        yield
    finally:
        _needs_place.reset(token)
        _places.release()
