"""Payments without a component order: made, pulled, closed, refunded, released."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from console.erasing.records import what_is_unfinished
from orders.funds import operations, tasks
from orders.funds.models import PaymentOrder, TradeRefund, TradeSharing
from sandbox.endpoints import pay as till
from sandbox.models import Account, Sharing, Trade
from sandbox.models import TradeRefund as TheirRefund
from tests.console.pages import words
from tests.factories import OPENID, make_key, make_user
from wechat.errors import Unreachable
from wechat.models import PulledList, Step
from wechat.shop import pay as pay_shop
from wechat.steps import recovery
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENTS = "/api/v1/payment-orders/"
PAID = {"paid_at": timezone.now(), "frozen": False}


def body(number: str = "pay-1", *amounts: int) -> dict:
    mchid = Account.only().mchid
    trades = [
        {"trade_no": f"{number}-{nth}", "mchid": mchid, "amount": amount, "description": "茶"}
        for nth, amount in enumerate(amounts or (5_000,), 1)
    ]
    return {"combine_trade_no": number, "openid": OPENID, "trades": trades}


@pytest.fixture
def shop(platform):
    """A machine with the right scope."""
    _key, header = make_key("payments")
    browser = Client()

    def post(path: str, given: dict | None = None):
        return browser.post(f"{PAYMENTS}{path}", given or {}, content_type="application/json", headers=header)

    return post


@pytest.fixture
def desk(shop, platform, hear):
    """Finance's browser, the address of a paid payment's pages, and that payment."""
    shop("", body())
    pay()
    hear()
    payment, browser = PaymentOrder.objects.get(), Client()
    browser.force_login(make_user("finance"))
    return browser, f"/admin/funds/paymentorder/{payment.pk}", payment


def pay(number: str = "pay-1-1") -> None:
    till.pay(Trade.objects.get(trade_no=number))


def test_a_payment_is_made_paid_and_told(shop, platform, hear):
    answer = shop("", body())
    assert (answer.status_code, "paySign" in answer.json()["payment_params"]) == (201, True)
    assert answer.json()["payment"]["state"] == "To be paid"
    pay()
    (message,) = hear()
    payment = PaymentOrder.objects.get()
    assert (message.record, payment.is_paid, payment.state_label) == (payment, True, "Paid")


def test_a_combined_payment_has_several_parts(shop, platform, hear):
    assert shop("", body("pay-1", 100, 200)).status_code == 201
    pay()
    hear()
    assert PaymentOrder.objects.get().is_paid
    assert [trade.amount for trade in PaymentOrder.objects.get().trades.all()] == [100, 200]


def test_a_repeat_is_no_error_and_other_content_is(shop, platform):
    shop("", body())
    assert shop("", body()).status_code == 201
    assert PaymentOrder.objects.count() == Trade.objects.count() == 1
    assert shop("", body("pay-1", 6_000)).status_code == 409
    other = body("pay-2") | {"trades": body("pay-1")["trades"]}
    assert shop("", other).status_code == 409


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_silence_on_making_is_over_with_a_repeat(shop, platform, kind):
    platform.fault(kind, "/shop/pay/createorder")
    assert shop("", body()).status_code == 503
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert shop("", body()).status_code == 201
    assert Trade.objects.count() == 1


def test_refunds_go_up_to_the_amount_and_each_once(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    given = {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000}
    for _time in range(2):
        assert shop("pay-1/refund_trade/", given).status_code == 200
    assert TheirRefund.objects.count() == 1
    assert shop("pay-1/refund_trade/", given | {"refund_no": "r2"}).status_code == 409
    assert shop("pay-1/refund_trade/", given | {"amount": 2_999}).status_code == 409
    till.finish_refund(TheirRefund.objects.get(), "SUCCESS")
    hear()
    assert TradeRefund.objects.get().state_label == "Refunded"


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_after_silence_on_a_refund_wechat_is_read_before_it_is_asked_again(shop, platform, hear, kind):
    """Also where, other than the document says, a repeated refund_no would be refused."""
    shop("", body())
    pay()
    hear()
    platform.configure(switches={"refund_no_is_idempotent": False})
    platform.fault(kind, "/shop/pay/refundorder")
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000})
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (TheirRefund.objects.count(), TradeRefund.objects.get().status) == (1, "PROCESSING")
    assert len(platform.ledger("refundorder")) == 1  # one that got through
    assert Step.objects.open().count() == 0


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_after_silence_money_is_released_once(shop, platform, hear, kind):
    shop("", body())
    pay()
    hear()
    platform.fault(kind, "/shop/pay/profitsharingorder")
    shop("pay-1/share_trade/", {"trade_no": "pay-1-1", "profit_sharing_no": "s1"})
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (Sharing.objects.count(), TradeSharing.objects.get().result) == (1, "PROCESSING")


def test_a_payment_that_is_found_closed_is_closed(shop, platform):
    shop("", body())
    platform.fault("timeout_after", "/shop/pay/closeorder")
    payment = PaymentOrder.objects.get()
    with pytest.raises(Unreachable):
        operations.close_payment(payment)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert PaymentOrder.objects.get().state_label == "Closed"


def test_openids_are_masked_for_keys_without_the_scope(shop, platform):
    assert shop("", body()).json()["payment"]["openid"] != OPENID
    _key, header = make_key("payments", "personal")
    assert Client().get(f"{PAYMENTS}pay-1/", headers=header).json()["openid"] == OPENID
    made = Client().post(PAYMENTS, body(), content_type="application/json", headers=header)
    assert made.json()["payment"]["openid"] == OPENID


def test_a_refund_that_never_left_is_sent_again_or_dropped_on_the_page(shop, platform, hear, drain):
    shop("", body())
    pay()
    hear()
    payment = PaymentOrder.objects.get()
    refund = TradeRefund.objects.create(trade=payment.trades.get(), refund_no="r1", amount=1_000)
    browser, url = Client(), f"/admin/funds/paymentorder/{payment.pk}"
    browser.force_login(make_user("finance"))
    assert "Send again" in words(browser.get(f"{url}/change/"))
    browser.post(f"{url}/refund/again/{refund.pk}/")
    drain()
    assert TheirRefund.objects.get().amount == 1_000
    assert "It has been sent" in words(browser.post(f"{url}/refund/again/{refund.pk}/", {"drop": ""}, follow=True))
    assert (TradeRefund.objects.get().dropped_at, TradeRefund.objects.get().status) == (None, "PROCESSING")
    another = TradeRefund.objects.create(trade=payment.trades.get(), refund_no="r2", amount=1_000)
    browser.post(f"{url}/refund/again/{another.pk}/", {"drop": ""})
    another.refresh_from_db()
    assert (another.state_label, another.trade.left, TheirRefund.objects.count()) == ("Dropped", 4_000, 1)
    assert shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r2", "amount": 1_000}).status_code == 409
    with pytest.raises(Conflict):
        operations.refund_trade(another)


def test_a_large_refund_takes_two_people_through_every_door(shop, platform, hear, drain, settings):
    settings.REFUND_SECOND_PERSON = 2_000
    shop("", body())
    pay()
    hear()
    asking, second, browser = make_user("finance"), make_user("finance"), Client()
    payment = PaymentOrder.objects.get()
    url = f"/admin/funds/paymentorder/{payment.pk}"
    browser.force_login(asking)
    page = browser.post(f"{url}/refund/{payment.trades.get().pk}/", {"amount": "20.01", "number": "r1"}, follow=True)
    assert "A second person has to approve it" in words(page)
    refund = TradeRefund.objects.get()
    assert (refund.state_label, refund.asked_by) == ("Waits for a second person", asking)
    approve = f"{url}/approve/{refund.pk}/"
    assert "second person" in words(browser.post(approve, follow=True))
    browser.post(f"{url}/refund/again/{refund.pk}/")
    assert approve not in browser.get(f"{url}/change/").content.decode()
    with pytest.raises(Conflict):
        operations.refund_trade(refund)
    with pytest.raises(IntegrityError), transaction.atomic():
        TradeRefund.objects.update(approved_by=asking)
    again = {"trade_no": "pay-1-1", "refund_no": refund.refund_no, "amount": 2_001}
    assert shop("pay-1/refund_trade/", again).status_code == 202
    assert TheirRefund.objects.count() == 0
    browser.force_login(make_user("auditor"))
    assert browser.post(approve).status_code == 403
    browser.force_login(second)
    listed = words(browser.get("/admin/funds/paymentorder/"))
    assert "Refund to approve 1" in listed
    assert "Pull payments" in listed
    assert approve in browser.get(f"{url}/change/").content.decode()
    browser.post(approve)
    drain()
    assert TheirRefund.objects.get().amount == 2_001
    assert "sent, dropped, or has lapsed" in words(browser.post(approve, follow=True))
    assert TheirRefund.objects.count() == 1


def test_a_refund_is_pressed_twice_and_asked_once(platform, drain, desk):
    browser, url, payment = desk
    number = re.search(r'name="number" value="([^"]+)"', browser.get(f"{url}/change/").content.decode())[1]
    for _press in range(2):
        browser.post(f"{url}/refund/{payment.trades.get().pk}/", {"amount": "10", "number": number})
    drain()
    assert [refund.amount for refund in TheirRefund.objects.all()] == [1_000]
    browser.post(f"{url}/refund/{payment.trades.get().pk}/", {"amount": "1"})
    assert TradeRefund.objects.count() == 1


def test_a_refund_without_an_answer_says_so_and_offers_no_second_press(platform, drain, desk):
    browser, url, payment = desk
    platform.fault("timeout_after", "/shop/pay/refundorder")
    browser.post(f"{url}/refund/{payment.trades.get().pk}/", {"amount": "10", "number": "r1"})
    drain()
    page = browser.get(f"{url}/change/")
    assert "r1 ¥10.00 Outcome unknown" in words(page)
    assert "/refund/again/" not in page.content.decode()
    assert "refundorder" in words(page)  # its steps stand in the timeline
    platform.fault("error", "/shop/pay/refundorder", errcode=1010011)
    browser.post(f"{url}/refund/{payment.trades.get().pk}/", {"amount": "10", "number": "r2"})
    drain()
    page = words(browser.get(f"{url}/change/"))
    assert "r2 ¥10.00 Refused by WeChat WeChat has no order with this number for this buyer." in page


def test_what_is_unpaid_or_of_an_unknown_buyer_is_not_even_written_down_for_a_refund(shop, platform, settings):
    settings.REFUND_SECOND_PERSON = 2_000
    shop("", body())
    made_elsewhere("pay-2", 5_000)
    pay("pay-2-1")
    operations.pull_payments(PulledList.objects.get(name="payments"))
    for number in ("pay-1", "pay-2"):
        for amount in (100, 3_000):
            given = {"trade_no": f"{number}-1", "refund_no": f"{number}-{amount}", "amount": amount}
            assert shop(f"{number}/refund_trade/", given).status_code == 409
    assert TradeRefund.objects.count() == 0


def test_parts_of_one_payment_add_up_to_a_large_refund(shop, platform, hear, settings):
    settings.REFUND_SECOND_PERSON = 2_000
    shop("", body("pay-1", 2_000, 2_000, 2_000))
    pay()
    hear()
    codes = [
        shop("pay-1/refund_trade/", {"trade_no": f"pay-1-{nth}", "refund_no": f"r{nth}", "amount": 2_000}).status_code
        for nth in (1, 2, 3)
    ]
    assert (codes, TheirRefund.objects.count()) == ([200, 202, 202], 1)


def test_one_number_for_two_parts_is_a_conflict(shop, platform, hear):
    shop("", body("pay-1", 2_000, 2_000))
    pay()
    hear()
    given = {"refund_no": "r1", "amount": 100}
    assert shop("pay-1/refund_trade/", given | {"trade_no": "pay-1-1"}).status_code == 200
    assert shop("pay-1/refund_trade/", given | {"trade_no": "pay-1-2"}).status_code == 409


def test_a_refund_found_after_silence_proves_its_buyer(shop, platform, hear):
    made_elsewhere("pay-2", 5_000)
    pay("pay-2-1")
    operations.pull_payments(PulledList.objects.get(name="payments"))
    shop("", body("pay-2", 5_000))
    platform.fault("timeout_after", "/shop/pay/refundorder")
    shop("pay-2/refund_trade/", {"trade_no": "pay-2-1", "refund_no": "r1", "amount": 50})
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert shop("", body("pay-2", 5_000) | {"openid": "oSomebody_else"}).status_code == 409


def test_a_refund_that_wechat_lists_without_its_result_is_on_its_way(shop, platform, hear, monkeypatch):
    shop("", body())
    pay()
    hear()
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 100})
    told = pay_shop.getorder("pay-1-1")
    del told["refund_list"][0]["result"]
    monkeypatch.setattr(pay_shop, "getorder", lambda trade_no: told)
    operations.refresh_payment(PaymentOrder.objects.get())
    assert (TradeRefund.objects.get().status, TradeRefund.objects.get().is_standing) == ("PROCESSING", False)


def test_money_is_not_released_again_while_it_is_being_released(platform, drain, desk):
    browser, url, payment = desk
    trade = payment.trades.get()
    for _press in range(2):
        browser.post(f"{url}/share/{trade.pk}/", {"number": "s1"})
    drain()
    assert Sharing.objects.count() == 1
    assert f"{url}/share/{trade.pk}/" not in browser.get(f"{url}/change/").content.decode()


def test_a_key_is_no_second_person_beside_whoever_made_it(shop, platform, hear, settings):
    settings.REFUND_SECOND_PERSON = 2_000
    shop("", body())
    pay()
    hear()
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000})
    refund = TradeRefund.objects.get()
    with pytest.raises(Conflict, match="second person"):
        refund.approve(refund.asked_by.api_key.created_by)
    refund.approve(make_user("finance"))
    assert shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000}).status_code == 200
    assert TheirRefund.objects.count() == 1


def test_small_refunds_of_one_part_add_up_to_a_large_one(shop, platform, hear, settings):
    settings.REFUND_SECOND_PERSON = 2_000
    shop("", body())
    pay()
    hear()
    codes = [
        shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": f"r{one}", "amount": 1_000}).status_code
        for one in range(3)
    ]
    assert (codes, TheirRefund.objects.count()) == ([200, 200, 202], 2)


def made_elsewhere(number: str, *amounts: int) -> None:
    """Another program of the merchant's makes a payment."""
    sent = body(number, *amounts)
    subs = sent.pop("trades")
    pay_shop.createorder(sent | {"sub_orders": subs})


