"""Balance, movements, ledger and settlements: to the fen, by the platform's own books."""

import random
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from aftersales.models import Aftersale, Family, Kind
from aftersales.operations import accept_refund, refresh_claim
from aftersales.snapshots import import_aftersale
from orders.funds import ledger, matching, settlements, tasks
from orders.funds.models import Balance, Flow, FlowDay, MerchantAccount, PaymentOrder, Settlement, Withdrawal
from orders.funds.models.flow import FlowKind
from orders.funds.operations import (
    ask_refund,
    make_payment,
    pull_flow_day,
    refresh_balance,
    refresh_payment,
    refresh_withdrawal,
    refund_trade,
    submit_withdrawal,
)
from orders.funds.operations.lists import day_of, flow_of, signed
from orders.models import Order
from orders.operations import confirm_receipt, refresh_order, ship_order
from orders.parcels import add
from sandbox import books
from sandbox.endpoints import funds as bank
from sandbox.endpoints import pay as till
from sandbox.models import Account, Books
from sandbox.models import Flow as TheirFlow
from sandbox.models import Trade as TheirTrade
from sandbox.models import TradeRefund as TheirRefund
from sandbox.models import Withdrawal as TheirWithdrawal
from tests.console.pages import words
from tests.factories import OPENID, make_companies, make_key, make_order, make_user, order_body
from wechat import client
from wechat.errors import Unreachable
from wechat.shop import ecaftersale, funds

pytestmark = pytest.mark.django_db(transaction=True)


def pull() -> None:
    for back in (1, 0):
        pull_flow_day(day_of(timezone.localdate() - timedelta(days=back)))


def paid(platform, price: int = 10_000) -> Order:
    line = {
        "out_product_id": "p",
        "out_sku_id": "p-1",
        "product_cnt": 1,
        "sale_price": price,
        "title": "裙",
        "path": "pages/p",
        "head_img": "https://mmecimage.cn/p/x/1",
    }
    order = make_order(order_body(product_infos=[line], price_info={"freight": 0}))
    platform.pay(order.out_order_id)
    refresh_order(order)
    return Order.objects.get(pk=order.pk)


def finished(platform, order: Order) -> Order:
    make_companies()
    add(order, [{"delivery_id": "SF", "waybill_id": f"SF{order.pk}", "product_infos": None}])
    ship_order(order)
    order.refresh_from_db()
    confirm_receipt(order)
    order.refresh_from_db()
    return order


# --- yuan become fen once, and exactly


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("0.01", 1),
        ("1234.5", 123450),
        (7, 700),
        ("-3.10", -310),
        ("+2", 200),
        ("1,234.56", 123456),
        ("0", 0),
        ("90071992547409.93", None),
        ("0.29", 29),
        ("1.15", 115),
        ("4.35", 435),
    ],
)
def test_yuan_as_text_and_as_number_become_fen_without_a_float(told, expected):
    if expected is None:
        with pytest.raises(ValidationError):
            signed(told)
    else:
        assert signed(told) == expected


@pytest.mark.parametrize("as_text", [True, False])
def test_a_movement_in_yuan_arrives_exactly_however_it_is_written(platform, as_text):
    platform.configure(switches={"flows_in_yuan_text": as_text})
    books.enter(TheirFlow.ORDER, "o-1", pending=115)
    books.enter(TheirFlow.ORDER, "o-2", pending=29)
    pull()
    assert list(Flow.objects.order_by("id").values_list("amount", "balance")) == [(115, 115), (29, 144)]


def test_no_amount_of_an_answer_is_ever_a_float():
    assert client._read.__module__ == "wechat.client"
    answer = type("R", (), {"content": b'{"amount": 0.29, "balance": 1e2}', "status_code": 200})()
    read = client._read(answer)
    assert not any(isinstance(value, float) for value in read.values())
    assert signed(read["amount"]) == 29


@pytest.mark.parametrize(
    ("words_", "kind"),
    [
        ("交易", "payment"),
        ("退款", "refund"),
        ("扣除交易手续费", "fee"),
        ("提现", "withdrawal"),
        ("提现退票", "return"),
        ("别的", "other"),
    ],
)
def test_a_movement_is_known_by_wechats_word(words_, kind):
    flow = flow_of({"funds_flow_id": "1", "amount": "1", "flow_type": "收入", "busi_type": words_})
    assert flow.kind == kind


