"""Withdrawals and the bank account: two people, one scan, and after a silence nothing is asked twice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from orders.funds import operations, payloads, tasks
from orders.funds.models import Balance, Bank, BankAccount, BankChange, City, Withdrawal
from orders.funds.releases import LET_GO
from sandbox import books
from sandbox.endpoints import funds as bank
from sandbox.models import Account, Ticket
from sandbox.models import Flow as TheirFlow
from sandbox.models import Withdrawal as TheirWithdrawal
from tests.console.pages import document, words
from tests.factories import make_key, make_user
from wechat.errors import Refused, Unreachable
from wechat.models import Call, PulledList, Step
from wechat.shop import funds
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete
from wechat.steps.operations import new_step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def money(platform):
    """1,000 yuan that can be withdrawn, known here, and a bank account at WeChat."""
    Account.only()
    books.enter(TheirFlow.ORDER, "o", available=100_000)
    Account.objects.update(
        bank_account={
            "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
            "account_bank": "招商银行",
            "bank_address_code": "330100",
            "account_number": "6214830000001234",
        }
    )
    operations.refresh_balance(Balance.load())


def asked(amount: int = 30_000, by=None, approved: bool = True) -> Withdrawal:
    withdrawal = Withdrawal.objects.create(amount=amount, remark="月结", asked_by=by or make_user("finance"))
    if approved:
        withdrawal.approve(make_user("finance"))
    return withdrawal


def sent(**how) -> Withdrawal:
    withdrawal = asked(**how)
    operations.submit_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    return withdrawal


def ticket_of(withdrawal: Withdrawal) -> Ticket:
    return Ticket.objects.get(qrcode_ticket=withdrawal.qrcode_ticket)


# --- two people, through every door


def test_who_asked_cannot_approve_through_the_model_the_page_or_the_database(money):
    user = make_user("finance")
    withdrawal = asked(by=user, approved=False)
    with pytest.raises(Conflict, match="second person"):
        withdrawal.approve(user)
    browser = Client()
    browser.force_login(user)
    url = f"/admin/funds/withdrawal/{withdrawal.pk}/approve/"
    assert "second person" in words(browser.post(url, follow=True))
    with pytest.raises(IntegrityError):
        Withdrawal.objects.filter(pk=withdrawal.pk).update(approved_by=user)
    withdrawal.refresh_from_db()
    assert withdrawal.approved_by is None


def test_a_withdrawal_of_unknown_outcome_is_settled_by_who_may_send_it_and_nobody_else(money, platform):
    withdrawal = asked()
    platform.fault("timeout_before", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.submit_withdrawal(withdrawal)
    step = Step.objects.unknown().get()
    browser, url = Client(), f"/admin/funds/withdrawal/{withdrawal.pk}"
    for role in ("customer_service", "product", "auditor"):
        browser.force_login(make_user(role))
        assert browser.post(f"{url}/settle/{step.pk}/").status_code == 403
    browser.force_login(make_user("finance"))
    assert f"{url}/settle/{step.pk}/" in browser.get(f"{url}/change/").content.decode()
    browser.post(f"{url}/settle/{step.pk}/")
    step.refresh_from_db()
    assert step.state == "skipped"


@pytest.mark.parametrize("door", ["operation", "button", "api", "job"])
def test_nothing_is_sent_without_a_second_person(money, platform, drain, door):
    from console import jobs

    user = make_user("finance")
    withdrawal = asked(by=user, approved=False)
    browser = Client()
    browser.force_login(user)
    if door == "operation":
        with pytest.raises(Conflict):
            operations.submit_withdrawal(withdrawal)
    elif door == "button":
        browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/do/submit_withdrawal/")
    elif door == "api":
        assert browser.post(f"/api/v1/withdrawals/{withdrawal.pk}/submit_withdrawal/").status_code == 409
    else:
        jobs.start(operations.submit_withdrawal, [withdrawal])
    drain()
    assert platform.ledger("submitwithdraw") == []


def test_the_api_only_asks(money, platform):
    browser, user = Client(), make_user("finance")
    browser.force_login(user)
    answer = browser.post("/api/v1/withdrawals/", {"amount": 5_000, "remark": "x"}, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (201, "Waits for a second person")
    assert Withdrawal.objects.get().asked_by == user
    _key, header = make_key("funds")
    denied = Client().post("/api/v1/withdrawals/", {"amount": 1}, content_type="application/json", headers=header)
    assert denied.status_code == 403


def test_a_second_person_approves_and_the_administrator_is_shown_the_code(money, platform, drain):
    withdrawal = asked(approved=False)
    second, browser = make_user("finance"), Client()
    browser.force_login(second)
    page = words(browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/change/"))
    assert f"{withdrawal.asked_by} asked for this" in page
    browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/approve/")
    drain()
    withdrawal.refresh_from_db()
    assert (withdrawal.approved_by, withdrawal.status) == (second, "BEFORE_SCAN_QRCODE")
    picture = browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/qrcode.png")
    assert (picture.content[:4], "no-store" in picture.headers["Cache-Control"]) == (b"\x89PNG", True)
    (entry,) = platform.ledger("submitwithdraw")
    assert entry.request["amount"] == 30_000
    browser.force_login(make_user("auditor"))
    assert browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/qrcode.png").status_code == 403


def test_who_may_not_approve_does_not(money):
    withdrawal, browser = asked(approved=False), Client()
    browser.force_login(make_user("warehouse"))
    assert browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/approve/").status_code == 403


def test_the_form_takes_yuan_and_keeps_who_asked(money):
    browser, user = Client(), make_user("finance")
    browser.force_login(user)
    browser.post("/admin/funds/withdrawal/add/", {"amount": "123.45", "remark": "月结", "bank_memo": ""})
    assert (Withdrawal.objects.get().amount, Withdrawal.objects.get().asked_by) == (12_345, user)
    page = browser.post("/admin/funds/withdrawal/add/", {"amount": "12.345"}).content.decode()
    assert "two decimals at most" in page


def test_what_was_not_sent_can_be_dropped_and_then_not_be_sent(money, platform):
    withdrawal, browser = asked(), Client()
    browser.force_login(make_user("finance"))
    browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/drop/")
    withdrawal.refresh_from_db()
    assert withdrawal.state_label == "Dropped"
    with pytest.raises(Conflict):
        operations.submit_withdrawal(withdrawal)


# --- limits


def test_no_more_is_asked_for_than_there_is(money, platform):
    with pytest.raises(Incomplete, match=r"¥1,000\.00 can be withdrawn at most"):
        operations.submit_withdrawal(asked(100_001))
    sent(amount=60_000)
    with pytest.raises(Incomplete, match=r"¥400\.00 can be withdrawn at most"):
        operations.submit_withdrawal(asked(40_001))
    assert len(platform.ledger("submitwithdraw")) == 1


def test_an_amount_that_was_refused_says_so(money, platform):
    Balance.objects.update(available=10**9)
    with pytest.raises(Refused):
        operations.submit_withdrawal(asked(200_000))
    assert Step.objects.get(reads=False).state == "refused"


@pytest.fixture
def finance():
    browser = Client()
    browser.force_login(make_user("finance"))
    return browser


def test_the_page_shows_the_money_and_refuses_what_is_above_at_once(money, platform, finance):
    sent(amount=60_000)
    page = words(finance.get("/admin/funds/withdrawal/add/"))
    assert "Held by other withdrawals ¥600.00" in page and "Can be withdrawn ¥400.00" in page
    answer = finance.post("/admin/funds/withdrawal/add/", {"amount": "400.01", "remark": "", "bank_memo": ""})
    assert "¥400.00 can be withdrawn at most" in words(answer)
    assert Withdrawal.objects.count() == 1
    finance.post("/admin/funds/withdrawal/add/", {"amount": "400.00", "remark": "", "bank_memo": ""})
    assert Withdrawal.objects.count() == 2


def _figures(browser, withdrawal) -> str:
    page = browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/change/")
    (figures,) = document(page).xpath("//input[@name='figures']/@value")
    return figures


def test_who_approves_sees_the_money_as_it_is_now(money, platform, finance, drain):
    withdrawal = asked(approved=False)
    url = f"/admin/funds/withdrawal/{withdrawal.pk}/approve/"
    seen = _figures(finance, withdrawal)
    books.enter(TheirFlow.FEE, "x", available=-5_000)  # something else was paid meanwhile
    assert "The figures have changed" in words(finance.post(url, {"figures": seen}, follow=True))
    withdrawal.refresh_from_db()
    assert withdrawal.approved_by is None
    finance.post(url, {"figures": _figures(finance, withdrawal)})
    drain()
    assert len(platform.ledger("submitwithdraw")) == 1


def test_what_cannot_be_paid_out_or_read_is_not_approved(money, platform, finance):
    withdrawal = asked(approved=False)
    url = f"/admin/funds/withdrawal/{withdrawal.pk}/approve/"
    seen = _figures(finance, withdrawal)
    platform.fault("error", "/shop/funds/getbalance", errcode=-1)
    assert "so nothing was approved" in words(finance.post(url, {"figures": seen}, follow=True))
    sent(amount=90_000)
    assert "¥100.00 can be withdrawn at most" in words(finance.post(url, follow=True))
    withdrawal.refresh_from_db()
    assert withdrawal.approved_by is None and len(platform.ledger("submitwithdraw")) == 1


# --- the scan, the bank, and what is told


def test_the_scan_is_polled_and_the_bank_pays(money, platform, hear):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    assert tasks.look_at_scans() == 1
    withdrawal.refresh_from_db()
    assert (withdrawal.scan_status, withdrawal.status) == (4, "AFTER_SCAN_QRCODE")
    bank.confirm(ticket_of(withdrawal))
    bank.succeed(TheirWithdrawal.objects.get())
    messages = hear()
    assert messages[-1].record == withdrawal
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.state_label, withdrawal.bank_num) == ("SUCCESS", "Paid out", "621****34")


def test_a_stranger_who_scans_is_named_as_such(money, platform):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal), Ticket.STRANGER)
    operations.check_withdrawal_scan(withdrawal)
    browser = Client()
    browser.force_login(make_user("finance"))
    page = words(browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/change/"))
    assert "Somebody who is not the administrator has scanned it" in page


@pytest.mark.parametrize(("play", "status"), [("fail", "FAIL"), ("give_back", "REFUND")])
def test_what_the_bank_refuses_or_returns_is_told_with_its_reason(money, platform, hear, play, status):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    bank.confirm(ticket_of(withdrawal))
    getattr(bank, play)(TheirWithdrawal.objects.get())
    hear()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, bool(withdrawal.reason)) == (status, True)


def test_a_lost_message_is_made_up_by_polling(money, platform):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    bank.cancel(ticket_of(withdrawal))
    Withdrawal.objects.update(read_at=timezone.now() - timedelta(hours=1))
    assert tasks.refresh_withdrawals() == 1
    withdrawal.refresh_from_db()
    assert withdrawal.state_label == "Closed"


def test_what_the_bank_gave_back_after_it_was_paid_out_is_found_without_its_message(money, platform):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    bank.confirm(ticket_of(withdrawal))
    bank.succeed(TheirWithdrawal.objects.get())
    operations.refresh_withdrawal(withdrawal)
    bank.give_back(TheirWithdrawal.objects.get())
    assert tasks.refresh_withdrawals() == 0  # read just now
    Withdrawal.objects.update(read_at=timezone.now() - timedelta(hours=21))
    assert tasks.refresh_withdrawals() == 1
    withdrawal.refresh_from_db()
    assert withdrawal.state_label == "Returned by the bank"


def test_a_code_that_expired_is_renewed_for_the_same_withdrawal(money, platform):
    withdrawal = sent()
    first = withdrawal.out_request_no
    platform.move_clock(minutes=6)
    operations.check_withdrawal_scan(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.scan_status, withdrawal.may_renew) == ("CLOSE", 3, True)
    operations.renew_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.earlier, withdrawal.status) == ([first], "BEFORE_SCAN_QRCODE")
    assert withdrawal.out_request_no != first
    assert [entry.request["remark"] for entry in platform.ledger("submitwithdraw")] == [
        f"月结 #{withdrawal.pk}.0",
        f"月结 #{withdrawal.pk}.1",
    ]


def test_a_code_that_expired_is_renewed_also_where_wechat_leaves_the_withdrawal_open(money, platform):
    platform.configure(switches={"expired_tickets_close_withdrawals": False})
    withdrawal = sent(amount=50_000)
    first = withdrawal.out_request_no
    platform.move_clock(minutes=6)
    operations.check_withdrawal_scan(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.scan_status, withdrawal.may_renew) == ("BEFORE_SCAN_QRCODE", 3, True)
    assert not Withdrawal.objects.holding().exists()
    operations.renew_withdrawal(withdrawal)
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    withdrawal.refresh_from_db()
    assert (withdrawal.earlier, withdrawal.scan_status, withdrawal.may_renew) == ([first], 0, False)
    assert list(Withdrawal.objects.holding()) == [withdrawal]
    with pytest.raises(Incomplete, match=r"¥500\.00 can be withdrawn at most"):
        operations.submit_withdrawal(asked(50_001))


def test_what_moved_on_after_its_code_expired_is_not_asked_for_a_second_time(money, platform):
    platform.configure(switches={"expired_tickets_close_withdrawals": False})
    withdrawal = sent()
    platform.move_clock(minutes=6)
    operations.check_withdrawal_scan(withdrawal)
    TheirWithdrawal.objects.update(status=TheirWithdrawal.STARTED)
    with pytest.raises(Conflict, match="has changed"):
        operations.renew_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.earlier, TheirWithdrawal.objects.count()) == ("INIT", [], 1)


def test_a_code_that_was_scanned_and_expired_is_not_renewed_while_wechat_leaves_it_open(money, platform):
    platform.configure(switches={"expired_tickets_close_withdrawals": False})
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    platform.move_clock(minutes=6)
    operations.check_withdrawal_scan(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.scan_status, withdrawal.may_renew) == ("AFTER_SCAN_QRCODE", 3, False)
    assert list(Withdrawal.objects.holding()) == [withdrawal]


def test_a_withdrawal_whose_code_went_with_a_lost_answer_is_renewed_once_nobody_can_scan_it(money, platform):
    platform.configure(switches={"expired_tickets_close_withdrawals": False})
    withdrawal = asked()
    platform.fault("timeout_after", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.submit_withdrawal(withdrawal)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.may_renew) == ("BEFORE_SCAN_QRCODE", False)
    assert list(Withdrawal.objects.holding()) == [withdrawal]
    Withdrawal.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    withdrawal.refresh_from_db()
    assert (withdrawal.may_renew, Withdrawal.objects.holding().count()) == (True, 0)
    operations.renew_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert (len(withdrawal.earlier), withdrawal.waits_for_scan) == (1, True)


@pytest.fixture
def hanging(money, platform) -> Withdrawal:
    """Scanned, and its code has long expired, with the withdrawal left open at WeChat."""
    platform.configure(switches={"expired_tickets_close_withdrawals": False})
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    operations.check_withdrawal_scan(withdrawal)
    platform.move_clock(minutes=61)
    Withdrawal.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    withdrawal.refresh_from_db()
    return withdrawal


def let_go(client, drain, withdrawal, *people) -> None:
    for person in people:
        client.force_login(person)
        mark = withdrawal.out_request_no
        client.post(f"/admin/funds/withdrawal/{withdrawal.pk}/do/let_go_withdrawal/", {"mark": mark})
        drain()
    withdrawal.refresh_from_db()


def test_a_withdrawal_that_hangs_stays_locked_while_wechat_has_it(hanging, client, drain):
    let_go(client, drain, hanging, make_user("finance"), make_user("finance"))
    assert (hanging.released_at, list(Withdrawal.objects.holding())) == (None, [hanging])
    assert "may still pay it" in Step.objects.latest("pk").message


def test_a_withdrawal_that_wechat_does_not_know_any_more_is_let_go_by_two_people(hanging, client, drain):
    TheirWithdrawal.objects.all().delete()
    first = make_user("finance")
    let_go(client, drain, hanging, first, first)
    assert list(Withdrawal.objects.holding()) == [hanging]
    let_go(client, drain, hanging, make_user("finance"))
    assert (hanging.release_answer["errcode"], hanging.may_renew) == (9710001, False)
    assert not Withdrawal.objects.holding().exists()
    assert "9710001" in words(client.get(f"/admin/funds/withdrawal/{hanging.pk}/change/"))


def test_what_was_let_go_and_is_at_wechat_after_all_counts_again(hanging, client, drain):
    (theirs,) = TheirWithdrawal.objects.values()
    TheirWithdrawal.objects.all().delete()
    let_go(client, drain, hanging, make_user("finance"), make_user("finance"))
    assert hanging.released_at is not None
    TheirWithdrawal.objects.create(**theirs | {"status": TheirWithdrawal.STARTED})
    operations.refresh_withdrawal(hanging)
    hanging.refresh_from_db()
    assert (hanging.state_label, list(Withdrawal.objects.holding())) == ("Begun", [hanging])
    assert LET_GO.needs(hanging)  # the approval was used


def test_a_withdrawal_that_hangs_and_was_closed_after_all_is_read_and_not_let_go(hanging, client, drain):
    TheirWithdrawal.objects.update(status=TheirWithdrawal.CLOSED)
    let_go(client, drain, hanging, make_user("finance"), make_user("finance"))
    assert (hanging.status, hanging.released_at) == ("CLOSE", None)


def test_what_somebody_cancelled_is_not_renewed(money, platform):
    withdrawal = sent()
    bank.scan(ticket_of(withdrawal))
    bank.cancel(ticket_of(withdrawal))
    operations.check_withdrawal_scan(withdrawal)
    withdrawal.refresh_from_db()
    assert not withdrawal.may_renew


def test_no_ticket_and_no_code_lie_in_the_clear(money, platform):
    from django.db import connection

    withdrawal = sent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT qrcode_ticket, qrcode FROM funds_withdrawal")
        raw = b"".join(bytes(value) for value in cursor.fetchone())
    assert withdrawal.qrcode_ticket.encode() not in raw
    kept = "".join(f"{call.request}{call.answer}" for call in Call.objects.all())
    assert "qrcode_ticket" in kept
    assert withdrawal.qrcode_ticket not in kept and withdrawal.qrcode not in kept


# --- silence: there is no key of ours, and nothing is asked twice


def test_silence_after_the_platform_acted_finds_the_withdrawal_by_its_mark(money, platform):
    withdrawal = asked()
    platform.fault("timeout_after", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.submit_withdrawal(withdrawal)
    recovery.resolve(Step.objects.get(reads=False))
    withdrawal.refresh_from_db()
    assert (Step.objects.get(reads=False).state, withdrawal.status) == ("done", "BEFORE_SCAN_QRCODE")
    assert withdrawal.out_request_no == TheirWithdrawal.objects.get().out_request_no
    assert len(platform.ledger("submitwithdraw")) == 1
    platform.move_clock(minutes=6)
    operations.refresh_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert withdrawal.may_renew  # its code went with the answer


def some_minutes_later(step: Step) -> None:
    step.refresh_from_db()
    step.payload["after"] -= 600
    Step.objects.filter(pk=step.pk).update(payload=step.payload)
    recovery.resolve(step)


def test_a_withdrawal_that_shows_up_late_is_taken_and_not_asked_again(money, platform):
    """Its step was given up; whoever presses again gets the one that is there, and so does the next pull."""
    withdrawal, other = asked(10_000), asked(10_000)
    for one in (withdrawal, other):
        platform.fault("timeout_before", "/shop/funds/submitwithdraw")
        with pytest.raises(Unreachable):
            operations.submit_withdrawal(one)
        some_minutes_later(Step.objects.filter(reads=False).latest("id"))
        funds.submitwithdraw(one.amount, one.marked_remark)  # it was only slow
    with pytest.raises(Conflict, match="has this withdrawal already"):
        operations.submit_withdrawal(withdrawal)
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    for one in (withdrawal, other):
        one.refresh_from_db()
        assert (one.status, bool(one.out_request_no)) == ("BEFORE_SCAN_QRCODE", True)
    assert Withdrawal.objects.count() == TheirWithdrawal.objects.count() == 2


def test_two_withdrawals_with_one_mark_are_both_shown(money, platform):
    """Somebody asked again before WeChat listed the first: it must not hide behind the second."""
    withdrawal = sent(amount=10_000)
    funds.submitwithdraw(10_000, withdrawal.marked_remark)
    for _time in range(2):
        operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    number = withdrawal.out_request_no
    withdrawal.refresh_from_db()
    assert (withdrawal.out_request_no, bool(withdrawal.qrcode)) == (number, True)
    assert Withdrawal.objects.count() == TheirWithdrawal.objects.count() == 2


def test_what_was_dropped_and_lives_at_wechat_all_the_same_says_so_and_is_not_asked_anew(money, platform):
    withdrawal = asked(10_000)
    Withdrawal.objects.filter(pk=withdrawal.pk).update(dropped_at=timezone.now())
    funds.submitwithdraw(10_000, withdrawal.marked_remark)
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    withdrawal.refresh_from_db()
    assert withdrawal.state_label == "To be scanned"
    platform.move_clock(minutes=6)
    operations.refresh_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.may_renew) == ("CLOSE", False)


def test_what_is_being_sent_is_not_dropped_and_what_was_dropped_is_not_approved(money, platform):
    withdrawal, browser = asked(approved=False), Client()
    browser.force_login(make_user("finance"))
    step = new_step(operations.submit_withdrawal, withdrawal.pk, state=Step.State.SENT)
    step.save()
    assert "is being sent" in words(browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/drop/", follow=True))
    withdrawal.refresh_from_db()
    assert withdrawal.dropped_at is None
    step.delete()
    browser.post(f"/admin/funds/withdrawal/{withdrawal.pk}/drop/")
    withdrawal.refresh_from_db()
    assert "Approve as second person" not in words(browser.get(f"/admin/funds/withdrawal/{withdrawal.pk}/change/"))
    with pytest.raises(Conflict, match="dropped"):
        withdrawal.approve(make_user("finance"))


def short_pages(monkeypatch, most: int, missing: int = 0) -> None:
    """WeChat lists fewer withdrawals a page than it is asked for; or keeps some that it counts to itself."""
    really = funds.scanwithdraw

    def capped(page, _size):
        numbers, total = really(page, most)
        return numbers, total + missing

    monkeypatch.setattr(funds, "scanwithdraw", capped)


@pytest.mark.parametrize("missing", [0, 1])
def test_withdrawals_in_shorter_pages_are_read_whole_and_a_list_cut_short_is_not_taken_for_whole(
    money, platform, monkeypatch, missing
):
    for nth in range(5):
        funds.submitwithdraw(1_000, f"{nth}")
    short_pages(monkeypatch, 2, missing)
    pulled = PulledList.objects.get(name="withdrawals")
    if missing:
        with pytest.raises(Unreachable, match="after 5 of 6 rows"):
            operations.pull_withdrawals(pulled)
    else:
        operations.pull_withdrawals(pulled)
    pulled.refresh_from_db()
    assert (Withdrawal.objects.count(), pulled.count) == (5, 0 if missing else 5)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_late_withdrawal_is_looked_for_beyond_a_short_page_and_never_asked_for_where_the_list_is_cut_short(
    money, platform, monkeypatch, missing
):
    withdrawal = asked(10_000)
    if not missing:
        funds.submitwithdraw(withdrawal.amount, withdrawal.marked_remark)
    for nth in range(3):
        funds.submitwithdraw(1_000, f"{nth}")
    short_pages(monkeypatch, 2, missing)
    with pytest.raises(Unreachable if missing else Conflict):
        operations.submit_withdrawal(withdrawal)
    assert TheirWithdrawal.objects.count() == (3 if missing else 4)


@pytest.mark.parametrize("wrong", ["amount", "time"])
def test_a_withdrawal_with_our_mark_but_not_ours_is_left_alone(money, platform, wrong):
    """The mark is our record's number, which another console or an older database may have used."""
    withdrawal = asked(10_000)
    funds.submitwithdraw(9_999 if wrong == "amount" else 10_000, withdrawal.marked_remark)
    if wrong == "time":
        TheirWithdrawal.objects.update(created_at=timezone.now() - timedelta(days=2))
    operations.submit_withdrawal(withdrawal)
    assert TheirWithdrawal.objects.count() == 2


