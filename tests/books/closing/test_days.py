"""The doors of the daily close: pages, API, command and the month as XLSX, and who may use them."""

import io
from collections import defaultdict
from datetime import timedelta

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from aftersales.models import Aftersale, Family
from books.closing import tasks
from books.closing.checking import check, day_of
from books.closing.deciding import close_day, expect_later, explain, reopen
from books.closing.models import Close, CloseRow, Closing, Taken
from books.closing.sources import BY_NAME
from console.models import Edit, Export
from orders.funds.models import Flow, MerchantAccount
from orders.funds.operations import pull_flow_day
from orders.funds.operations.lists import day_of as flow_day
from orders.models import Order
from orders.operations import refresh_order
from sandbox import books
from sandbox.models import Flow as TheirFlow
from tests.console.pages import words
from tests.factories import make_key, make_order, make_user
from wechat.steps.errors import Conflict

from .history import BEGIN, clock

pytestmark = pytest.mark.django_db(transaction=True)
NEXT = BEGIN + timedelta(days=1)
PRICE = 40_480  # of an order of the factory


@pytest.fixture
def day(platform) -> Close:
    """A day with an order, one whose movement is not listed, and a movement that belongs to nothing; next morning."""
    with clock(BEGIN):
        for _nth in range(2):
            order = make_order()
            platform.pay(order.out_order_id)
            refresh_order(order)
        books.enter(TheirFlow.ORDER, "nobody-knows-this", pending=5)
        late = TheirFlow.objects.order_by("pk")[1]
        moment = late.booked_at
        TheirFlow.objects.filter(pk=late.pk).update(booked_at=moment + timedelta(days=900))
    with clock(NEXT, hour=8):
        pull_flow_day(flow_day(BEGIN))
        close = check(day_of(BEGIN))
        close.late, close.moment = late, moment
        yield close


def late_one_comes(close: Close) -> None:
    TheirFlow.objects.filter(pk=close.late.pk).update(booked_at=close.moment)
    pull_flow_day(flow_day(close.day))


def row(problem: str) -> CloseRow:
    return CloseRow.objects.get(problem=problem)


def closed(close: Close, user) -> Close:
    for one in close.rows.unexplained():
        expect_later(one, user) if one.may_come else explain(one, user, "查过了")
    return close_day(close, user)


def test_what_does_not_add_up_is_a_row_with_its_amount(day):
    lines = day.figures["lines"]["payment"]
    assert lines[:4] == [2, 2 * PRICE, 2, PRICE + 5]
    found = dict(day.rows.values_list("problem", "amount"))
    assert found == {"not_moved": -PRICE, "no_record": 5, "gap": -PRICE}
    assert (day.open_count, day.figures["gap"]) == (3, PRICE)
    late_one_comes(day)
    assert dict(check(day).rows.active().values_list("problem", "amount")) == {"no_record": 5}
    assert row("gap").state == row("not_moved").state == "healed"


def test_the_likely_partner_has_the_same_amount_near_in_time(day):
    Flow.objects.create(
        funds_flow_id="f", kind="payment", amount=PRICE, booked_at=timezone.now() - timedelta(hours=9), day=BEGIN
    )
    check(day)
    found = CloseRow.objects.get(flow__funds_flow_id="f")
    assert (found.partner, found.partner_why) == (row("not_moved").record, "same_amount")
    assert row("not_moved").partner == found.flow


def test_a_day_is_closed_only_when_every_row_is_explained(day):
    user = make_user("finance")
    with pytest.raises(Conflict, match="3 rows are unexplained"):
        close_day(day, user)
    assert Taken.objects.count() == 0
    with pytest.raises(Conflict, match="Give a reason"):
        explain(row("no_record"), user, " ")
    with pytest.raises(Conflict, match="should have been listed"):
        expect_later(row("no_record"), user)
    done = closed(day, user)
    assert (done.state, done.closed_by, Taken.objects.count()) == ("closed", user, 2)
    assert Edit.objects.filter(changes__has_key="state").get().user is None  # no door here