@pytest.mark.parametrize("word", ["?", "", None, "转账"])
def test_an_amount_without_a_direction_is_no_income(word):
    with pytest.raises(ValidationError, match="neither income nor expense"):
        flow_of({"funds_flow_id": "1", "amount": "1.5", "flow_type": word})
    assert flow_of({"funds_flow_id": "1", "amount": "+1.5", "flow_type": word}).amount == 150


def test_a_movement_without_a_direction_is_not_taken_in_and_the_day_is_not_whole(platform, monkeypatch):
    books.enter(TheirFlow.ORDER, "o", pending=100)
    told = funds.getorderflow
    monkeypatch.setattr(funds, "getorderflow", lambda one: told(one) | {"flow_type": "?"})
    with pytest.raises(Unreachable, match="without an amount or a direction"):
        pull_flow_day(day_of(timezone.localdate()))
    assert (Flow.objects.count(), FlowDay.objects.get().pulled_at) == (0, None)


def test_an_expense_is_below_zero_and_a_sign_is_believed():
    assert flow_of({"funds_flow_id": "1", "amount": "1.5", "flow_type": "支出"}).amount == -150
    assert flow_of({"funds_flow_id": "1", "amount": "-1.5", "flow_type": "?"}).amount == -150


# --- pulling and matching


def test_the_movements_of_a_day_are_pulled_once_and_belong_to_their_records(platform):
    order = paid(platform)
    pull()
    pull()
    flow = Flow.objects.get()
    assert (flow.kind, flow.amount, flow.balance, flow.record) == (FlowKind.PAYMENT, 10_000, 10_000, order)
    assert len(platform.ledger("getorderflow")) == 1
    assert FlowDay.objects.get(day=timezone.localdate()).count == 1


def test_a_day_without_movements_is_no_failure(platform):
    pull_flow_day(day_of(date(2026, 1, 1)))
    assert FlowDay.objects.get(day=date(2026, 1, 1)).pulled_at is not None


def test_a_long_day_is_read_page_by_page(platform):
    for nth in range(105):
        books.enter(TheirFlow.ORDER, f"o-{nth}", pending=nth + 1)
    pull()
    assert Flow.objects.count() == 105
    today = f"{timezone.localdate():%Y%m%d}"
    assert [e.request["page_num"] for e in platform.ledger("scanorderflow") if e.request["date"] == today] == [1, 2]


@pytest.mark.parametrize(("missing", "told"), [(0, True), (0, False), (1, True)])
def test_a_day_in_shorter_pages_is_read_whole_and_one_cut_short_is_not_taken_for_whole(
    platform, monkeypatch, missing, told
):
    for nth in range(5):
        books.enter(TheirFlow.ORDER, f"o-{nth}", pending=nth + 1)
    really, day = funds.scanorderflow, day_of(timezone.localdate())

    def capped(date, page, _size):
        ids, total = really(date, page, 2)
        return ids, (total + missing) * told

    monkeypatch.setattr(funds, "scanorderflow", capped)
    if missing:
        with pytest.raises(Unreachable, match="after 5 of 6 rows"):
            pull_flow_day(day)
    else:
        pull_flow_day(day)
    day.refresh_from_db()
    assert (Flow.objects.count(), day.count) == (5, 0 if missing else 5)


def test_a_refund_belongs_to_its_claim_and_what_fits_nothing_is_listed(platform, client):
    order = paid(platform)
    aftersale = platform.apply(order.out_order_id, "p-1")
    import_aftersale(ecaftersale.get(aftersale_id=aftersale.aftersale_id))
    ecaftersale.acceptrefund(aftersale.aftersale_id)
    refresh_claim(Aftersale.objects.get())
    books.enter(TheirFlow.ORDER, "nobody-knows-this", pending=5)
    pull()
    refund = Flow.objects.get(kind=FlowKind.REFUND)
    assert (refund.amount, refund.record) == (-10_000, Aftersale.objects.get())
    assert [flow.request_no for flow in Flow.objects.unmatched()] == ["nobody-knows-this"]
    user = make_user("finance")
    from django.test import Client

    browser = Client()
    browser.force_login(user)
    assert "nobody-knows-this" in words(browser.get("/admin/funds/flow/?state=unmatched"))
    assert "1 Movements without a record" in words(browser.get("/admin/"))