def test_payments_made_past_the_console_come_in_without_their_buyer(shop, platform, hear, client):
    shop("", body())
    made_elsewhere("pay-2", 100, 200)
    pay("pay-2-1")
    operations.pull_payments(PulledList.objects.get(name="payments"))
    payment = PaymentOrder.objects.get(combine_trade_no="pay-2")
    assert [trade.amount for trade in payment.trades.all()] == [100, 200]
    assert (payment.is_paid, payment.openid, PaymentOrder.objects.count()) == (True, "", 2)
    assert (payment.may_make, payment.may_close, payment.may_refresh) == (False, False, True)
    client.force_login(make_user("finance"))
    page = client.get(f"/admin/funds/paymentorder/{payment.pk}/change/")
    assert "does not name the buyer" in words(page)
    assert "/refund/" not in page.content.decode()
    refund = {"trade_no": "pay-2-1", "refund_no": "r1", "amount": 50}
    assert shop("pay-2/refund_trade/", refund).status_code == 409
    assert shop("", body("pay-2", 100, 300)).status_code == 409
    wrong = shop("", body("pay-2", 100, 200) | {"openid": "oSomebody_else_who_never_paid"})
    assert wrong.status_code == 200
    shop("", body("pay-2", 100, 200))
    payment.refresh_from_db()
    assert payment.openid == OPENID
    assert shop("pay-2/refund_trade/", refund).status_code == 200


