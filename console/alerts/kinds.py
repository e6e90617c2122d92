"""The kinds of alerts. An app registers its own in `watched.py`.

This one has an alert for each order whose payment is in doubt, until it no longer is:

    @alert("payment_in_doubt", title=_("Payment in doubt"), text=_("%(record)s: …"), permission="orders.clear_alert",
           page="admin:orders_order_changelist", is_urgent=True)
    def in_doubt() -> list[Cause]: return each(Order.objects.to_look_at())
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from ..models import Alert

Text = str | Promise
WITH_REASON = "%(record)s: %(reason)s"  # no word of ours, so nothing to translate
MEASURED = timedelta(minutes=5)  # a figure may be above its bound in one minute and below it in the next
MOST = 5_000  # causes of one kind; the oldest are first, so that those that are left out open later


class Cause(NamedTuple):
    """Something that stands now: its key within the kind, the values of the kind's text, and where to act.

    `stage` rises where it gets more urgent: who has not acknowledged the alert is reminded.
    """

    key: str
    values: Mapping[str, str | int] = {}
    url: str = ""
    stage: int = 1


@dataclass(frozen=True)
class Kind:
    """A kind of alert, for people with the permission.

    `words` makes the values that are codes readable, when the alert is read; an urgent kind may break quiet hours;
    an alert is over once its cause has stayed away for `settles`.
    """

    name: str
    title: Text
    text: Text  # one sentence with the values of a cause
    permission: str
    page: str
    causes: Callable[[], Iterable[Cause]]
    query: str = ""
    is_urgent: bool = False
    settles: timedelta = timedelta(0)
    words: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict

    @property
    def url(self) -> str:
        return reverse(self.page) + (f"?{self.query}" if self.query else "")

    def sentence(self, values: Mapping[str, Any]) -> str:
        """The text with these values; without them where another version of the console stored others."""
        try:
            return str(self.text) % self.words(values)
        except (KeyError, TypeError, ValueError):
            return str(self.title)


kinds: dict[str, Kind] = {}


def alert(name: str, **fields: Any) -> Callable[[Callable[[], Iterable[Cause]]], Callable[[], Iterable[Cause]]]:
    """Register a kind of alert; the function returns the causes that stand now. The fields are those of `Kind`."""

    def register(causes: Callable[[], Iterable[Cause]]) -> Callable[[], Iterable[Cause]]:
        kinds[name] = Kind(name, causes=causes, **fields)
        return causes

    return register


def page_of(record: Any) -> str:
    """The page of a record, or of the one that shows it."""
    record = getattr(record, "shown_on", record)
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def each(rows: QuerySet) -> list[Cause]:
    """A cause for each record, the oldest first."""
    return [
        Cause(f"{row._meta.model_name}-{row.pk}", {"record": str(row)}, page_of(row))
        for row in rows.order_by("pk")[:MOST]
    ]


def seen_by(may: Callable[[str], bool]) -> list[str]:
    """The names of the kinds that somebody may see, by who has which permission."""
    return [name for name, kind in kinds.items() if may(kind.permission)]


def title_of(row: Alert) -> str:
    return str(kinds[row.kind].title) if row.kind in kinds else row.kind


def sentence_of(row: Alert) -> str:
    return kinds[row.kind].sentence(row.values) if row.kind in kinds else ""


def address_of(row: Alert) -> str:
    """The page where something can be done, without the host."""
    return row.url or (kinds[row.kind].url if row.kind in kinds else "")