def test_a_renewal_fallen_silent_is_found_and_its_closed_number_is_no_new_withdrawal(money, platform):
    withdrawal = sent()
    platform.move_clock(minutes=6)
    operations.refresh_withdrawal(withdrawal)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.scan_status, withdrawal.may_renew) == ("CLOSE", 3, True)
    platform.fault("timeout_after", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.renew_withdrawal(withdrawal)
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    recovery.resolve(Step.objects.filter(reads=False).latest("id"))
    withdrawal.refresh_from_db()
    assert (withdrawal.status, len(withdrawal.earlier)) == ("BEFORE_SCAN_QRCODE", 1)
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    assert (Withdrawal.objects.count(), TheirWithdrawal.objects.count()) == (1, 2)


def test_silence_before_the_platform_acted_asks_nothing_by_itself(money, platform):
    withdrawal = asked()
    platform.fault("timeout_before", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.submit_withdrawal(withdrawal)
    for _sweep in range(3):
        Step.objects.update(next_attempt_at=timezone.now())
        recovery.sweep()
    step = Step.objects.get(reads=False)
    assert (step.state, "does not list it yet" in step.message) == ("unknown", True)
    some_minutes_later(step)
    step.refresh_from_db()
    assert (step.state, "Check once more" in step.message) == ("skipped", True)
    assert TheirWithdrawal.objects.count() == 0
    operations.submit_withdrawal(withdrawal)  # a person presses again
    assert TheirWithdrawal.objects.count() == 1


def test_withdrawals_of_others_are_pulled_and_not_taken_for_ours(money, platform):
    funds.submitwithdraw(5_000, "outside this console")
    withdrawal = asked()
    platform.fault("timeout_before", "/shop/funds/submitwithdraw")
    with pytest.raises(Unreachable):
        operations.submit_withdrawal(withdrawal)
    recovery.resolve(Step.objects.get(reads=False))
    withdrawal.refresh_from_db()
    assert withdrawal.out_request_no is None
    operations.pull_withdrawals(PulledList.objects.get(name="withdrawals"))
    assert Withdrawal.objects.exclude(pk=withdrawal.pk).get().amount == 5_000


# --- the bank account


@pytest.fixture
def lists(platform):
    for name, pull in (("banks", operations.pull_banks), ("cities", operations.pull_cities)):
        pull(PulledList.objects.get(name=name))


def change(**fields) -> BankChange:
    known = {
        "bank": Bank.objects.filter(bank_type=2).first(),
        "city": City.objects.first(),
        "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
        "account_number": "6222000000009876",
        "asked_by": make_user("finance"),
    }
    return BankChange.objects.create(**known | fields)


def confirmed(**fields) -> BankChange:
    record = change(**fields)
    record.approve(make_user("finance"))
    operations.ask_scan(record)
    record.refresh_from_db()
    ticket = Ticket.objects.get(qrcode_ticket=record.qrcode_ticket)
    bank.scan(ticket)
    bank.confirm(ticket)
    operations.check_scan(record)
    record.refresh_from_db()
    return record


def test_the_pickers_hold_what_the_platforms_lists_hold(lists, platform, client):
    assert Bank.objects.count() > 10
    assert City.objects.filter(bank_address_code__regex=r"^\d{6}$").count() == City.objects.count() > 3
    record = change(bank=Bank.objects.filter(need_branch=True).first())
    client.force_login(make_user("finance"))
    url = f"/admin/funds/bankchange/{record.pk}/change/"
    assert "Press “Read the branches”." in words(client.get(url))
    BankChange.objects.update(branches=[])
    assert "WeChat lists none in this city." in words(client.get(url))
    operations.pull_branches(record)
    record.refresh_from_db()
    assert isinstance(record.branches, list)
    assert platform.ledger("getsubbranch")[0].request["bank_code"] == record.bank.bank_code


def test_a_bank_account_takes_two_people_and_a_scan(lists, platform):
    record = change()
    for op in (operations.ask_scan, operations.submit_bank_account):
        with pytest.raises(Conflict):
            op(record)
    record.approve(make_user("finance"))
    with pytest.raises(Conflict):
        operations.submit_bank_account(record)
    record = confirmed()
    operations.submit_bank_account(record)
    record.refresh_from_db()
    assert record.state_label == "Changed"
    assert Account.only().bank_account["account_number"] == "6222000000009876"
    assert BankAccount.load().info["account_number"] == "6222000000009876"
    assert len(platform.ledger("setbankaccount")) == 1


@pytest.mark.parametrize("how", [{"scan_user_type": 2}, {"scan_user_type": None}, {"scan_error": "60208 self check"}])
def test_only_the_administrators_scan_without_a_fault_counts(lists, platform, how):
    record = confirmed()
    BankChange.objects.filter(pk=record.pk).update(**how)
    record.refresh_from_db()
    with pytest.raises(Conflict):
        operations.submit_bank_account(record)
    assert platform.ledger("setbankaccount") == []


def test_a_scan_that_wechat_takes_no_more_is_asked_for_anew(lists, platform):
    record = confirmed()
    Ticket.objects.update(used=True)
    with pytest.raises(Refused, match="60208"):
        operations.submit_bank_account(record)
    record.refresh_from_db()
    assert (record.may_submit, record.may_ask_scan) == (False, True)


def test_a_bank_account_is_dropped_or_lapses_and_is_not_sent_then(lists, platform):
    dropped, browser = confirmed(), Client()
    browser.force_login(make_user("finance"))
    browser.post(f"/admin/funds/bankchange/{dropped.pk}/drop/")
    old = confirmed()
    BankChange.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=8))
    for record, label in ((dropped, "Dropped"), (old, "Lapsed, ask for it again")):
        record.refresh_from_db()
        assert record.state_label == label
        with pytest.raises(Conflict):
            operations.submit_bank_account(record)