def test_what_is_paid_is_answered_as_it_stands(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    answer = shop("", body())
    assert (answer.status_code, answer.json()["payment_params"], answer.json()["payment"]["state"]) == (
        200,
        None,
        "Paid",
    )
    made_elsewhere("pay-2", 100)
    pay("pay-2-1")
    operations.pull_payments(PulledList.objects.get(name="payments"))
    assert shop("", body("pay-2", 100)).status_code == 200
    assert shop("pay-2/refund_trade/", {"trade_no": "pay-2-1", "refund_no": "r1", "amount": 50}).status_code == 200
    assert shop("", body("pay-2", 100) | {"openid": "oSomebody_else"}).status_code == 409  # WeChat agreed to the first


def test_what_was_paid_unheard_of_is_answered_as_it_stands_too(shop, platform):
    shop("", body())
    pay()
    answer = shop("", body())
    assert (answer.status_code, answer.json()["payment"]["state"]) == (200, "Paid")


def test_a_payment_that_cannot_be_read_stops_no_other(platform):
    for number in range(3):
        made_elsewhere(f"pay-{number}", 100)
    pulled = PulledList.objects.get(name="payments")
    platform.fault("error", "/shop/pay/getorder", errcode=1010011)
    with pytest.raises(Unreachable, match="pay-0-1"):
        operations.pull_payments(pulled)
    assert PaymentOrder.objects.count() == 2
    operations.pull_payments(pulled)
    assert PaymentOrder.objects.count() == 3


def test_a_payment_paid_late_is_found_without_its_message(shop, platform):
    for number, until in (("pay-1", timezone.now() + timedelta(days=5)), ("pay-2", None)):
        shop("", body(number) | {"expire_at": until})
    PaymentOrder.objects.update(
        created_at=timezone.now() - timedelta(days=4), read_at=timezone.now() - timedelta(days=1)
    )
    for number in ("pay-1-1", "pay-2-1"):
        pay(number)
    assert tasks.refresh_payments() == 2
    assert {payment.is_paid for payment in PaymentOrder.objects.all()} == {True}


def test_a_payment_that_was_never_read_is_read_however_late(shop, platform):
    """While no worker ran for two days (found by the simulator, seed 5)."""
    shop("", body())
    PaymentOrder.objects.update(created_at=timezone.now() - timedelta(days=4))
    pay()
    assert tasks.refresh_payments() == 1
    assert PaymentOrder.objects.get().is_paid


@pytest.mark.parametrize("told", [True, False])
def test_a_payment_whose_repeat_was_refused_is_paid_all_the_same(shop, platform, hear, told):
    """The first call made it and had no answer; the repeat met a closed access (found by the simulator, seed 4009)."""
    platform.fault("timeout_after", "/shop/pay/createorder")
    assert shop("", body("pay-1", 100, 200)).status_code == 503
    platform.fault("error", "/shop/pay/createorder", errcode=48001)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert Step.objects.get().state == Step.State.REFUSED
    pay()
    if told:
        assert {message.record for message in hear()} == {PaymentOrder.objects.get()}
    else:
        operations.pull_payments(PulledList.objects.get(name="payments"))
        assert len(platform.ledger("getorder")) == 2  # each part once
    payment = PaymentOrder.objects.get()
    assert (payment.made, payment.is_paid, payment.refusal) == (True, True, {})


def test_the_chips_count_payments_and_not_their_parts(shop, platform, hear, client):
    shop("", body("pay-1", 100, 200, 300))
    pay()
    hear()
    client.force_login(make_user("finance"))
    assert "Paid 1" in words(client.get("/admin/funds/paymentorder/"))


def test_payments_are_pulled_page_by_page_and_known_ones_not_read_again(platform, monkeypatch):
    for number in range(5):
        made_elsewhere(f"pay-{number}", 100)
    whole = pay_shop.getorderlist
    monkeypatch.setattr(pay_shop, "getorderlist", lambda *span: whole(*span, page_size=2))
    pulled = PulledList.objects.get(name="payments")
    for _time in range(2):
        operations.pull_payments(pulled)
    assert (PaymentOrder.objects.count(), len(platform.ledger("pay/getorder"))) == (5, 5)
    assert len(platform.ledger("pay/getorderlist")) == 6


def test_a_list_that_says_more_and_does_not_go_on_is_not_read_for_ever(platform, monkeypatch):
    monkeypatch.setattr(pay_shop, "getorderlist", lambda *span: ([], True, ""))
    pulled = PulledList.objects.get(name="payments")
    with pytest.raises(Unreachable, match="does not go on"):
        operations.pull_payments(pulled)
    pulled.refresh_from_db()
    assert pulled.pulled_at is None


def test_a_refund_that_is_stuck_or_closed_says_so(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000})
    till.finish_refund(TheirRefund.objects.get(), "ABNORMAL")
    hear()
    assert "dead or frozen" in TradeRefund.objects.get().state_label
    till.finish_refund(TheirRefund.objects.get(), "CLOSE")
    hear()
    assert (TradeRefund.objects.get().state_label, PaymentOrder.objects.get().trades.get().left) == ("Closed", 5_000)


