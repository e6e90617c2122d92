"""The figures of a day, in fen, counted by the database: our records beside WeChat's movements, and the balance."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.funds.models import Flow, TradeSharing
from orders.funds.models.flow import FlowKind
from orders.funds.models.trade import SharingResult
from orders.models import FundType, Order

from . import balance
from .models import Close, CloseRow
from .scope import movements
from .sources import SOURCES, midnight

SALES = (FlowKind.PAYMENT, FlowKind.REFUND, FlowKind.FEE)  # what is left of them is to be settled
NAMES: dict[str, str | Promise] = {
    FlowKind.PAYMENT: _("Paid"),
    FlowKind.REFUND: _("Refunded"),
    FlowKind.FEE: _("Fees"),
    FlowKind.WITHDRAWAL: pgettext_lazy("money", "Withdrawn"),
    FlowKind.RETURN: _("Returned to us"),
    FlowKind.OTHER: _("Other"),
}


class Line(NamedTuple):
    """One kind: what our records say, what moved, and what lies between the two."""

    kind: str
    ours_count: int
    ours: int
    moved_count: int
    moved: int
    rows: int  # the part of the difference that rows name

    @property
    def label(self) -> str:
        return str(NAMES[self.kind])

    @property
    def difference(self) -> int:
        return self.moved - self.ours

    @property
    def other_days(self) -> int:
        """What is left: one side is of this day, the other of another one."""
        return self.difference - self.rows


def of(close: Close, flows: QuerySet[Flow] | None = None) -> dict[str, Any]:
    """As they are now, to be stored."""
    flows = movements(close) if flows is None else flows
    moved = {row["kind"]: row for row in flows.order_by().values("kind").annotate(count=Count("pk"), fen=Sum("amount"))}
    ours = {kind: [0, 0] for kind in FlowKind.values}
    for source in SOURCES:
        found = source.between(close.day, close.day).aggregate(count=Count("pk"), fen=Sum("expected"))
        ours[source.kind][0] += found["count"]
        ours[source.kind][1] += found["fen"] or 0
    rows = _named(close)
    lines = {}
    for kind in FlowKind.values:
        here = moved.get(kind, {"count": 0, "fen": 0})
        lines[kind] = [*ours[kind], here["count"], here["fen"], rows.get(kind, 0)]
    late = flows.filter(day__lt=close.day).aggregate(count=Count("pk"), fen=Sum("amount"))
    chain = balance.of(close.day)
    return {
        "lines": lines,
        "net": sum(line[3] for line in lines.values()),
        "to_settle": sum(lines[kind][3] for kind in SALES),
        "settled": _settled(close),
        "released": _released(close),
        "late_count": late["count"],
        "late": late["fen"] or 0,
        "opening": chain.opening,
        "closing": chain.closing,
        "gap": chain.gap,
        "at_wechat": balance.at_wechat(close.day),
    }


def lines(figures: dict[str, Any]) -> list[Line]:
    """The lines of stored figures; kinds with nothing in them are left out, but for payments."""
    every = [Line(kind, *values) for kind, values in (figures.get("lines") or {}).items() if kind in NAMES]
    return [line for line in every if line.kind == FlowKind.PAYMENT or any(line[1:])]


def _named(close: Close) -> dict[str, int]:
    """The sum of the rows by kind: of the movements that it counts, and of the records of its day."""
    is_record = Q(problem=CloseRow.Problem.NOT_MOVED)
    mine = (is_record & Q(on=close.day)) | (~is_record & Q(close=close))
    rows = CloseRow.objects.active().filter(mine).exclude(kind="")
    return dict(rows.order_by().values_list("kind").annotate(fen=Sum("amount")))


def _settled(close: Close) -> int:
    span = {"settled_at__gte": midnight(close.day), "settled_at__lt": midnight(close.day + timedelta(days=1))}
    settled = Order.objects.filter(fund_type=FundType.PLATFORM, **span)
    return settled.aggregate(fen=Sum("settled_fen"))["fen"] or 0


def _released(close: Close) -> int:
    """Of payments without an order, by the day on which it was asked for: WeChat's read has no day."""
    span = {"created_at__gte": midnight(close.day), "created_at__lt": midnight(close.day + timedelta(days=1))}
    done = TradeSharing.objects.filter(result=SharingResult.SUCCESS, **span)
    return done.aggregate(fen=Sum("amount"))["fen"] or 0
