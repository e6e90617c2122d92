"""The ledger of a month: the sums of its movements, and whether they explain the change of the balance."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.utils import timezone

from .models import Flow, FlowDay
from .models.flow import FlowKind


class Line(NamedTuple):
    kind: str
    label: str
    count: int  # type: ignore[assignment]  # overrides tuple.count
    income: int  # fen
    expense: int  # fen, below 0

    @property
    def net(self) -> int:
        return self.income + self.expense


class Ledger(NamedTuple):
    first: date
    last: date
    lines: list[Line]
    opening: int | None  # fen, after the last movement before the month
    closing: int | None  # after its last one
    unmatched: int
    unpulled: list[date]  # days that were not pulled since their end

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def gap(self) -> int | None:
        """The change of the balance less the sum of the movements: other than 0, movements are missing."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - self.net


def month(first: date) -> Ledger:
    first = first.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    flows = Flow.objects.filter(day__gte=first, day__lte=last)
    sums = (
        flows.order_by()
        .values("kind")
        .annotate(
            count=Count("pk"),
            income=Sum("amount", filter=Q(amount__gt=0)),
            expense=Sum("amount", filter=Q(amount__lt=0)),
        )
    )
    by_kind = {row["kind"]: row for row in sums}
    lines = [
        Line(kind, str(label), row["count"], row["income"] or 0, row["expense"] or 0)
        for kind, label in FlowKind.choices
        if (row := by_kind.get(kind))
    ]
    with_balance = Flow.objects.exclude(balance=None)
    before = with_balance.filter(day__lt=first).order_by("-booked_at", "-id").first()
    begin = with_balance.filter(day__gte=first, day__lte=last).order_by("booked_at", "id").first()
    end = with_balance.filter(day__lte=last).order_by("-booked_at", "-id").first()
    opening = before.balance if before else None
    if before is None and begin is not None and begin.balance is not None:
        opening = begin.balance - begin.amount
    return Ledger(
        first=first,
        last=last,
        lines=lines,
        opening=opening,
        closing=end.balance if end else None,
        unmatched=flows.unmatched().count(),
        unpulled=unpulled(first, last),
    )


def unpulled(first: date, last: date) -> list[date]:
    """Days that were not pulled since their end, from the first pulled day on."""
    began, today = FlowDay.objects.order_by("day").first(), timezone.localdate()
    if began is None:
        return []
    first, last = max(first, began.day), min(last, today - timedelta(days=1))
    whole = set(FlowDay.objects.whole().filter(day__gte=first, day__lte=last).values_list("day", flat=True))
    days = [first + timedelta(days=on) for on in range((last - first).days + 1)]
    return [day for day in days if day not in whole]
