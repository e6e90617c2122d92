"""A forecast of the whole access, by the working days that it usually takes; public holidays are not known here."""

from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone

from .guide import PARTS, WHOLE
from .rows import Board

SELLING = max(PARTS)  # the last part: the access is whole when what is before it is completed
WEEKDAYS = 5


class Forecast(NamedTuple):
    began: date
    passed: int  # working days
    least: int
    most: int
    first: date  # the earliest and the latest day on which it is usually there
    last: date

    @property
    def at_least(self) -> int:
        return max(0, self.least - self.passed)

    @property
    def at_most(self) -> int:
        return max(0, self.most - self.passed)

    @property
    def is_over(self) -> bool:
        return self.passed > self.most


def forecast(board: Board) -> Forecast | None:
    """When the access is likely to be whole; None before the application, and once it is."""
    began_at = board.access.applied_at or board.access.opened_at
    if began_at is None or all(row.is_completed for row in board.rows if row.step.part < SELLING):
        return None
    began, today, (least, most) = timezone.localdate(began_at), timezone.localdate(), WHOLE
    return Forecast(began, passed(began, today), least, most, later(began, least), later(began, most))


def passed(first: date, last: date) -> int:
    """The working days after the first day, up to the last one."""
    weeks, rest = divmod((last - first).days, 7)
    days = (first + timedelta(days=nth) for nth in range(1, rest + 1))
    return weeks * WEEKDAYS + sum(day.weekday() < WEEKDAYS for day in days)


def later(first: date, count: int) -> date:
    """The day that is so many working days after the first one."""
    day = first
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < WEEKDAYS
    return day