def test_money_is_released_once_and_why_not_is_told(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    given = {"trade_no": "pay-1-1", "profit_sharing_no": "s1"}
    assert shop("pay-1/share_trade/", given).status_code == 200
    till.finish_sharing(Sharing.objects.get(), "余额不足")
    hear()
    assert (TradeSharing.objects.get().result, TradeSharing.objects.get().fail_reason) == ("CLOSED", "余额不足")
    shop("pay-1/share_trade/", given | {"profit_sharing_no": "s2"})
    till.finish_sharing(Sharing.objects.get(profit_sharing_no="s2"))
    hear()
    assert PaymentOrder.objects.get().trades.get().frozen is False


def test_only_what_is_unpaid_is_closed(shop, platform, hear, drain):
    shop("", body())
    assert shop("pay-1/close_payment/").status_code == 202
    drain()
    assert PaymentOrder.objects.get().state_label == "Closed"
    shop("", body("pay-2"))
    pay("pay-2-1")
    with pytest.raises(Conflict):
        payment = PaymentOrder.objects.get(combine_trade_no="pay-2")
        operations.refresh_payment(payment)
        operations.close_payment(payment)


def test_a_lost_message_of_a_payment_is_made_up_by_polling(shop, platform):
    shop("", body())
    pay()
    assert tasks.refresh_payments() == 1
    assert PaymentOrder.objects.get().is_paid


def test_the_page_refunds_in_yuan_and_releases(shop, platform, hear, drain):
    shop("", body())
    pay()
    hear()
    payment = PaymentOrder.objects.get()
    trade, browser = payment.trades.get(), Client()
    browser.force_login(make_user("finance"))
    url = f"/admin/funds/paymentorder/{payment.pk}"
    browser.post(f"{url}/refund/{trade.pk}/", {"amount": "12.34", "number": "r1"})
    drain()
    assert (TheirRefund.objects.get().amount, TradeRefund.objects.get().status) == (1_234, "PROCESSING")
    page = words(browser.post(f"{url}/refund/{trade.pk}/", {"amount": "100", "number": "r2"}, follow=True))
    assert "¥37.66 can be refunded at most." in page
    assert "two decimals" in words(
        browser.post(f"{url}/refund/{trade.pk}/", {"amount": "1.234", "number": "r3"}, follow=True)
    )
    browser.force_login(make_user("auditor"))
    assert browser.post(f"{url}/share/{trade.pk}/").status_code == 403


def test_a_key_without_the_scope_makes_no_payment(platform):
    _key, header = make_key("orders")
    answer = Client().post(PAYMENTS, body(), content_type="application/json", headers=header)
    assert (answer.status_code, PaymentOrder.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "wrong", [{"trades": []}, {"openid": ""}, {"combine_trade_no": ""}, {"trades": [{"amount": -1}]}]
)
def test_rubbish_is_400_with_the_field(shop, platform, wrong):
    answer = shop("", body() | wrong)
    assert (answer.status_code, bool(answer.json()["fields"])) == (400, True)
    assert platform.ledger("createorder") == []


@pytest.mark.parametrize(
    ("payment", "trade", "refund", "sharing", "is_over"),
    [
        ({"made": True}, {}, None, None, False),
        ({"made": True, "closed": True}, {}, None, None, True),
        ({}, {}, None, None, True),  # WeChat has none
        ({"made": True}, PAID, None, None, True),
        ({"made": True}, PAID | {"frozen": True}, None, None, False),
        ({"made": True}, PAID | {"frozen": True}, {"amount": 100, "status": "SUCCESS"}, None, True),
        ({"made": True}, PAID, {"amount": 1}, None, False),
        ({"made": True}, PAID, {"amount": 1, "status": "PROCESSING"}, None, False),
        ({"made": True}, PAID, {"amount": 1, "status": "ABNORMAL"}, None, False),
        ({"made": True}, PAID, {"amount": 1, "refused": True}, None, True),
        ({"made": True}, PAID, None, {}, False),
        ({"made": True}, PAID, None, {"result": "PROCESSING"}, False),
        ({"made": True}, PAID, None, {"result": "SUCCESS"}, True),
    ],
)
def test_nobody_is_erased_whose_payment_is_not_over(payment, trade, refund, sharing, is_over):
    paid = PaymentOrder.objects.create(combine_trade_no="pay-1", openid=OPENID, **payment)
    part = paid.trades.create(trade_no="pay-1-1", amount=100, **trade)
    if refund is not None:
        part.refunds.create(refund_no="refund-1", **refund)
    if sharing is not None:
        part.sharings.create(profit_sharing_no="share-1", **sharing)
    PaymentOrder.objects.create(combine_trade_no="pay-2", openid="", made=True)
    assert what_is_unfinished(OPENID) == ([] if is_over else ["payment pay-1"])
