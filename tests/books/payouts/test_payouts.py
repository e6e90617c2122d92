"""Pay-outs from order to bank: which rate, which period, what comes back, who closes and who pays, at each door."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from books.payouts import closing, making, restored
from books.payouts.models import Commission, Period, Rate, Role, Statement
from books.payouts.rate_book import RateBook
from console.models import Edit, Export
from orders.models import Order, OrderStatus
from scenes.models import Promoter, SellingSettings, Sharer
from tests.books.payouts.shop import ANNE, FIRST, again, closed, days, moment, reckoned, refund, sell
from tests.factories import make_key, make_user
from wechat.steps.errors import Conflict

LAST = days(9)


def rate(bps: int, role: str = Role.PROMOTER, **fields) -> Rate:
    return Rate.objects.create(**{"role": role, "bps": bps, "valid_from": FIRST - timedelta(days=30), **fields})


def only(period: Period) -> Statement:
    return period.statements.get()


def test_the_rate_that_names_the_most_wins():
    anne = Promoter.objects.create(promoter_id="p-1", finder_nickname="Anne")
    SellingSettings.objects.update_or_create(defaults={"promoter_rate": "1.25"})

    def found(room="live", product="dress") -> int:
        return RateBook(FIRST, LAST).find("promoter", "p-1", room, product, FIRST).bps

    assert found() == 125  # the usual one
    rate(200)
    assert found() == 200
    rate(300, out_product_id="dress")
    assert found() == 300
    rate(400, room="live")
    assert (found(), found(room="")) == (400, 300)
    Promoter.objects.update(rate="4.50")
    assert found() == 450  # the person's own, as one that names the person alone
    rate(500, promoter=anne)
    assert found() == 500
    rate(600, room="live", out_product_id="dress")
    assert (found(), found(product="hat")) == (600, 500)
    rate(700, promoter=anne, out_product_id="dress")
    assert found() == 700
    rate(800, promoter=anne, room="live")
    assert found() == 800
    rate(900, promoter=anne, room="live", out_product_id="dress")
    assert (found(), found(product="hat"), found(room="", product="hat")) == (900, 800, 500)
    assert RateBook(FIRST, LAST).find("promoter", "p-2", "", "hat", FIRST).bps == 200


def test_rates_hold_on_the_day_of_the_payment_both_days_included():
    rate(1000, valid_from=days(0), valid_until=days(1))
    rate(2000, valid_from=days(2))
    for nth in range(-1, 4):
        sell(100, day=days(nth), promoter_id="p-1")
    sell(100, day=days(1), promoter_id="p-1", paid_at=moment(days(1), 23))
    statement = only(reckoned(FIRST, LAST))
    assert sorted(statement.commissions.values_list("commission", flat=True)) == [10, 10, 10, 20, 20]


@pytest.mark.django_db(transaction=True)
def test_two_rates_of_one_reach_never_hold_on_one_day():
    rate(100, valid_until=LAST)
    other = rate(100, valid_from=LAST + timedelta(days=1))
    rate(100, out_product_id="dress")
    with pytest.raises(DatabaseError, match="overlap"):
        rate(200, valid_from=LAST)
    with pytest.raises(DatabaseError, match="overlap"):
        Rate.objects.filter(pk=other.pk).update(valid_from=LAST)
    assert Rate.objects.count() == 3


def test_a_return_after_the_closing_is_taken_off_the_next_pay_out_and_carried_on():
    rate(1000)
    (line,) = sell(999, promoter_id="p-1")
    refund(line, 100)
    first = closed(FIRST, LAST)
    assert (only(first).earned, only(first).payable) == (89, 89)
    Order.objects.filter(pk=line.order_id).update(status=OrderStatus.REFUNDED)
    second = closed(days(10), days(19))
    figures = only(second)
    assert (figures.corrected, figures.payable, figures.carried_out) == (-89, 0, -89)
    assert closed(days(20), days(21)).statements.get().carried_in == -89  # nothing sold, and it is not forgotten
    sell(1000, day=days(22), promoter_id="p-1")
    last = only(closed(days(22), days(29)))
    assert (last.earned, last.carried_in, last.payable, last.carried_out) == (100, -89, 11, 0)
    assert sum(Commission.objects.values_list("commission", flat=True)) == 100


def test_only_what_was_paid_and_is_not_in_doubt_is_counted_and_what_is_credited_late_once():
    rate(1000)
    sell(100, promoter_id="p-1", status=OrderStatus.TO_PAY, paid_at=None)
    sell(100, promoter_id="p-1", status=OrderStatus.CANCELLED)
    (doubted,) = sell(200, promoter_id="p-1", payment_alert="less than the price")
    (late,) = sell(300)
    before = closed(FIRST, LAST)
    assert before.people == 0
    Order.objects.filter(pk=late.order_id).update(promoter_id="p-1")
    Order.objects.filter(pk=doubted.order_id).update(payment_alert="")
    after = closed(days(10), LAST + timedelta(days=10))
    assert (only(after).lines, only(after).earned) == (2, 50)
    assert closed(days(20), days(20)).people == 0


def test_who_closed_cannot_pay_and_nobody_pays_twice():
    rate(1000)
    sell(1000, promoter_id="p-1")
    sell(500, promoter_id="p-2")
    closer, payer = make_user("finance"), make_user("owner")
    one, other = closed(FIRST, LAST, closer).statements.order_by("person")
    with pytest.raises(Conflict, match="closed this period"):
        closing.pay(one, closer, "2026110100001")
    key, _header = make_key("payouts")
    key.created_by = closer
    key.save()
    with pytest.raises(Conflict, match="closed this period"):
        closing.pay(one, key.user, "2026110100001")
    closing.pay(one, payer, "2026110100001")
    with pytest.raises(Conflict, match="Paid"):
        closing.pay(one, payer, "2026110100002")
    with pytest.raises(Conflict, match="another pay-out"):
        closing.pay(other, payer, "2026110100001")
    one.refresh_from_db()
    assert (one.paid_by, one.bank_no, Statement.objects.to_pay().get()) == (payer, "2026110100001", other)
    with pytest.raises(IntegrityError), transaction.atomic():  # the database refuses it, too
        Statement.objects.filter(pk=other.pk).update(paid_by=closer, paid_at=timezone.now(), bank_no="x1234")


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_what_is_closed():
    rate(1000)
    (line,) = sell(1000, promoter_id="p-1")
    period = closed(FIRST, LAST)
    row, statement = Commission.objects.get(), only(period)
    closing.pay(statement, make_user(), "2026110100001")
    more = Commission(statement=statement, line=line, role=Role.SHARER, is_sale=True, base=1, bps=1, commission=0)
    for change in (
        lambda: Commission.objects.filter(pk=row.pk).update(commission=1),
        lambda: row.delete(),
        more.save,
        lambda: Statement.objects.filter(pk=statement.pk).update(earned=1, total=1, payable=1),
        lambda: Statement.objects.filter(pk=statement.pk).update(paid_by=None, paid_at=None, bank_no=""),
        lambda: Period.objects.filter(pk=period.pk).update(is_open=True, closed_at=None, closed_by=None),
        lambda: Period.objects.filter(pk=period.pk).update(payable=1),
    ):
        with pytest.raises(DatabaseError, match="closed period is not changed"):
            change()
    with pytest.raises(Conflict, match="closed"):
        making.ask(period)


def test_a_period_is_closed_with_the_figures_that_were_seen_and_only_when_it_is_over():
    rate(1000)
    sell(1000, promoter_id="p-1")
    today = timezone.localdate()
    user = make_user("finance")
    running = reckoned(FIRST, today)
    with pytest.raises(Conflict, match="not over"):
        closing.close(running, user, running.run)
    Period.objects.update(last=today - timedelta(days=1), computed_at=running.begin)
    with pytest.raises(Conflict, match="before its last day"):
        closing.close(running, user, running.run)
    seen = again(running).run
    newer = again(running)
    with pytest.raises(Conflict, match="reckoned again"):
        closing.close(running, user, seen)
    closing.close(running, user, newer.run)
    with pytest.raises(Conflict, match="closed already"):
        closing.close(running, user, newer.run)


def test_periods_leave_no_day_out():
    closed(FIRST, LAST)
    with pytest.raises(Conflict, match="2026-09-11"):
        making.open_period(days(11), days(19))
    making.open_period(days(10), days(19))
    with pytest.raises(Conflict, match="Another period is open"):
        making.open_period(days(20), days(29))


def test_a_try_that_was_overtaken_writes_nothing_more():
    rate(1000)
    sell(1000, promoter_id="p-1")
    period = making.open_period(FIRST, LAST)
    Period.objects.filter(pk=period.pk).update(run=7)
    overtaken = making.Making(Period.objects.get(pk=period.pk))
    making.work(period.pk)
    with pytest.raises(making.Superseded):
        overtaken.make()
    assert (only(period).earned, Commission.objects.count()) == (100, 1)


def test_pages_from_opening_to_the_printed_statement(client, drain):
    Sharer.objects.create(openid=ANNE, name="安妮")
    finance, owner = make_user("finance"), make_user("owner")
    client.force_login(finance)
    body = {"role": "sharer", "bps": "12.5", "valid_from": "2026-08-01"}
    assert client.post("/admin/payouts/rate/add/", body).status_code == 302
    assert Rate.objects.get().bps == 1250
    again_ = client.post("/admin/payouts/rate/add/", {**body, "valid_from": "2026-09-01"})
    assert "12.5%" in again_.content.decode() and Rate.objects.count() == 1
    (line,) = sell(19990, sharer_openid=ANNE)
    client.post("/admin/payouts/period/open/", {"first": "2026-09-01", "last": "2026-09-10"})
    drain()
    period = Period.objects.get()
    page = f"/admin/payouts/period/{period.pk}/change/"
    assert "¥24.98" in client.get(page).content.decode()
    client.post(f"/admin/payouts/period/{period.pk}/close/", {"run": period.run})
    statement = only(period)
    assert statement.closed_by == finance
    client.post(f"/admin/payouts/statement/{statement.pk}/pay/", {"bank_no": "2026110100001"})
    assert Statement.objects.to_pay().count() == 1  # not by who closed it
    client.force_login(owner)
    answer = client.post(f"/admin/payouts/period/{period.pk}/paid/", {"list": f"nonsense\n{statement} 2026110100001"})
    assert "nonsense" in answer.content.decode()
    statement.refresh_from_db()
    assert (statement.paid_by, statement.bank_no) == (owner, "2026110100001")
    shown = client.get(f"/admin/payouts/statement/{statement.pk}/change/").content.decode()
    assert "安妮" in shown and line.order.out_order_id in shown and ANNE not in shown
    printed = b"".join(client.get(f"/admin/payouts/statement/{statement.pk}/print/")).decode()
    assert "2026110100001" in printed and "¥24.98" in printed and ANNE not in printed
    sheet = client.get(f"/admin/payouts/commission/download/?payout={statement.pk}&as=csv")
    rows = list(csv.reader(io.StringIO(b"".join(sheet).decode())))
    assert len(rows) == 2 and rows[1][0] == line.order.out_order_id
    assert Export.objects.get().user == owner
    assert {"closed_by", "paid_by", "bank_no"} <= {name for edit in Edit.objects.all() for name in edit.changes}


def test_pages_take_as_many_queries_for_many_as_for_few(client, django_assert_max_num_queries):
    rate(1000)
    client.force_login(make_user())
    counts: dict[str, set[int]] = {"period": set(), "statement": set()}
    for few in (2, 12):
        for nth in range(few):
            sell(1000, 500, promoter_id=f"p-{nth}", day=days(few))
        sell(*[100] * few, promoter_id="p-0", day=days(few))
        period = closed(days(few - 2 if few == 2 else 3), days(few))
        statement = period.statements.get(person="p-0")
        for name, record in (("period", period), ("statement", statement)):
            url = f"/admin/payouts/{name}/{record.pk}/change/"
            client.get(url)
            with django_assert_max_num_queries(20) as queries:
                assert client.get(url).status_code == 200
            counts[name].add(len(queries))
    assert all(len(found) == 1 for found in counts.values()), counts


def test_others_neither_see_nor_do(client):
    rate(1000)
    sell(1000, promoter_id="p-1")
    period = reckoned(FIRST, LAST)
    client.force_login(make_user("auditor"))
    assert client.get(f"/admin/payouts/period/{period.pk}/change/").status_code == 200
    for name, body in (("open/", {}), (f"{period.pk}/reckon/", {}), (f"{period.pk}/close/", {"run": period.run})):
        assert client.post(f"/admin/payouts/period/{name}", body).status_code == 403
    client.force_login(make_user("warehouse"))
    for name in ("period", "statement", "commission", "rate"):
        assert client.get(f"/admin/payouts/{name}/").status_code == 403
    assert client.get(f"/admin/payouts/statement/{only(period).pk}/print/").status_code == 403


def test_the_api_reads_periods_statements_and_rows(client):
    rate(1000, role=Role.SHARER)
    (line,) = sell(1000, sharer_openid=ANNE)
    period = closed(FIRST, LAST)
    _key, header = make_key("payouts")
    found = client.get("/api/v1/payout-periods/", headers=header).json()["results"]
    assert [(row["first"], row["payable"], row["is_open"]) for row in found] == [("2026-09-01", 100, False)]
    (one,) = client.get(f"/api/v1/payout-statements/?period={period.pk}", headers=header).json()["results"]
    assert (one["person"], one["earned"], one["payable"]) == ("oSH****0A", 100, 100)
    rows = client.get(f"/api/v1/payout-statements/{one['id']}/commissions/", headers=header).json()["results"]
    assert [(row["out_order_id"], row["commission"]) for row in rows] == [(line.order.out_order_id, 100)]
    assert client.get("/api/v1/payout-rates/", headers=header).json()["results"][0]["bps"] == 1000
    _key, other = make_key("orders")
    assert client.get("/api/v1/payout-statements/", headers=other).status_code == 403


def test_the_command_makes_a_period_and_a_dry_run_keeps_nothing(capsys):
    rate(1000)
    sell(1000, promoter_id="p-1")
    call_command("make_payouts", "--from", "2026-09-01", "--to", "2026-09-10", "--dry-run")
    assert "payable 100" in capsys.readouterr().out and Period.objects.count() == 0
    for _nth in range(2):
        call_command("make_payouts", "--from", "2026-09-01", "--to", "2026-09-10")
    assert Period.objects.get().payable == 100
    with pytest.raises(CommandError, match="Another period is open"):
        call_command("make_payouts", "--from", "2026-09-11", "--to", "2026-09-12")
    with pytest.raises(CommandError, match="no day"):
        call_command("make_payouts", "--from", "2026-9-11", "--to", "2026-09-12")


def test_a_slip_in_a_periods_days_is_refused_or_put_right(client):
    for far in (FIRST.replace(year=2062), FIRST.replace(year=9999)):
        with pytest.raises(Conflict):
            making.open_period(FIRST, far)
    sell(10_000, promoter_id="p-1")
    rate(100)
    period = making.open_period(FIRST, FIRST + timedelta(days=90), wake=False)
    client.force_login(make_user("finance"))
    url = f"/admin/payouts/period/{period.pk}/"
    client.post(f"{url}last/", {"last": str(LAST)})
    making.work(period.pk)
    period.refresh_from_db()
    assert (period.last, only(period).payable) == (LAST, 100)
    closing.close(period, make_user("owner"), period.run)
    client.post(f"{url}last/", {"last": str(LAST + timedelta(days=1))})
    period.refresh_from_db()
    assert period.last == LAST


def test_a_row_of_an_open_period_cannot_be_put_into_a_closed_one():
    sell(10_000, promoter_id="p-1")
    rate(100)
    first = closed(FIRST, LAST)
    sell(10_000, promoter_id="p-1", day=LAST + timedelta(days=1))
    second = reckoned(LAST + timedelta(days=1), LAST + timedelta(days=9))
    row = Commission.objects.get(statement__period=second)
    with pytest.raises(DatabaseError), transaction.atomic():
        Commission.objects.filter(pk=row.pk).update(statement=only(first))
    with pytest.raises(DatabaseError), transaction.atomic():
        Statement.objects.filter(period=second).update(period=first)


def test_after_a_restore_it_is_said_what_may_have_been_paid(tmp_path):
    sell(10_000, promoter_id="p-1")
    rate(100)
    closed(FIRST, LAST)
    assert "1 pay-out stands as not paid" in restored.tell_of_unpaid(None)[0]
