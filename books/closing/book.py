"""A month of the books as XLSX: each sheet's totals are those of the summary, which is counted by the same queries."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import IO, Any

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.sheets.book import Sheet, write
from console.sheets.columns import Column
from orders.funds.models.flow import FlowKind
from orders.models import FundType, Order
from wechat.chunks import in_chunks

from . import figures
from .models import Close, CloseRow
from .scope import movements
from .sources import BY_NAME, Source, midnight, refunded_before

Rows = Iterator[dict[str, Any]]
DAY = Column("day", _("Day"), width=12)
NUMBER = Column("number", _("Number"), width=28)
AT = Column("at", _("At"), width=20)
MOVED = [
    Column("moved", _("Moved (yuan)")),
    Column("difference", _("Difference (yuan)")),
    Column("movement", _("Movement"), width=24),
]


def write_days(closes: QuerySet[Close], file: IO[bytes], counted: Callable[[Iterable], Iterable]) -> None:
    days = list(closes.order_by("day"))
    write(file, (sheet._replace(rows=counted(sheet.rows)) for sheet in _sheets(days)))


def _sheets(days: list[Close]) -> Iterator[Sheet]:
    since, until = days[0].day, days[-1].day
    yield _summary(days)
    yield _of_records(_("Orders"), ["order_paid"], since, until, {"order_paid": "amount"})
    yield _of_records(_("Payments"), ["part_paid"], since, until, {"part_paid": "amount"})
    refunds = {"claim_refunded": "refunded", "part_refunded": "refunded", "refund_returned": "returned"}
    yield _of_records(_("Refunds"), list(refunds), since, until, refunds)
    yield _movements(days)
    yield _of_records(_("Fees"), ["fee"], since, until, {"fee": "amount"})
    yield _settlements(since, until)
    out = {"withdrawn": "withdrawn", "withdrawal_returned": "returned"}
    yield _of_records(_("Withdrawals"), list(out), since, until, out)
    yield _unexplained(days)


# --- by day

KINDS = [kind for kind in FlowKind.values if kind != FlowKind.OTHER]
NAMES = {
    FlowKind.PAYMENT: (_("Paid, our records (yuan)"), _("Paid, movements (yuan)")),
    FlowKind.REFUND: (_("Refunded, our records (yuan)"), _("Refunded, movements (yuan)")),
    FlowKind.FEE: (_("Fees, our records (yuan)"), _("Fees, movements (yuan)")),
    FlowKind.WITHDRAWAL: (_("Withdrawn, our records (yuan)"), _("Withdrawn, movements (yuan)")),
    FlowKind.RETURN: (_("Returned, our records (yuan)"), _("Returned, movements (yuan)")),
}
SUMS = ("other", "net", "settled", "released", "unexplained")


def _summary(days: list[Close]) -> Sheet:
    pairs = [(f"{kind}_ours", f"{kind}_moved") for kind in KINDS]
    columns = [DAY, Column("state", _("State"), width=10)]
    for kind, pair in zip(KINDS, pairs, strict=True):
        columns += [Column(name, title, width=18) for name, title in zip(pair, NAMES[FlowKind(kind)], strict=True)]
    columns += [
        Column("other", _("Other movements (yuan)"), width=18),
        Column("net", _("Net of movements (yuan)"), width=18),
        Column("settled", _("Settled (yuan)")),
        Column("released", _("Released (yuan)")),
        Column("opening", _("Balance before (yuan)"), width=18),
        Column("closing", _("Balance after (yuan)"), width=18),
        Column("rows", _("Unexplained rows")),
        Column("unexplained", _("Unexplained (yuan)"), width=18),
        Column("as_closed", _("Net as closed (yuan)"), width=18),
    ]
    totals = (*(name for pair in pairs for name in pair), *SUMS, "rows")
    return Sheet(pgettext_lazy("books", "Summary"), columns, (_summed(close) for close in days), totals, ("rows",))


def _summed(close: Close) -> dict[str, Any]:
    """The figures as they are now; those of the close stand beside them."""
    now = figures.of(close)
    row = {"day": str(close), "state": close.state_label, "other": now["lines"][FlowKind.OTHER][3]}
    for kind in KINDS:
        row[f"{kind}_ours"], row[f"{kind}_moved"] = now["lines"][kind][1], now["lines"][kind][3]
    row |= {name: now[name] for name in ("net", "settled", "released", "opening", "closing")}
    waiting = list(close.rows.unexplained().values_list("amount", flat=True))
    row |= {"rows": len(waiting), "unexplained": sum(waiting)}
    return row | {"as_closed": close.figures["net"] if close.is_closed else ""}


# --- record by record


def _of_records(title: Any, names: list[str], since: date, until: date, columns: dict[str, str]) -> Sheet:
    """The records of some sources; each source's amounts stand in a column."""
    titles = {
        "amount": _("Amount (yuan)"),
        "refunded": _("Refunded (yuan)"),
        "returned": _("Returned (yuan)"),
        "withdrawn": _("Withdrawn (yuan)"),
    }
    amounts = list(dict.fromkeys(columns.values()))
    shown = [NUMBER, AT, *(Column(name, titles[name]) for name in amounts), *MOVED]
    rows = (row | {columns[name]: row["expected"]} for name in names for row in _records(BY_NAME[name], since, until))
    return Sheet(title, shown, rows, (*amounts, "moved", "difference"))