def test_a_late_movement_is_counted_by_the_next_day_and_shown_on_its_own(day, client):
    user = make_user("finance")
    closed(day, user)
    late_one_comes(day)
    with clock(NEXT + timedelta(days=1), hour=8):
        pull_flow_day(flow_day(NEXT))
        following = check(day_of(NEXT))
        assert (following.figures["late_count"], following.figures["late"]) == (1, PRICE)
        assert row("not_moved").state == row("gap").state == "healed"
        close_day(following, user)
        client.force_login(user)
        page = words(client.get(f"/admin/closing/close/{day.pk}/change/"))
        assert "After the close" in page and str(NEXT) in page
    net = Close.objects.order_by("day").values_list("figures__net", flat=True)
    assert list(net) == [PRICE + 5, PRICE]


def test_what_was_expected_and_did_not_come_is_unexplained_again(day):
    user = make_user("finance")
    closed(day, user)
    for nth in range(1, 4):
        with clock(BEGIN + timedelta(days=nth + 1), hour=8):
            pull_flow_day(flow_day(BEGIN + timedelta(days=nth)))
            close = check(day_of(BEGIN + timedelta(days=nth)))
            assert close.open_count == (2 if nth == 3 else 0)
            if nth < 3:
                close_day(close, user)
    assert row("not_moved").close.day == BEGIN + timedelta(days=3)


def test_a_reopened_day_counts_the_late_movement_and_keeps_the_figures_of_its_close(day):
    user = make_user("finance")
    closed(day, user)
    late_one_comes(day)
    assert [flow.amount for flow in Flow.objects.filter(taken=None)] == [PRICE]
    with pytest.raises(Conflict, match="A reason"):
        reopen(day, user, "")
    again = reopen(day, user, "晚到的一笔")
    assert again.figures["net"] == 2 * PRICE + 5
    again = close_day(again, user)
    acts = list(Closing.objects.values_list("act", "figures__net", "reason"))
    assert acts == [
        ("closed", PRICE + 5, ""),
        ("reopened", PRICE + 5, "晚到的一笔"),
        ("closed", 2 * PRICE + 5, ""),
    ]
    with pytest.raises(TypeError):
        Closing.objects.first().save()


def test_days_are_closed_in_order_once_over_and_pulled(day):
    user = make_user("finance")
    with clock(NEXT + timedelta(days=1), hour=8):
        following = day_of(NEXT)
        for close, why in ((following, "first 2026-11-02"), (Close(day=timezone.localdate()), "not over")):
            if close.pk is None:
                close.save()
            with pytest.raises(Conflict, match=why):
                close_day(close, user)
        closed(day, user)
        with pytest.raises(Conflict, match="pull them first"):
            close_day(following, user)
        with pytest.raises(Conflict, match="The books begin on 2026-11-02"):
            day_of(BEGIN - timedelta(days=1))


def test_the_schedule_makes_and_checks_the_days_once_the_books_are_begun(platform):
    MerchantAccount.objects.update_or_create(pk=1, defaults={"state": "FINISH"})
    with clock(BEGIN):
        assert (tasks.check_days(), Close.objects.count()) == (0, 0)
        books.enter(TheirFlow.ORDER, "o", pending=7)
    with clock(BEGIN + timedelta(days=3), hour=8):
        day_of(BEGIN)
        assert tasks.check_days() == 3
        assert Close.objects.order_by("day").first().open_count == 1
        assert Flow.objects.count() == 1


# --- the doors


def test_finance_explains_and_closes_on_the_page(day, client):
    user, page = make_user("finance"), f"/admin/closing/close/{day.pk}"
    client.force_login(user)
    text = words(client.get(f"{page}/change/"))
    assert "3 rows are unexplained." in text and "-¥404.80" in text
    late = [row("not_moved").pk, row("gap").pk]
    client.post(f"{page}/decide/", {"act": "later", "row": late})
    client.post(f"{page}/decide/", {"act": "explain", "row": [row("no_record").pk], "reason": "测试款"})
    assert "the day can be closed" in words(client.get(f"{page}/change/"))
    assert "1 Days to close" in words(client.get("/admin/"))
    client.post(f"{page}/close/")
    day.refresh_from_db()
    assert (day.state, day.closed_by) == ("closed", user)
    client.post(f"{page}/reopen/", {"reason": "少一笔"})
    text = words(client.get(f"{page}/change/"))
    assert "少一笔" in text and "opened again" in text
    assert "changed State, net." in text and "changed 2026-11-02 · State." in text
    assert f"Total ¥{PRICE / 100 + 0.05:.2f}" in words(client.get(f"/admin/closing/close/month/?month={BEGIN:%Y-%m}"))


