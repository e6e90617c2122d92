"""The rate limit of every endpoint, shared by all threads and processes (BEHAVIOUR section 13).

For a limit of L calls in W seconds, B of them at once, we allow a burst of B calls and then L - B evenly spread calls
in W seconds, so that no W seconds hold more than L calls. Each call takes its place by one conditional UPDATE.
"""

import random
import time
from contextvars import ContextVar

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest

from wechat.errors import Paused
from wechat.models import Pace

MICRO = 1_000_000
# Seconds without calls after WeChat's errcode. The daily quota (45009) can be reset on WeChat's pages, so it is tried
# hourly.
PAUSES = {45009: 3600, 45011: 60, 300000: 10}
_reserved: ContextVar[str] = ContextVar("reserved", default="")


def reserve(endpoint: str) -> None:
    """Count this context's next call now, if it is allowed: inside a transaction that is open anyway."""
    interval, slack = _flow(endpoint)
    _reserved.set(endpoint if _took(endpoint, interval, slack) else "")


def take(endpoint: str, patience: float = 5.0) -> None:
    """Wait until this call is allowed, at most `patience` seconds; else raises Paused with the seconds to wait."""
    if _reserved.get() == endpoint:
        _reserved.set("")
        return
    interval, slack = _flow(endpoint)
    deadline = time.monotonic() + patience
    while not _took(endpoint, interval, slack):
        wait = _wait(endpoint, slack)
        if time.monotonic() + wait > deadline:
            raise Paused(endpoint, wait)
        time.sleep(wait)


def pause(endpoint: str, errcode: int) -> None:
    """WeChat answered that the limit is reached: make no calls to this endpoint for a while, with random jitter."""
    seconds = PAUSES.get(errcode, 60) * random.uniform(1, 1.3)
    Pace.objects.filter(endpoint=endpoint).update(paused_until=_now() + int(seconds * MICRO))


def _flow(endpoint: str) -> tuple[int, int]:
    """Microseconds between calls at the even rate, and how many a burst may be ahead of it."""
    limit, window, burst = settings.WECHAT_PACE.get(endpoint, settings.WECHAT_PACE["default"])
    interval = window * MICRO // (limit - burst)
    return interval, burst * interval


def _took(endpoint: str, interval: int, slack: int) -> bool:
    now = _now()
    taken = Pace.objects.filter(endpoint=endpoint, due__lte=now + slack, paused_until__lte=now).update(
        due=Greatest(F("due"), now) + interval
    )
    if not taken and not Pace.objects.filter(endpoint=endpoint).exists():
        Pace.objects.get_or_create(endpoint=endpoint)
        return _took(endpoint, interval, slack)
    return bool(taken)


def _wait(endpoint: str, slack: int) -> float:
    row = Pace.objects.get(endpoint=endpoint)
    return max(row.due - slack - _now(), row.paused_until - _now(), 1000) / MICRO


def _now() -> int:
    return time.time_ns() // 1000
