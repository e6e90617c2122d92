"""The rate limit of every endpoint, shared by all threads and processes (BEHAVIOUR section 13).

For a limit of L calls in W seconds, B of them at once, we allow a burst of B calls and then L - B evenly spread calls
in W seconds, so that no W seconds hold more than L calls. Each call takes its place by one conditional UPDATE, which
goes by the database's clock.
"""

import random
import time
from contextvars import ContextVar

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from wechat import circuit
from wechat.clock import MICRO, NOW, NowMicroseconds
from wechat.errors import Paused, Resting
from wechat.models import Pace
from wechat.steps import stopping

# Seconds without calls after WeChat's errcode. The daily quota (45009) can be reset on WeChat's pages, so it is tried
# hourly.
PAUSES = {45009: 3600, 45011: 60, 300000: 10}
# Every call takes one, so the statement is not put together anew each time.
TAKE = """\
UPDATE wechat_pace SET due = {greatest}(due, {now}) + %s
WHERE endpoint = %s AND due <= {now} + %s AND paused_until <= {now} AND timeouts < %s
"""
TAKES = {
    "postgresql": TAKE.format(greatest="GREATEST", now=NOW["postgresql"]),
    "sqlite": TAKE.format(greatest="MAX", now=NOW["sqlite"]),
}
_reserved: ContextVar[str] = ContextVar("reserved", default="")


def reserve(endpoint: str) -> None:
    """Count this context's next call now, if it is allowed: inside a transaction that is open anyway."""
    interval, slack = _flow(endpoint)
    _reserved.set(endpoint if _took(endpoint, interval, slack) else "")


def take(endpoint: str, patience: float = 5.0) -> None:
    """Wait until this call is allowed, at most `patience` seconds; else raises Paused with the seconds to wait.

    An endpoint that rests because it gave no answer is not waited for: Resting, at once.
    """
    if _reserved.get() == endpoint:
        _reserved.set("")
        return
    interval, slack = _flow(endpoint)
    deadline = time.monotonic() + patience
    while not _took(endpoint, interval, slack):
        wait, rests = _wait(endpoint, slack)
        if rests:
            raise Resting(endpoint, wait)
        if time.monotonic() + wait > deadline:
            raise Paused(endpoint, wait)
        stopping.asked.wait(wait)
        stopping.refuse_if_asked()


def pause(endpoint: str, errcode: int) -> None:
    """WeChat answered that the limit is reached: make no calls to this endpoint for a while, with random jitter."""
    seconds = PAUSES.get(errcode, 60) * random.uniform(1, 1.3)
    Pace.objects.filter(endpoint=endpoint).update(paused_until=NowMicroseconds() + int(seconds * MICRO))


def _flow(endpoint: str) -> tuple[int, int]:
    """Microseconds between calls at the even rate, and how many a burst may be ahead of it."""
    limit, window, burst = settings.WECHAT_PACE.get(endpoint, settings.WECHAT_PACE["default"])
    interval = window * MICRO // (limit - burst)
    return interval, burst * interval


def _took(endpoint: str, interval: int, slack: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKES[connection.vendor], [interval, endpoint, slack, circuit.TIMEOUTS])
        if cursor.rowcount:
            return True
    now = NowMicroseconds()
    calls = Pace.objects.filter(endpoint=endpoint, due__lte=now + slack, paused_until__lte=now)
    if circuit.probe(endpoint, calls, due=Greatest(F("due"), now) + interval):
        return True
    if not Pace.objects.filter(endpoint=endpoint).exists():
        Pace.objects.get_or_create(endpoint=endpoint)
        return _took(endpoint, interval, slack)
    return False


def _wait(endpoint: str, slack: int) -> tuple[float, bool]:
    """Seconds until the next call is allowed, and whether the endpoint rests because it gave no answer."""
    row = Pace.objects.annotate(now=NowMicroseconds()).get(endpoint=endpoint)
    seconds = max(row.due - slack - row.now, row.paused_until - row.now, 1000) / MICRO
    return seconds, row.timeouts >= circuit.TIMEOUTS