def test_an_auditor_reads_and_the_warehouse_does_not(day, client):
    page = f"/admin/closing/close/{day.pk}"
    client.force_login(make_user("auditor"))
    assert client.get(f"{page}/change/").status_code == 200
    for act in ("check", "decide", "close", "reopen"):
        assert client.post(f"{page}/{act}/").status_code == 403
    assert client.post("/admin/closing/close/book/", {"month": "2026-11"}).status_code == 403
    client.force_login(make_user("warehouse"))
    for path in (f"{page}/change/", "/admin/closing/close/", "/admin/closing/close/month/"):
        assert client.get(path).status_code == 403


def test_the_books_are_begun_on_the_page(platform, client):
    client.force_login(make_user("finance"))
    with clock(BEGIN):
        assert "Add daily close" in words(client.get("/admin/closing/close/"))
        assert "A day that is over" in words(client.post("/admin/closing/close/add/", {"day": str(BEGIN)}))
        client.post("/admin/closing/close/add/", {"day": str(BEGIN - timedelta(days=2))})
        assert Close.objects.count() == 2
        again = client.post("/admin/closing/close/add/", {"day": str(BEGIN - timedelta(days=1))})
        assert "The books begin on 2026-10-31" in words(again)
        assert "Add daily close" not in words(client.get("/admin/closing/close/?state=closed"))
        assert "Add daily close" not in words(
            client.get("/admin/closing/close/?day_since=2020-01-01&day_until=2020-01-02")
        )


def test_a_key_reads_and_only_a_person_closes(day, client):
    header = make_key("funds")[1]
    (shown,) = client.get("/api/v1/daily-closes/", headers=header).json()["results"]
    assert (shown["day"], shown["open_count"], shown["figures"]["net"]) == (str(BEGIN), 3, PRICE + 5)
    rows = client.get(f"/api/v1/daily-close-rows/?close__day={BEGIN}", headers=header).json()["results"]
    assert sorted(one["amount"] for one in rows) == [-PRICE, -PRICE, 5]
    assert client.post(f"/api/v1/daily-closes/{day.pk}/close/", headers=header).status_code == 403
    client.force_login(make_user("finance"))
    post = {"content_type": "application/json"}
    assert client.post(f"/api/v1/daily-closes/{day.pk}/close/", **post).status_code == 409
    for one in rows:
        act, body = ("explain", {"reason": "好"}) if one["problem"] == "no_record" else ("expect_later", {})
        assert client.post(f"/api/v1/daily-close-rows/{one['id']}/{act}/", body, **post).status_code == 200
    assert client.post(f"/api/v1/daily-closes/{day.pk}/close/", **post).json()["state"] == "closed"
    assert client.post(f"/api/v1/daily-closes/{day.pk}/reopen/", {}, **post).status_code == 400
    assert client.post(f"/api/v1/daily-closes/{day.pk}/reopen/", {"reason": "x"}, **post).json()["state"] == "open"
    acts = client.get(f"/api/v1/daily-closes/{day.pk}/closings/", headers=header).json()
    assert [one["act"] for one in acts] == ["closed", "reopened"]
    entries = client.get(f"/api/v1/daily-closes/{day.pk}/timeline/", headers=header).json()["results"]
    assert {"State", "net"} in [set(one["changes"]) for one in entries]