def test_the_scan_of_a_bank_account_is_polled(lists, platform):
    record = change()
    record.approve(make_user("finance"))
    operations.ask_scan(record)
    record.refresh_from_db()
    platform.scan(record.qrcode_ticket)
    platform.confirm(record.qrcode_ticket)
    assert tasks.look_at_scans() == 1
    record.refresh_from_db()
    assert record.is_confirmed


@pytest.mark.parametrize(("kind", "acted"), [("timeout_after", True), ("timeout_before", False)])
def test_silence_on_the_bank_account_is_settled_by_reading_and_never_set_again(lists, platform, kind, acted):
    record = confirmed()
    platform.fault(kind, "/shop/funds/setbankaccount")
    with pytest.raises(Unreachable):
        operations.submit_bank_account(record)
    for _sweep in range(3):
        Step.objects.update(next_attempt_at=timezone.now())
        recovery.sweep()
    record.refresh_from_db()
    assert (record.sent_at is not None) == acted
    assert len(platform.ledger("setbankaccount")) == int(acted)


@pytest.mark.parametrize("other", ["bank_address_code", "bank_account_type"])
def test_the_same_number_in_another_city_or_of_another_kind_is_another_account(lists, platform, other):
    record = confirmed()
    theirs = payloads.bank_account(record) | {
        other: "330100" if other == "bank_address_code" else "ACCOUNT_TYPE_PRIVATE"
    }
    assert theirs != payloads.bank_account(record)
    Account.objects.update(bank_account=theirs)
    platform.fault("timeout_before", "/shop/funds/setbankaccount")
    with pytest.raises(Unreachable):
        operations.submit_bank_account(record)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    record.refresh_from_db()
    assert record.sent_at is None