def test_what_could_not_be_matched_is_looked_at_again(platform):
    books.enter(TheirFlow.ORDER, "later", pending=5)
    pull()
    order = make_order(order_body(out_order_id="later"))
    assert matching.match_unmatched() == 1
    assert Flow.objects.get().record == order


# --- the ledger


def test_the_ledger_leads_from_balance_to_balance_and_says_when_something_is_missing(platform, client):
    for amount in (100, 250, 50):
        books.enter(TheirFlow.ORDER, f"o-{amount}", pending=amount)
    pull()
    found = ledger.month(timezone.localdate())
    assert (found.opening, found.closing, found.net, found.gap) == (0, 400, 400, 0)
    Flow.objects.filter(amount=250).delete()
    assert ledger.month(timezone.localdate()).gap == 250


def test_a_movement_that_cannot_be_read_stops_no_other_and_the_day_is_not_whole(platform, monkeypatch):
    for amount in (100, 3_000_000_000, 50):
        books.enter(TheirFlow.ORDER, f"o-{amount}", pending=amount)
    first = TheirFlow.objects.order_by("id").first().funds_flow_id
    told = funds.getorderflow
    monkeypatch.setattr(funds, "getorderflow", lambda one: told(one) | ({"amount": "?"} if one == first else {}))
    day = day_of(timezone.localdate())
    with pytest.raises(Unreachable, match=first):
        pull_flow_day(day)
    day.refresh_from_db()
    assert (day.pulled_at, sorted(Flow.objects.values_list("amount", flat=True))) == (None, [50, 3_000_000_000])


def test_days_that_were_missed_are_pulled_by_themselves_and_named_until_then(platform):
    today = timezone.localdate()
    MerchantAccount.objects.update(state="FROZEN")
    last = day_of(today - timedelta(days=5))
    by_hand = day_of(today - timedelta(days=3))
    FlowDay.objects.filter(pk=last.pk).update(pulled_at=timezone.now() - timedelta(days=4))
    FlowDay.objects.filter(pk=by_hand.pk).update(pulled_at=timezone.now())
    missed = [today - timedelta(days=back) for back in (4, 2, 1)]
    assert set(ledger.month(today).unpulled) == {day for day in missed if day.month == today.month}
    tasks.pull_recent_flows()
    assert ledger.month(today).unpulled == []
    assert FlowDay.objects.filter(pulled_at=None).count() == 0


def test_days_that_were_missed_long_ago_follow_in_the_next_run(platform):
    MerchantAccount.objects.update(state="FINISH")
    today = timezone.localdate()
    day_of(today - timedelta(days=40))
    tasks.pull_recent_flows()
    assert ledger.unpulled(date.min, today) == [today - timedelta(days=back) for back in range(40, 31, -1)]
    tasks.pull_recent_flows()
    assert ledger.unpulled(date.min, today) == []


def test_the_ledger_begins_where_the_month_before_ended(platform):
    first = timezone.localdate().replace(day=1)
    at = timezone.now() - timedelta(days=40)
    Flow.objects.create(
        funds_flow_id="x", kind="payment", amount=5, balance=70, booked_at=at, day=first - timedelta(days=5)
    )
    Flow.objects.create(funds_flow_id="y", kind="payment", amount=5, balance=90, booked_at=timezone.now(), day=first)
    found = ledger.month(first)
    assert (found.opening, found.closing, found.gap) == (70, 90, 15)


def test_the_ledger_is_a_page_a_sheet_and_a_command(platform, capsys, tmp_path):
    from django.test import Client

    books.enter(TheirFlow.ORDER, "=cmd", pending=123_450)
    books.enter(TheirFlow.ORDER_REFUND, "r", pending=-450)
    pull()
    browser = Client()
    browser.force_login(make_user("finance"))
    page = words(browser.get("/admin/funds/flow/ledger/"))
    assert "¥1,234.50" in page
    assert "2 movements belong to no record." in page
    sheet = b"".join(browser.get("/admin/funds/flow/export/").streaming_content).decode()
    assert "1234.50" in sheet and "'=cmd" in sheet
    assert ",-4.50," in sheet  # a number, that a sum counts
    file = tmp_path / "ledger.csv"
    call_command("finance_report", "--output", str(file))
    assert "payment\t1\t123450\t0\t123450" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8-sig").count("\n") == 3
    for month in ("9999-12", "0001-01", "2026-13", "x"):
        assert browser.get("/admin/funds/flow/ledger/", {"month": month}).status_code == 200
    Flow.objects.create(
        funds_flow_id="x", kind="payment", amount=1, balance=9, booked_at=timezone.now(), day=timezone.localdate()
    )
    with pytest.raises(SystemExit):
        call_command("finance_report")
    browser.force_login(make_user("warehouse"))
    assert browser.get("/admin/funds/flow/ledger/").status_code in (302, 403)