def test_the_command_ends_with_1_while_something_is_unexplained(day, capsys):
    user = make_user("finance")
    with pytest.raises(SystemExit) as ended:
        call_command("close_day", "--day", str(BEGIN), "--dry-run")
    assert ended.value.code == 1
    assert f"not_moved\tpayment\t{row('not_moved').record}\t-{PRICE}" in capsys.readouterr().out
    for wrong in (["--day", "x", "--dry-run"], ["--day", str(NEXT), "--dry-run"], [], ["--user", "nobody"]):
        with pytest.raises(CommandError):
            call_command("close_day", *wrong)
    for one in day.rows.unexplained():
        explain(one, user, "好")
    call_command("close_day", "--dry-run")
    call_command("close_day", "--user", user.username, "--yes")
    assert Close.objects.get().closed_by == user


# --- the month as XLSX


def test_the_sheets_of_a_month_add_up(day, client, drain):
    user = make_user("finance")
    closed(day, user)
    client.force_login(user)
    answer = client.post("/admin/closing/close/book/", {"month": f"{BEGIN:%Y-%m}"})
    drain()
    export = Export.objects.get()
    assert (export.user, export.fault, answer.url) == (user, "", f"/admin/console/export/{export.pk}/change/")
    assert client.get(answer.url).status_code == 200
    file = b"".join(client.get(f"/admin/console/export/{export.pk}/file/").streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert book.sheetnames == [
        "Summary", "Orders", "Payments", "Refunds", "Movements", "Fees", "Settlements", "Withdrawals", "Unexplained",
    ]  # fmt: skip
    assert_totals_add_up(book)
    summary = totals(book["Summary"])
    assert summary["Paid, our records (yuan)"] == 2 * PRICE
    assert summary["Net of movements (yuan)"] == PRICE + 5 == totals(book["Movements"])["Amount (yuan)"]
    client.force_login(make_user("finance"))
    assert client.get(f"/admin/console/export/{export.pk}/file/").status_code == 404


def totals(sheet) -> dict[str, int]:
    """The last row by header, in fen."""
    rows = list(sheet.values)
    return {head: round(value * 100) for head, value in zip(rows[0], rows[-1], strict=True) if is_number(value)}


def is_number(value) -> bool:
    return isinstance(value, int | float)


def assert_totals_add_up(book) -> None:
    """Each total is the sum of its column, and the sheets of records give the summary's totals."""
    for sheet in book:
        head, *rows, _last = list(sheet.values)
        sums: dict[str, int] = defaultdict(int)
        for cells in rows:
            for name, value in zip(head, cells, strict=True):
                sums[name] += round(value * 100) if is_number(value) else 0
        assert {name: sums[name] for name in totals(sheet)} == totals(sheet), sheet.title
    summary = totals(book["Summary"])
    every = {sheet.title: totals(sheet) for sheet in book}
    assert summary["Paid, our records (yuan)"] == every["Orders"]["Amount (yuan)"] + every["Payments"]["Amount (yuan)"]
    assert summary["Refunded, our records (yuan)"] == every["Refunds"]["Refunded (yuan)"]
    assert summary["Fees, our records (yuan)"] == every["Fees"]["Amount (yuan)"]
    assert summary["Settled (yuan)"] == every["Settlements"]["Settled (yuan)"]
    assert summary["Withdrawn, our records (yuan)"] == every["Withdrawals"]["Withdrawn (yuan)"]
    returned = every["Refunds"]["Returned (yuan)"] + every["Withdrawals"]["Returned (yuan)"]
    assert summary["Returned, our records (yuan)"] == returned
    assert summary["Net of movements (yuan)"] == every["Movements"]["Amount (yuan)"]


@pytest.mark.parametrize(("after", "fee"), [(0.4, -100), (1, -2000 - 100)])
def test_a_refund_of_the_settlements_own_second_was_before_it(platform, after, fee):
    """WeChat tells after-sales' moments in milliseconds, and settlements' in seconds."""
    order, settled_at = make_order(), timezone.now().replace(microsecond=0)
    Order.objects.update(settled_at=settled_at, settled_fen=PRICE - 2000 - 100)
    refunded = {"type": 1, "product_cnt": 1, "orderamt": 2000, "status": 13, "refund_id": "r"}
    moved_at = settled_at + timedelta(seconds=after)
    Aftersale.objects.create(order=order, line=order.lines.first(), family=Family.EC, moved_at=moved_at, **refunded)
    assert BY_NAME["fee"].rows().get().expected == fee
