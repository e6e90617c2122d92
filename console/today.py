"""The front page, and what waits: kinds of work with a count, their most urgent records, charts, the access bar.

An app registers its own in `cards.py`:

    @work("orders.ship_order", group="orders", title=_("To ship"), text=_("…"), page="admin:orders_order_changelist",
          query="state=to-ship", urgent=oldest_to_ship)
    def to_ship(): return Order.objects.to_ship()

All counts are one query, whatever the number of kinds; records are read of the most urgent kinds only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from wechat.steps.operations import Operation

from .counting import CHIP, counts, shown

NUMBERS = 6  # on the front page
RECORDS = 5  # most urgent ones on it
ASKED = 3  # kinds whose records are read for it
TONES = {"red": 0, "amber": 1, "blue": 2}

Text = str | Promise


class Urgent(NamedTuple):
    """One record of the list of the most urgent: what, how much, until or since when, and the operations that fit."""

    record: Model
    title: str
    detail: str = ""
    until: datetime | None = None
    since: datetime | None = None
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class Work:
    """A kind of work that waits, for users with the permission.

    tone: amber waits for us, red is wrong or late, blue waits for WeChat; late: those of the rows that make it red.
    """

    permission: str
    group: str  # of the menu
    title: Text
    text: Text  # what it is and what to do, one sentence
    page: str
    rows: Callable[[], QuerySet]
    query: str = ""
    tone: str = "amber"
    order: int = 50
    late: Callable[[], QuerySet] | None = None
    late_text: Text = ""
    urgent: Callable[[], list[Urgent]] | None = None

    @property
    def url(self) -> str:
        return reverse(self.page) + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True)
class Waiting:
    work: Work
    count: int
    late: int

    @property
    def tone(self) -> str:
        return "grey" if not self.count else "red" if self.late else self.work.tone

    @property
    def shown(self) -> str:
        return shown(self.count, CHIP)


works: list[Work] = []


def work(permission: str, **fields: Any) -> Callable[[Callable[[], QuerySet]], Callable[[], QuerySet]]:
    """Register a kind of work; the function returns its rows. The fields are those of `Work`."""

    def register(rows: Callable[[], QuerySet]) -> Callable[[], QuerySet]:
        works.append(Work(permission, rows=rows, **fields))
        return rows

    return register


_counted: tuple[float, list[int]] = (float("-inf"), [])


def _counts(fresh: bool) -> list[int]:
    """The counts of all kinds, of their late rows after them; those of the menu may be MENU_FRESH seconds old."""
    global _counted
    if fresh or time.monotonic() - _counted[0] >= settings.MENU_FRESH:
        late = [kind.late for kind in works if kind.late]
        rows = [(make(), CHIP) for make in (*(kind.rows for kind in works), *late)]
        _counted = time.monotonic(), counts(rows)
    return _counted[1]


def waiting_for(user: Any, fresh: bool = False) -> list[Waiting]:
    """What waits for this person, the most pressing first; kinds with nothing last."""
    numbers = iter(_counts(fresh))
    rows = [(kind, next(numbers)) for kind in works]
    every = [Waiting(kind, count, next(numbers) if kind.late else 0) for kind, count in rows]
    mine = [one for one in every if user.has_perm(one.work.permission)]
    return sorted(mine, key=lambda one: (TONES.get(one.tone, 3), one.work.order))


def urgent_of(waiting: list[Waiting]) -> list[Urgent]:
    """The most urgent records, of at most ASKED kinds of work."""
    kinds = [one.work for one in waiting if one.count and one.work.urgent][:ASKED]
    found = [row for kind in kinds for row in (kind.urgent() if kind.urgent else [])]
    with_end = sorted((row for row in found if row.until), key=lambda row: row.until or timezone.now())
    return [*with_end, *(row for row in found if not row.until)][:RECORDS]


@dataclass(frozen=True)
class Day:
    day: date
    count: int
    amount: int | None = None  # fen


class Chart(NamedTuple):
    """Days of a figure: bars for the count, a line for the money."""

    title: Text
    days: list[Day]
    url: str
    note: Text = ""  # beside the title


_charts: list[tuple[int, str, Callable[[], Chart]]] = []


def chart(permission: str, order: int) -> Callable[[Callable[[], Chart]], Callable[[], Chart]]:
    """Register the chart of a role's work; each person sees the first one, by order, that they may see."""

    def register(make: Callable[[], Chart]) -> Callable[[], Chart]:
        _charts.append((order, permission, make))
        return make

    return register


def chart_for(user: Any) -> Chart | None:
    makes = sorted(_charts, key=lambda row: row[0])
    return next((make() for _order, permission, make in makes if user.has_perm(permission)), None)


class Progress(NamedTuple):
    """A progress bar of several steps, across the whole page."""

    title: str
    steps: list[bool]  # done or not, in order
    text: str
    url: str
    tone: str = "amber"


_progress: list[tuple[str, Callable[[], Progress | None]]] = []


def progress(permission: str) -> Callable[[Callable[[], Progress | None]], Callable[[], Progress | None]]:
    """Register a progress bar, for users with the permission until it returns None; loaded after the page."""

    def register(make: Callable[[], Progress | None]) -> Callable[[], Progress | None]:
        _progress.append((permission, make))
        return make

    return register


def has_progress(user: Any) -> bool:
    return any(user.has_perm(permission) for permission, _make in _progress)


def progress_for(user: Any) -> list[Progress]:
    made = [make() for permission, make in _progress if user.has_perm(permission)]
    return [one for one in made if one]