def test_the_command_pulls_the_days_it_is_told(platform, capsys):
    books.enter(TheirFlow.ORDER, "o", pending=5)
    day = timezone.localdate()
    call_command("pull_flows", "--since", f"{day - timedelta(days=2)}", "--until", f"{day}")
    assert f"{day}: 1 rows" in capsys.readouterr().out
    assert FlowDay.objects.count() == 3


def raw_payment(amount: int, nth: int) -> PaymentOrder:
    """Made, paid and read."""
    payment = PaymentOrder.objects.create(combine_trade_no=f"raw-{nth}", openid=OPENID)
    payment.trades.create(trade_no=f"raw-{nth}-1", mchid=Account.only().mchid, amount=amount, description="茶")
    make_payment(payment)
    till.pay(TheirTrade.objects.get(trade_no=f"raw-{nth}-1"))
    refresh_payment(payment)
    return payment


def finish_refund(refund, status: str = "SUCCESS") -> None:
    till.finish_refund(TheirRefund.objects.get(refund_no=refund.refund_no), status)


def close_refund(refund) -> None:
    finish_refund(refund, "CLOSE")


@pytest.mark.parametrize("seed", range(6))
def test_over_a_random_history_the_ledger_equals_the_platforms_books_to_the_fen(platform, hear, seed, settings):
    """Orders and raw payments paid, refunded in part and whole, settled, withdrawn, returned, in whatever order."""
    settings.REFUND_SECOND_PERSON = 10**9
    rng = random.Random(seed)
    asker, approver = make_user("finance"), make_user("finance")
    orders: list[Order] = []
    payments: list[PaymentOrder] = []
    without_aftersale = 0
    for _step in range(25):
        what = rng.choice(["pay", "pay", "refund", "aftersale", "raw", "raw refund", "settle", "withdraw", "bank"])
        if what == "pay":
            orders.append(paid(platform, rng.randint(1, 99_999)))
        elif what == "refund" and orders:
            platform_order = platform.order(rng.choice(orders).out_order_id)
            if platform_order.status in platform_order.PAID and not platform_order.settled:
                platform.refund(platform_order.out_order_id)
                without_aftersale += 1
        elif what == "aftersale" and orders:
            one = platform.order(rng.choice(orders).out_order_id)
            claimed = Aftersale.objects.filter(order__out_order_id=one.out_order_id)
            if one.status in one.PAID and not one.settled and one.price > 1 and not claimed.exists():
                aftersale = platform.apply(one.out_order_id, "p-1", amount=rng.randint(1, one.price - 1))
                import_aftersale(ecaftersale.get(aftersale_id=aftersale.aftersale_id))
                refresh_claim(claimed.get())
                accept_refund(claimed.get())
        elif what == "raw":
            payments.append(raw_payment(rng.randint(2, 99_999), len(payments)))
        elif what == "raw refund" and payments:
            trade = rng.choice(payments).trades.get()
            if trade.left:
                number = f"r{trade.pk}-{trade.refunds.count()}"
                refund = ask_refund(trade.payment, trade.trade_no, number, rng.randint(1, trade.left), asker)
                if refund.waits_for_second:
                    refund.approve(approver)
                refund_trade(refund)
                rng.choice([finish_refund, finish_refund, close_refund])(refund)
                refresh_payment(trade.payment)
        elif what == "settle" and orders:
            one = platform.order(rng.choice(orders).out_order_id)
            if one.status == one.TO_SHIP:
                type(one).objects.filter(pk=one.pk).update(
                    status=one.FINISHED, shipped_at=timezone.now(), finished_at=timezone.now()
                )
                platform.settle(one.out_order_id)
        elif what == "withdraw" and (free := books.free(books.current())) > 0:
            refresh_balance(Balance.load())
            for withdrawal in Withdrawal.objects.open():
                refresh_withdrawal(withdrawal)
            withdrawal = Withdrawal.objects.create(amount=rng.randint(1, free), asked_by=asker)
            withdrawal.approve(approver)
            submit_withdrawal(withdrawal)
            withdrawal.refresh_from_db()
            if rng.random() < 0.8:
                platform.scan(withdrawal.qrcode_ticket)
                platform.confirm(withdrawal.qrcode_ticket)
        elif what == "bank":
            for theirs in TheirWithdrawal.objects.filter(status=TheirWithdrawal.ACCEPTED):
                rng.choice([bank.succeed, bank.fail, bank.give_back])(theirs)
    hear()  # WeChat's numbers of settlements and refunds come by message
    pull()
    refresh_balance(Balance.load())
    now, balance, found = Books.objects.first() or Books(), Balance.load(), ledger.month(timezone.localdate())
    assert (balance.available, balance.pending) == (now.available, now.pending)
    assert found.net == now.available + now.pending
    # Whole orders that WeChat refunded without an after-sale carry a number that no record of ours has.
    assert set(Flow.objects.unmatched().values_list("kind", flat=True)) <= {FlowKind.REFUND}
    assert (found.gap, found.unmatched) == (0 if Flow.objects.exists() else None, without_aftersale)
    assert sum(Flow.objects.values_list("amount", flat=True)) == now.available + now.pending
    assert Flow.objects.count() == TheirFlow.objects.count()
    for flow in Flow.objects.all():
        assert flow.amount == TheirFlow.objects.get(funds_flow_id=flow.funds_flow_id).amount


