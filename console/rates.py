"""How often something was done, counted in the cache. Where the cache is away or frozen nobody is stopped for it."""

import logging
import time

from django.core.cache import cache

log = logging.getLogger(__name__)
LEFT_ALONE = 5.0  # seconds after an error: a frozen cache would cost every request its time-out
TOLD = 60.0  # seconds between lines of the log
_left_alone_until = 0.0
_told_at = -TOLD


def count(name: str, seconds: int) -> int | None:
    """Count one more under this name, for so many seconds; the number so far, None where the cache does not say."""
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return None
    if _left_alone_until:
        _left_alone_until = time.monotonic() + LEFT_ALONE  # this one tries it; the others go on without
    try:
        cache.add(name, 0, timeout=seconds)
        number = cache.incr(name)
    except ValueError:  # it expired between the two
        number = None
    except Exception as error:  # each cache's client has errors of its own
        _left_alone_until = time.monotonic() + LEFT_ALONE
        _tell(error)
        return None
    _left_alone_until = 0.0
    return number


def _tell(error: Exception) -> None:
    global _told_at
    if time.monotonic() - _told_at >= TOLD:
        _told_at = time.monotonic()
        log.warning("the cache is away (%s): requests are not limited", type(error).__name__)
