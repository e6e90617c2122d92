"""The deadlines of BEHAVIOUR 5.3, counted from the last change of state: who has to act, what follows, and warnings."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import ECStatus

WARNINGS = (24, 6, 1)  # hours before a deadline


class Clock(NamedTuple):
    lasts: timedelta
    ours: bool  # whether the merchant has to act before it
    then: str | Promise


_BUYER = Clock(timedelta(days=7), False, _("the after-sale is closed unless the buyer turns to the platform"))
CLOCKS: dict[int | None, Clock] = {
    ECStatus.TO_HANDLE: Clock(timedelta(hours=48), True, _("WeChat agrees in your place")),
    ECStatus.TO_RETURN: Clock(timedelta(days=7), False, _("the return is closed")),
    ECStatus.TO_RECEIVE: Clock(timedelta(days=10), True, _("WeChat refunds in your place")),
    ECStatus.REFUND_REFUSED: _BUYER,
    ECStatus.RETURN_REFUSED: _BUYER,
    ECStatus.RETURN_CLOSED: _BUYER,
}


def deadline(status: int | None, moved_at: datetime | None) -> datetime | None:
    """When WeChat ends the present state by itself; None where it has no deadline."""
    clock = CLOCKS.get(status)
    return moved_at + clock.lasts if clock and moved_at else None


def due_warning(hours_left: float) -> int:
    """The warning that is due, in hours: 24, 6 or 1; 0 where none is due yet."""
    return next((hours for hours in sorted(WARNINGS) if hours_left <= hours), 0)
