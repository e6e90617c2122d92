"""The books: sales, the daily close, pay-outs; and that each difference with WeChat is one."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Sum
from django.utils import timezone

from books.closing.models import Close, CloseRow, Closing, Taken
from books.closing.scope import movements
from books.payouts.models import Commission, Period, Role, Statement
from books.sales.counting import AMOUNTS
from books.sales.models import Figure
from orders.funds.models import Flow
from orders.models import Order, OrderLine
from orders.models.order import OVER, PAID
from sandbox import models as theirs
from tests.books.sales import naive

from .rules import always, at_rest

PAYMENT = {"paid_by", "paid_at", "bank_no"}
FIGURES = [field.name for field in Statement._meta.concrete_fields if field.name not in PAYMENT]
ROWS = [field.name for field in Commission._meta.concrete_fields]
KINDS = {
    theirs.Flow.ORDER: "payment",
    theirs.Flow.TRADE: "payment",
    theirs.Flow.ORDER_REFUND: "refund",
    theirs.Flow.TRADE_REFUND: "refund",
    theirs.Flow.TRADE_RETURN: "return",
    theirs.Flow.RETURN: "return",
    theirs.Flow.FEE: "fee",
    theirs.Flow.WITHDRAWAL: "withdrawal",
}
NUMBERS = ("out_order_id", "refund_id", "refund_no", "trade_no", "out_request_no")


# --- at any moment


@always
def closed_periods_stay(world) -> Iterator[str]:
    seen = world.memory.setdefault("closed periods", {})
    for period in Period.objects.filter(is_open=False):
        statements = list(period.statements.order_by("pk").values_list(*FIGURES))
        rows = list(Commission.objects.filter(statement__period=period).order_by("pk").values_list(*ROWS))
        now = (period.first, period.last, period.payable, period.closed_by_id, statements, rows)
        if seen.setdefault(period.pk, now) != now:
            yield f"the pay-outs of {period} changed after they were closed"


@always
def pay_outs_are_paid_once_by_another(world) -> Iterator[str]:
    seen = world.memory.setdefault("paid", {})
    numbers: Counter[str] = Counter()
    for row in Statement.objects.exclude(paid_at=None).select_related("period"):
        now = (row.paid_by_id, row.paid_at, row.bank_no, row.payable)
        numbers[row.bank_no] += 1
        if seen.setdefault(row.pk, now) != now:
            yield f"{row} of {row.period} was paid with {seen[row.pk]}, and is now {now}"
        if row.period.is_open or row.period.closed_by_id in (None, row.paid_by_id) or row.payable <= 0:
            yield f"{row} of {row.period} was paid by {row.paid_by_id}, closed by {row.period.closed_by_id}"
    for number, count in numbers.items():
        if count > 1:
            yield f"the bank's number {number} is at {count} pay-outs"
    for pk in seen.keys() - set(Statement.objects.exclude(paid_at=None).values_list("pk", flat=True)):
        yield f"the pay-out {pk} was paid, and is not any more"


@always
def closed_days_stay(world) -> Iterator[str]:
    seen = world.memory.setdefault("closed days", {})
    counted = Taken.objects.order_by().values("close").annotate(count=Count("pk"), sum=Sum("flow__amount"))
    of_close = {row["close"]: (row["count"], row["sum"]) for row in counted}
    for close in Close.objects.filter(state=Close.State.CLOSED):
        count, net = of_close.get(close.pk, (0, 0))
        now = (count, net, close.figures)
        if seen.setdefault((close.pk, close.closed_at), now) != now:
            yield f"{close} changed after it was closed"
        if net != close.figures["net"]:
            yield f"{close} was closed with {close.figures['net']}, its movements are {net}"
        if close.rows.unexplained().exists():
            yield f"{close} is closed, and something is unexplained"
    for closing in Closing.objects.all():
        said = (closing.act, closing.by_id, closing.figures)
        if seen.setdefault(closing.pk, said) != said:
            yield f"what was kept of {closing} changed"


# --- at rest


@at_rest
def sales_are_what_the_orders_say(world) -> Iterator[str]:
    columns = ("orders", "buyers", *AMOUNTS)
    rows = Figure.objects.values_list("day", "dimension", "key", "part", *columns)
    stored, counted = {row[:4]: row[4:] for row in rows}, naive.figures()
    for key in sorted(stored.keys() | counted.keys(), key=str):
        if stored.get(key) != counted.get(key):
            yield f"{key}: {stored.get(key)}, by the orders {counted.get(key)}"


@at_rest
def closes_count_each_movement_once(world) -> Iterator[str]:
    closes = list(Close.objects.order_by("day"))
    if not closes:
        return
    counted = Counter(pk for close in closes for pk in movements(close).values_list("pk", flat=True))
    wanted = Flow.objects.filter(day__range=(closes[0].day, closes[-1].day))
    for flow in wanted:
        if counted.pop(flow.pk, 0) != 1:
            yield f"movement {flow.request_no} of {flow.day} is not counted once"
    for pk, count in counted.items():
        yield f"movement {pk} is counted {count} times, and of no day"
    total = sum(flow.amount for flow in wanted)
    there = [flow for flow in theirs.Flow.objects.all() if closes[0].day <= _day(flow) <= closes[-1].day]
    if total != sum(flow.amount for flow in there):
        yield f"{total} moved here, {sum(flow.amount for flow in there)} at WeChat"


def _day(flow):
    return timezone.localtime(flow.booked_at).date()


@at_rest
def rows_of_the_books_are_true(world) -> Iterator[str]:
    """What does not add up here does not there: a refund without an after-sale, a settlement that was never told."""
    for row in CloseRow.objects.active().filter(state__in=("open", "later")).prefetch_related("record"):
        if fault := _untrue(row):
            yield f"{row.close} {row.problem} {row.kind} {row.record or row.flow} of {row.amount}: {fault}"


def _untrue(row: CloseRow) -> str:
    if row.problem == CloseRow.Problem.NOT_MOVED:
        numbers = {str(getattr(row.record, name, "") or "") for name in NUMBERS} - {""}
        moved = [flow for flow in theirs.Flow.objects.filter(request_no__in=numbers) if KINDS[flow.kind] == row.kind]
        return f"it moved at WeChat: {[flow.amount for flow in moved]}" if moved else ""
    if row.problem == CloseRow.Problem.NO_RECORD:
        claimed = theirs.Claim.objects.filter(refund_id=row.flow.request_no).exists() if row.flow else False
        whole = row.kind == "refund" and not claimed
        return "" if whole else "its record is there"
    if row.problem == CloseRow.Problem.BEHIND and row.kind == "fee":
        told = theirs.Push.objects.filter(event="open_product_order_settle", state=theirs.Push.DELIVERED)
        known = {push.fields["order_info"]["out_order_id"] for push in told}
        return "its settlement was told" if str(row.record) in known else ""
    return f"expected {row.expected}, moved {row.moved}"


@at_rest
def pay_outs_and_balances_add_up(world) -> Iterator[str]:
    closed = list(Period.objects.filter(is_open=False).order_by("first"))
    if not closed:
        return
    carried: dict = {}
    for period in closed:
        rows = {(row.role, row.person): row for row in period.statements.all()}
        for key, amount in carried.items():
            if key not in rows or rows[key].carried_in != amount:
                yield f"{key} brings {amount} along into {period}, which has it not"
        for key, row in rows.items():
            if row.carried_in != carried.get(key, 0):
                yield f"{key} of {period} brings {row.carried_in} along, {carried.get(key, 0)} were left"
        carried = {key: row.carried_out for key, row in rows.items() if row.carried_out}
    paid = sum(period.payable for period in closed)
    in_rows = Commission.objects.filter(statement__period__in=closed).aggregate(sum=Sum("commission"))["sum"] or 0
    if paid + sum(carried.values()) != in_rows:
        yield f"{paid} to pay and {sum(carried.values())} carried are not the {in_rows} of their rows"
    if Period.objects.filter(is_open=True).exists():
        return
    sales = Commission.objects.filter(is_sale=True).select_related("line__order", "statement")
    wanted = sum(_left(sale.line) * sale.bps // 10_000 for sale in sales)
    if wanted != in_rows:
        yield f"the commission of all rows is {in_rows}, reckoned one by one {wanted}"
    yield from _counted(closed, sales)


def _left(line: OrderLine) -> int:
    gone = line.sku_real_price if line.order.status in OVER else line.refunded_fen
    return line.sku_real_price - min(gone, line.sku_real_price)


def _counted(closed: list[Period], sales) -> Iterator[str]:
    """Each line that was paid in these days is counted once for each who sold it."""
    counted = {(sale.line_id, sale.role): sale.statement.person for sale in sales}
    paid = Order.objects.filter(paid_at__gte=closed[0].begin, paid_at__lt=closed[-1].end)
    for order in paid.filter(status__in=PAID, payment_alert="").prefetch_related("lines"):
        for role, person in ((Role.PROMOTER, order.promoter_id), (Role.SHARER, order.sharer_openid)):
            for line in order.lines.all():
                found = counted.get((line.pk, role.value), "")
                if found != person:
                    yield f"{order} {line.out_sku_id} was sold by {role} {person!r}, counted for {found!r}"