def test_account_numbers_are_masked_on_pages_and_sealed_in_the_database(lists, platform):
    from django.db import connection

    record, browser = change(), Client()
    browser.force_login(make_user("finance"))
    page = browser.get(f"/admin/funds/bankchange/{record.pk}/change/").content.decode()
    assert "6222000000009876" not in page and "622****76" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_number FROM funds_bankchange")
        assert b"6222000000009876" not in bytes(cursor.fetchone()[0])


def test_the_form_of_a_bank_account_is_filled_in_by_hand(lists, platform):
    browser, user = Client(), make_user("finance")
    browser.force_login(user)
    given = {
        "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
        "bank": Bank.objects.filter(bank_type=2).first().pk,
        "city": City.objects.first().pk,
        "account_number": "6222000000001111",
    }
    other = browser.post("/admin/funds/bankchange/add/", given | {"bank_account_type": "ACCOUNT_TYPE_PRIVATE"})
    assert "for the other kind of account" in words(other)
    browser.post("/admin/funds/bankchange/add/", given)
    record = BankChange.objects.get()
    assert (record.account_number, record.asked_by) == ("6222000000001111", user)
    assert (
        "Digits only." in browser.post("/admin/funds/bankchange/add/", given | {"account_number": "x"}).content.decode()
    )


def test_the_approver_of_a_bank_account_sees_the_present_one_and_comes_back_where_it_has_changed(money, lists, client):
    operations.refresh_bank_account(BankAccount.load())
    record = change()
    client.force_login(make_user("finance"))
    page = client.get(f"/admin/funds/bankchange/{record.pk}/change/")
    (shown,) = document(page).xpath("//input[@name='figures']/@value")
    assert shown in words(page)
    approve = f"/admin/funds/bankchange/{record.pk}/approve/"
    back = client.post(approve, {"figures": "another bank ****1111"}, follow=True)
    assert "The figures have changed since the page was shown" in words(back)
    record.refresh_from_db()
    assert record.approved_by is None
    client.post(approve, {"figures": shown})
    record.refresh_from_db()
    assert record.approved_by is not None
