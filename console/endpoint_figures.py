"""Figures of each endpoint of WeChat over the last day, from the hourly counts: calls, errors, time, limits."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from wechat.models import CallCount, Pace
from wechat.models.call_counts import BOUNDS
from wechat.pace import PAUSES

HOURS = 24


@dataclass
class Hour:
    at: datetime
    calls: int = 0
    errors: int = 0


@dataclass
class Figures:
    """errors: refused or not answered; limited: refused because WeChat's limit was reached."""

    endpoint: str
    hours: list[Hour]
    calls: int = 0
    errors: int = 0
    silent: int = 0
    limited: int = 0
    within: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    limit: tuple[int, ...] = ()
    rests: int = 0  # seconds until it may be called again

    @property
    def p95(self) -> int:
        return quantile(self.within, self.calls, 0.95)

    @property
    def is_over(self) -> bool:
        """Whether p95 lies above the last bound, which is then shown with ">"."""
        return self.calls > 0 and self.within[-1] < 0.95 * self.calls


def quantile(within: list[int], calls: int, share: float) -> int:
    """Milliseconds below which this share of the calls lies; evenly spread between two bounds."""
    wanted, below, low = share * calls, 0, 0
    for count, bound in zip(within, BOUNDS, strict=True):
        if count >= wanted and count > below:
            return round(low + (bound - low) * (wanted - below) / (count - below))
        below, low = count, bound
    return BOUNDS[-1] if calls else 0


def last_day() -> list[Figures]:
    """Of every endpoint that was called, the busiest first. Two queries."""
    begin = timezone.localtime().replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    found: dict[str, Figures] = {}
    for row in CallCount.objects.since(begin).order_by("endpoint"):
        if row.endpoint not in found:
            hours = [Hour(begin + timedelta(hours=nth)) for nth in range(HOURS)]
            found[row.endpoint] = Figures(row.endpoint, hours)
        _add(found[row.endpoint], row, int((row.hour - begin).total_seconds() // 3600))
    now = time.time_ns() // 1000
    for endpoint, until in Pace.objects.filter(paused_until__gt=now).values_list("endpoint", "paused_until"):
        if endpoint in found:
            found[endpoint].rests = (until - now) // 1_000_000
    for figures in found.values():
        figures.limit = settings.WECHAT_PACE.get(figures.endpoint, settings.WECHAT_PACE["default"])
    return sorted(found.values(), key=lambda one: -one.calls)


def _add(figures: Figures, row: CallCount, nth: int) -> None:
    is_error = not row.answered or row.errcode != 0
    figures.calls += row.calls
    figures.within = [sum(both) for both in zip(figures.within, row.within, strict=True)]
    figures.silent += 0 if row.answered else row.calls
    figures.limited += row.calls if row.errcode in PAUSES else 0
    figures.errors += row.calls if is_error else 0
    if 0 <= nth < HOURS:
        figures.hours[nth].calls += row.calls
        figures.hours[nth].errors += row.calls if is_error else 0
