"""The ledger of a month: what moved the money, and whether it leads from the first balance to the last."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet, Sum

from .models import Flow
from .models.flow import FlowKind


class Line(NamedTuple):
    kind: str
    label: str
    count: int
    income: int  # fen
    expense: int  # fen, below 0

    @property
    def net(self) -> int:
        return self.income + self.expense


class Ledger(NamedTuple):
    first: date
    last: date
    lines: list[Line]
    opening: int | None  # fen, before the first movement
    closing: int | None  # after the last one
    unmatched: int

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def gap(self) -> int | None:
        """What the movements do not explain: anything but 0 means that some are missing."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - self.net


def month(first: date) -> Ledger:
    first = first.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return of(Flow.objects.filter(day__gte=first, day__lte=last), first, last)


def of(flows: QuerySet, first: date, last: date) -> Ledger:
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
    told = flows.exclude(balance=None)
    begin, end = told.order_by("booked_at", "id").first(), told.order_by("-booked_at", "-id").first()
    return Ledger(
        first=first,
        last=last,
        lines=lines,
        opening=begin.balance - begin.amount if begin else None,
        closing=end.balance if end else None,
        unmatched=flows.unmatched().count(),
    )