# --- settlements


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(0, 0), (83, 0), (84, 1), (83_333, 500), (250, 2), (249, 1), (10_000, 60), (1, 0), (99_999, 600)],
)
def test_the_fee_is_rounded_half_up_to_the_fen(amount, fee):
    assert settlements.fee(amount) == fee


def test_the_fee_and_the_days_are_settings(platform, settings):
    from decimal import Decimal

    settings.SETTLEMENT_FEE, settings.SETTLEMENT_DAYS = Decimal("1"), (3, 4)
    order = finished(platform, paid(platform))
    Order.objects.filter(pk=order.pk).update(aftersale_duration=None)
    settlements.reckon()
    row = Settlement.objects.get()
    assert row.expected_fen == 9_900
    assert row.due_on == timezone.localdate() + timedelta(days=7)


def test_what_was_settled_as_expected_is_settled(platform, hear):
    order = finished(platform, paid(platform, 83_333))
    settlements.reckon()
    row = Settlement.objects.get()
    assert (row.state, row.expected_fen, row.due_on) == ("to_come", 82_833, timezone.localdate() + timedelta(days=14))
    platform.settle(order.out_order_id)
    hear()
    settlements.reckon()
    row.refresh_from_db()
    assert (row.state, row.settled_fen) == ("settled", 82_833)


def test_a_refund_lowers_what_is_expected(platform):
    order = finished(platform, paid(platform))
    settlements.reckon()
    order.lines.update(refunded_fen=4_000)
    refresh_order(order)
    settlements.reckon()
    assert Settlement.objects.get().expected_fen == 6_000 - 36


def test_what_the_merchant_refunded_past_wechat_is_settled_by_wechat(platform):
    order = finished(platform, paid(platform))
    order.lines.update(refunded_fen=4_000)
    fields = {"family": Family.EC, "type": 1, "status": 13, "product_cnt": 1, "orderamt": 4_000}
    claim = Aftersale.objects.create(order=order, line=order.lines.get(), aftersale_id=7, **fields)
    settlements.reckon()
    assert Settlement.objects.get().expected_fen == 6_000 - 36
    claim.changes.create(was=16, status=17, door="worker")  # the proof of a refund by bank
    refresh_order(order)
    settlements.reckon()
    assert Settlement.objects.get().expected_fen == 10_000 - 60


def test_another_amount_and_one_that_never_came_are_shown_as_such(platform, client):
    one, other = finished(platform, paid(platform)), finished(platform, paid(platform))
    settlements.reckon()
    Order.objects.filter(pk=one.pk).update(settled_fen=9_000, settle_no="S", settled_at=timezone.now())
    Settlement.objects.filter(order=other).update(due_on=timezone.localdate() - timedelta(days=3))
    settlements.reckon()
    assert list(Settlement.objects.order_by("order_id").values_list("state", flat=True)) == ["different", "missing"]
    from django.test import Client

    browser = Client()
    browser.force_login(make_user("finance"))
    page = words(browser.get("/admin/funds/settlement/?state=different"))
    assert "¥99.40" in page and "¥90.00" in page and "-¥9.40" in page
    today = words(browser.get("/admin/"))
    assert "1 Settlements missing" in today and "1 Settlements that differ" in today


