"""The balance before and after a day, by what WeChat wrote beside its movements."""

from collections import Counter
from datetime import date
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from orders.funds.models import Balance, Flow

from .sources import midnight


class Chain(NamedTuple):
    opening: int | None
    closing: int | None
    moved: int  # of the day's movements, however late they were listed

    @property
    def gap(self) -> int:
        """Other than 0: movements of the day are missing."""
        if self.opening is None or self.closing is None:
            return 0
        return self.closing - self.opening - self.moved


def of(day: date) -> Chain:
    with_balance = Flow.objects.exclude(balance=None)
    own, before = with_balance.filter(day=day), with_balance.filter(day__lt=day)
    opening = _end(before, "-booked_at")
    if opening is None:
        opening = _begin(own)
    closing = _end(own, "-booked_at")
    moved = Flow.objects.filter(day=day).aggregate(moved=Sum("amount"))["moved"] or 0
    return Chain(opening, opening if closing is None else closing, moved)


def _second(flows: QuerySet, order: str) -> list[Flow]:
    """The movements of the first or last second: WeChat's stamps do not say in which order they were booked."""
    one = flows.order_by(order).first()
    return list(flows.filter(booked_at=one.booked_at).order_by("pk")[:1000]) if one else []


def _end(flows: QuerySet, order: str) -> int | None:
    """The balance that no movement of that second began with."""
    last = _second(flows, order)
    ends = Counter(flow.balance or 0 for flow in last)
    ends.subtract(_before(flow) for flow in last)
    left = [balance for balance, count in ends.items() if count > 0]
    return (left[0] if len(left) == 1 else last[-1].balance) if last else None


def _begin(flows: QuerySet) -> int | None:
    """The balance that no movement of that second led to."""
    first = _second(flows, "booked_at")
    begins = Counter(_before(flow) for flow in first)
    begins.subtract(flow.balance or 0 for flow in first)
    left = [balance for balance, count in begins.items() if count > 0]
    return (left[0] if len(left) == 1 else _before(first[0])) if first else None


def _before(flow: Flow) -> int:
    return (flow.balance or 0) - flow.amount


def at_wechat(day: date) -> int | None:
    """The balance as it was read, where no movement came between the day's end and the reading."""
    read = Balance.objects.exclude(read_at=None).first()
    if read is None or read.available is None or read.pending is None or read.read_at is None:
        return None
    if read.read_at < midnight(day) or Flow.objects.filter(day__gt=day, booked_at__lte=read.read_at).exists():
        return None
    return None if Flow.objects.filter(day=day, booked_at__gt=read.read_at).exists() else read.available + read.pending
