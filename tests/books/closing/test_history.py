"""Over any history the closed days equal the platform's books to the fen, and every open row is a true one."""

import io
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest

from books.closing import balance, figures
from books.closing.book import write_days
from books.closing.checking import check, day_of
from books.closing.deciding import close_day, expect_later, explain
from books.closing.models import Close, CloseRow, Taken
from orders.models import Order
from sandbox.models import Books, Flow
from tests.factories import make_user

from .history import BEGIN, KINDS, History, clock
from .test_days import assert_totals_add_up

pytestmark = pytest.mark.django_db(transaction=True)
Problem = CloseRow.Problem
DAYS = 7


def assert_true(row: CloseRow, history: History) -> None:
    """What the row says is so, by the platform's own books."""
    hidden = Flow.objects.filter(pk__in=history.hidden)
    if row.problem == Problem.NOT_MOVED:
        numbers = {
            str(getattr(row.record, name, "") or "")
            for name in ("out_order_id", "refund_id", "refund_no", "trade_no", "out_request_no")
        } - {""}
        of_record = [flow for flow in hidden.filter(request_no__in=numbers) if KINDS[flow.kind] == row.kind]
        assert [flow.amount for flow in of_record] == [row.expected]
    elif row.problem == Problem.GAP:
        assert history.hidden, row
    elif row.problem == Problem.NO_RECORD:
        assert row.flow is not None and row.kind == "refund"
        assert row.partner.out_order_id in history.whole_refunds and row.partner_why == "refund_of"
    else:
        assert (row.problem, row.kind, row.record.settled_fen) == (Problem.BEHIND, "fee", None), row


def explain_all(close: Close, history: History, user) -> None:
    for row in close.rows.unexplained():
        assert_true(row, history)
        if row.may_come:
            expect_later(row, user)
        else:
            explain(row, user, "核对过", linked=row.partner_id is not None)


@pytest.mark.parametrize("seed", [*range(5), 15])  # 15: a failed withdrawal came back in the list before it left
def test_after_a_pull_and_a_close_the_books_equal_the_platforms_to_the_fen(platform, hear, settings, seed):
    settings.REFUND_SECOND_PERSON = 10**9
    history, user = History(platform, hear, seed), make_user("finance")
    for nth in range(DAYS):
        with clock(BEGIN + timedelta(days=nth)):
            history.day(history.rng.randint(2, 9))
        with clock(BEGIN + timedelta(days=nth + 1), hour=8):
            history.list_late_ones(0.4)
            history.pull(4)
            close = check(day_of(BEGIN + timedelta(days=nth)))
            explain_all(close, history, user)
            close = close_day(close, user)
            assert Taken.objects.filter(close=close).count() == sum(
                line.moved_count for line in figures.lines(close.figures)
            )
    with clock(BEGIN + timedelta(days=DAYS + 1), hour=8):
        history.list_late_ones(1)
        history.pull(DAYS + 1)
        for row in CloseRow.objects.filter(state=CloseRow.State.LATER):
            assert row.healed_at is None
        last = check(day_of(BEGIN + timedelta(days=DAYS)))
        explain_all(last, history, user)
        close_day(last, user)
        assert_books_equal(history)
        file = io.BytesIO()
        write_days(Close.objects.all(), file, lambda rows: rows)
        assert_totals_add_up(openpyxl.load_workbook(file))


def assert_books_equal(history: History) -> None:
    closes = list(Close.objects.order_by("day"))
    assert [close.state for close in closes] == ["closed"] * (DAYS + 1)
    ours = Counter()
    for close in closes:
        for line in figures.lines(close.figures):
            ours[line.kind] += line.moved
    theirs = Counter()
    for flow in Flow.objects.all():
        theirs[KINDS[flow.kind]] += flow.amount
    assert {kind: fen for kind, fen in ours.items() if fen} == {kind: fen for kind, fen in theirs.items() if fen}
    assert Taken.objects.count() == Flow.objects.count()
    now = Books.objects.first() or Books()
    assert sum(close.figures["net"] for close in closes) == now.pending + now.available
    chain = [balance.of(close.day) for close in closes]
    assert [one.gap for one in chain] == [0] * len(closes)
    if Flow.objects.exists():
        assert chain[-1].closing == closes[-1].figures["closing"] == now.pending + now.available
        assert closes[-1].figures["at_wechat"] == now.pending + now.available
    # Whatever lay between our records and the movements is named, or was only another day.
    live = [figures.lines(figures.of(close)) for close in closes]
    between = Counter()
    for lines in live:
        for line in lines:
            between[line.kind] += line.other_days
    assert not any(between.values()), between
    # What is still there is true: refunds without an after-sale, and fees whose settlement's message was lost.
    left = CloseRow.objects.active()
    assert not left.filter(state__in=["open", "later"]).exists()
    assert left.filter(problem=Problem.NO_RECORD).count() == len(history.whole_refunds)
    settled = {flow.request_no for flow in Flow.objects.filter(kind=Flow.FEE)}
    unknown = Order.objects.filter(out_order_id__in=settled, settled_fen=None).count()
    assert left.filter(problem=Problem.BEHIND).count() == unknown
    assert left.count() == len(history.whole_refunds) + unknown