def test_those_that_never_come_keep_no_other_from_being_looked_at(platform, monkeypatch):
    orders = [finished(platform, paid(platform)) for _nth in range(3)]
    settlements.reckon()
    Settlement.objects.update(due_on=timezone.localdate() - timedelta(days=5))
    settlements.reckon()
    monkeypatch.setattr(settlements, "MOST", 2)
    last = Order.objects.filter(pk=orders[-1].pk)
    last.update(settled_fen=9_940, settle_no="S", settled_at=timezone.now(), read_at=timezone.now())
    Settlement.objects.update(reckoned_at=timezone.now() - timedelta(days=2))
    for _time in range(2):
        settlements.reckon()
    assert Settlement.objects.get(order=orders[-1]).state == "settled"


def test_what_was_other_than_expected_is_looked_at_again_when_a_refund_explains_it(platform):
    order = finished(platform, paid(platform))
    settlements.reckon()
    Order.objects.filter(pk=order.pk).update(settled_fen=5_964, settle_no="S", settled_at=timezone.now())
    settlements.reckon()
    assert Settlement.objects.get().state == "different"
    order.lines.update(refunded_fen=4_000)
    refresh_order(order)
    settlements.reckon()
    assert Settlement.objects.get().state == "settled"


def test_the_schedule_reads_nothing_before_the_merchant_account_is_open(platform):
    assert tasks.pull_recent_flows() == 0
    assert platform.ledger("getbalance") == []
    MerchantAccount.objects.update(state="FINISH")
    assert tasks.pull_recent_flows() == 3
    assert Account.only().merchant == "open"


def test_the_api_reads_and_pulls(client, platform, drain):
    from django.test import Client

    browser = Client()
    _key, header = make_key("funds")
    books.enter(TheirFlow.ORDER, "o", pending=5)
    pull()
    assert browser.get("/api/v1/flows/", headers=header).json()["results"][0]["amount"] == 5
    assert browser.get("/api/v1/balance/", headers=header).json()["available"] is None
    assert browser.post("/api/v1/balance/refresh_balance/", headers=header).status_code == 403
    browser.force_login(make_user("finance"))
    job = browser.post("/api/v1/balance/refresh_balance/")
    drain()
    assert (job.status_code, Balance.load().pending) == (202, 5)
    day = browser.post("/api/v1/flow-days/", {"day": "2026-11-01"}).json()["id"]
    again = browser.post("/api/v1/flow-days/", {"day": "2026-11-01"})
    assert (again.status_code, again.json()["id"]) == (201, day)
    assert [row["id"] for row in browser.get("/api/v1/flow-days/?day=2026-11-01").json()["results"]] == [day]
    assert browser.post(f"/api/v1/flow-days/{day}/pull_flow_day/").status_code == 202


def test_lists_ask_the_same_number_of_questions_for_two_and_two_hundred(platform):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client()
    browser.force_login(make_user("owner"))
    counts, order = [], paid(platform)
    for first, last in ((0, 2), (2, 40)):
        for nth in range(first, last):
            aftersale = Aftersale.objects.create(
                family=Family.EC, order=order, line=order.lines.first(), type=Kind.REFUND, orderamt=1
            )
            withdrawal = Withdrawal.objects.create(amount=1, out_request_no=f"w{nth}", status="SUCCESS")
            payment = PaymentOrder.objects.create(combine_trade_no=f"c{nth}", openid=OPENID)
            trade = payment.trades.create(trade_no=f"t{nth}", mchid="1", amount=1)
            refund = trade.refunds.create(refund_no=f"r{nth}", amount=1)
            sharing = trade.sharings.create(profit_sharing_no=f"s{nth}")
            for record in (make_order(order_body()), aftersale, withdrawal, trade, refund, sharing):
                Flow.objects.create(
                    funds_flow_id=f"{record._meta.model_name}{nth}",
                    kind="payment",
                    amount=1,
                    record=record,
                    booked_at=timezone.now() + timedelta(seconds=nth),
                    day=timezone.localdate(),
                )
        browser.get("/admin/funds/flow/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/admin/funds/flow/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