def _records(source: Source, since: date, until: date) -> Rows:
    first = source.flows().filter(object_id=OuterRef("pk")).order_by("booked_at", "pk").values("funds_flow_id")[:1]
    rows = source.with_moved(source.between(since, until)).annotate(movement=Subquery(first))
    for record in in_chunks(rows.order_by("moment", "pk")):
        moved = record.moved or 0
        yield {
            "number": str(record),
            "at": _time(record.moment),
            "expected": record.expected,
            "moved": moved,
            "difference": moved - record.expected,
            "movement": record.movement or "",
        }


def _movements(days: list[Close]) -> Sheet:
    columns = [
        Column("day", _("Counted on"), width=12),
        AT,
        Column("movement", _("Movement"), width=24),
        Column("kind", _("Kind"), width=14),
        Column("amount", _("Amount (yuan)")),
        Column("balance", _("Balance (yuan)")),
        Column("number", _("Number"), width=30),
        Column("record", _("Belongs to"), width=30),
    ]
    return Sheet(_("Movements"), columns, _moved(days), ("amount",))


def _moved(days: list[Close]) -> Rows:
    for close in days:
        flows = movements(close).prefetch_related("record").order_by("booked_at", "pk")
        for flow in in_chunks(flows):
            yield {
                "day": str(close),
                "at": _time(flow.booked_at),
                "movement": flow.funds_flow_id,
                "kind": flow.get_kind_display(),
                "amount": flow.amount,
                "balance": "" if flow.balance is None else flow.balance,
                "number": flow.request_no,
                "record": str(flow.record) if flow.object_id and flow.record else "",
            }


def _settlements(since: date, until: date) -> Sheet:
    columns = [
        NUMBER,
        Column("settlement", _("Settlement"), width=28),
        AT,
        Column("price", _("Order's price (yuan)"), width=16),
        Column("refunded", _("Refunded before (yuan)"), width=16),
        Column("fee", _("Fee (yuan)")),
        Column("settled", _("Settled (yuan)")),
    ]
    return Sheet(_("Settlements"), columns, _settled(since, until), ("price", "refunded", "fee", "settled"))


def _settled(since: date, until: date) -> Rows:
    end = midnight(date.fromordinal(until.toordinal() + 1))
    orders = Order.objects.filter(fund_type=FundType.PLATFORM, settled_at__gte=midnight(since), settled_at__lt=end)
    rows: models.QuerySet[Any] = orders.annotate(refunded=refunded_before()).order_by("settled_at", "pk")
    for order in in_chunks(rows):
        settled, back = order.settled_fen or 0, order.refunded
        yield {
            "number": order.out_order_id,
            "settlement": order.settle_no,
            "at": _time(order.settled_at),
            "price": order.order_price,
            "refunded": -back,
            "fee": settled - order.order_price + back,
            "settled": settled,
        }


def _unexplained(days: list[Close]) -> Sheet:
    columns = [
        DAY,
        Column("what", _("What"), width=28),
        Column("of", _("Of"), width=12),
        Column("kind", _("Kind"), width=14),
        NUMBER,
        Column("amount", _("Amount (yuan)")),
        Column("expected", _("Expected (yuan)")),
        Column("moved", _("Moved (yuan)")),
        Column("partner", _("Likely partner"), width=30),
        Column("state", _("State"), width=14),
        Column("reason", _("Reason"), width=40),
        Column("by", _("Who"), width=14),
    ]
    return Sheet(_("Unexplained"), columns, _rows(days), ("amount",))


def _rows(days: list[Close]) -> Rows:
    """Every row, also those that a person explained and those that were solved; only what is left counts."""
    rows = CloseRow.objects.filter(close__in=days).select_related("close", "flow", "decided_by")
    for row in in_chunks(rows.prefetch_related("record", "partner").order_by("close__day", "pk")):
        solved = row.healed_at is not None
        yield {
            "day": str(row.close),
            "what": row.get_problem_display(),
            "of": f"{row.on:%Y-%m-%d}",
            "kind": row.get_kind_display(),
            "number": str(row.record or row.flow or ""),
            "amount": 0 if solved else row.amount,
            "expected": "" if row.expected is None else row.expected,
            "moved": "" if row.moved is None else row.moved,
            "partner": f"{row.partner} · {row.get_partner_why_display()}" if row.partner else "",
            "state": row.get_state_display(),
            "reason": row.reason,
            "by": str(row.decided_by or ""),
        }


def _time(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
