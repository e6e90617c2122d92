"""The merchant account, its books to the fen, withdrawals, and raw payment orders (BEHAVIOUR 7)."""

import base64
import io
import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone
from PIL import Image

from sandbox import books, clock, platform
from sandbox.endpoints import ecaftersale as claims
from sandbox.endpoints import funds, pay, wxpay
from sandbox.endpoints import order as orders
from sandbox.models import (
    Account,
    Application,
    Claim,
    Flow,
    Order,
    Picture,
    Push,
    Sharing,
    Ticket,
    Trade,
    TradeRefund,
    Withdrawal,
)

from .test_aftersales import claimed, mine, refused, switched
from .test_orders import BUYER, added, ahead, named, order

MCHID = "1600000001"
BANK = {
    "bank_account_type": "ACCOUNT_TYPE_PRIVATE",
    "account_bank": "招商银行",
    "bank_address_code": "440300",
    "account_number": "6214830000000001",
}


def papers(**fields):
    """What wxpay/apply takes, with pictures that were uploaded."""
    Picture.objects.get_or_create(media_id="m1", pay_media_id="p1", defaults={"size": 1})
    picture = {"name": "a.png", "media_id": "m1", "pay_media_id": "p1"}
    known = {
        "organization_type": 2,
        "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD",
        "merchant_shortname": "茶里",
        "business_license_info": {
            "legal_person": "张三",
            "business_time": '["2020-01-01","2040-01-01"]',
            "wxa_business_license_copy": picture,
        },
        "id_card_info": {
            "id_card_name": "张三",
            "id_card_number": "330106199001010000",
            "id_card_valid_time": "长期",
            "wxa_id_card_copy": picture,
            "wxa_id_card_national": picture,
        },
        "contact_info": {"contact_type": "65", "contact_email": "a@example.com", "mobile_phone": "13800000000"},
        "account_info": {**BANK, "account_name": "茶里公司"},
    }
    return {key: value for key, value in {**known, **fields}.items() if value is not None}


def applied(shop, state=None, **fields):
    Account.objects.update(merchant="closed")
    assert shop("wxpay/apply", papers(**fields))["errcode"] == 0
    if state:
        Application.objects.update(state=state)
    return Application.objects.get()


def progress(shop):
    return shop("wxpay/get")["pay_resp"]


def rich(available=10000, pending=0):
    books.enter(Flow.TRADE, "before", pending=pending, available=available)


def balance(shop):
    info = shop("funds/getbalance")["balance_info"]
    return info["available_amount"], info["pending_amount"]


def withdrawn(shop, amount=3000):
    answer = shop("funds/submitwithdraw", {"amount": amount, "remark": "货款", "bank_memo": "七月"})
    assert answer["errcode"] == 0, answer
    return Withdrawal.objects.get(out_request_no=answer["out_request_no"])


def confirmed(shop, amount=3000):
    withdrawal = withdrawn(shop, amount)
    funds.scan(withdrawal.ticket)
    funds.confirm(withdrawal.ticket)
    withdrawal.refresh_from_db()
    return withdrawal


def detail(shop, withdrawal):
    return shop("funds/getwithdrawdetail", {"out_request_no": withdrawal.out_request_no})["withdraw_info"]


def code(shop, user_type=Ticket.ADMINISTRATOR):
    """A ticket that stands for no withdrawal, scanned."""
    ticket = Ticket.objects.get(qrcode_ticket=shop("funds/qrcode/gen", {"identity_type": 1})["qrcode_ticket"])
    funds.scan(ticket, user_type)
    return ticket


def check(shop, ticket):
    answer = shop("funds/qrcode/check", {"qrcode_ticket": ticket.qrcode_ticket})
    return answer["status"], answer["scan_user_type"], answer["self_check_err_code"]


def told(event):
    return [next(iter(list(push.fields.values())[5:])) for push in Push.objects.filter(event=event).order_by("id")]


def kinds():
    return list(Flow.objects.order_by("pk").values_list("kind", "amount"))


def agree():
    """Each flow's balance is the sum of all before it, and the last is what there is."""
    total = 0
    for flow in Flow.objects.order_by("pk"):
        total += flow.amount
        assert flow.balance == total
    now = books.current()
    assert now.pending + now.available == total
    assert min(now.pending, now.available, books.free(now)) >= 0


def trade(shop, number="t1", amount=1000, **fields):
    body = {"openid": BUYER, "mchid": MCHID, "trade_no": number, "amount": amount, "description": "茶", **fields}
    answer = shop("pay/createorder", body)
    assert answer["errcode"] == 0, answer
    return Trade.objects.get(trade_no=number)


def bought(shop, number="t1", amount=1000):
    pay.pay(trade(shop, number, amount))
    return Trade.objects.get(trade_no=number)


def of(number="t1", **fields):
    return {"openid": BUYER, "mchid": MCHID, "trade_no": number, **fields}


def refunding(number="r1", amount=400, total=1000, **fields):
    return of(refund_no=number, refund_amount=amount, total_amount=total, **fields)


def sharing(number="s1", **fields):
    return of(profit_sharing_no=number, **fields)


# --- every inferred rule of this section; test_rules tries each both ways


def _second_application(shop, _link):
    applied(shop)
    return shop("wxpay/apply", papers())["errcode"]


def _late_transfer(shop, _link):
    wxpay.ask_transfer(applied(shop))
    ahead(days=3, seconds=1)
    return progress(shop)["applyment_state"]


def _balance_of_nobody(shop, _link):
    Account.objects.update(merchant="closed")
    return shop("funds/getbalance")["errcode"]


def _two_weeks_later(shop, _link):
    added(shop, status=100)
    Order.objects.update(finished_at=timezone.now())
    ahead(days=14, seconds=1)
    shop("order/get", named())
    return Order.objects.get().settled


def _settled_with_a_claim(shop, _link):
    claimed(shop, order_status=100)
    return refused(orders.settle, Order.objects.get())


def _refunded_again(shop, _link):
    bought(shop)
    return [shop("pay/refundorder", refunding())["errcode"] for _time in range(2)][1]


def _shared_again(shop, _link):
    bought(shop)
    shop("pay/profitsharingorder", sharing())
    pay.finish_sharing(Sharing.objects.get())
    return shop("pay/profitsharingorder", sharing("s2"))["errcode"]


def _six_minutes(shop, _link):
    rich()
    withdrawal = withdrawn(shop)
    ahead(minutes=6)
    return detail(shop, withdrawal)["status"]


def _expired(shop, _link):
    rich()
    ticket = withdrawn(shop).ticket
    ahead(minutes=6)
    return check(shop, ticket)[0], detail(shop, ticket.withdrawal)["status"]


def _confirmed_by_a_stranger(shop, _link):
    rich()
    ticket = withdrawn(shop).ticket
    funds.scan(ticket, Ticket.STRANGER)
    return refused(funds.confirm, ticket)


def _bank_account_without_a_code(shop, _link):
    return shop("funds/setbankaccount", {"account_info": BANK})["errcode"]


def _confirmed(shop, _link):
    rich()
    return confirmed(shop).status


def _amount(shop, _link):
    rich(12345)
    return shop("funds/getorderflow", {"funds_flow_id": Flow.objects.get().funds_flow_id})["funds_flow"]["amount"]


BOTH_WAYS = {
    "one_application_at_a_time": (_second_application, 40097, 0),
    "small_transfer_has_deadline": (_late_transfer, "REJECTED", "ACCOUNT_NEED_VERIFY"),
    "funds_need_merchant": (_balance_of_nobody, 47001, 0),
    "settles_by_itself": (_two_weeks_later, True, False),
    "settlement_waits_for_claims": (_settled_with_a_claim, 1000000, 0),
    "refund_no_is_idempotent": (_refunded_again, 0, 2747013),
    "shared_once": (_shared_again, 1010043, 0),
    "tickets_live_5_minutes": (_six_minutes, "CLOSE", "BEFORE_SCAN_QRCODE"),
    "expired_tickets_close_withdrawals": (_expired, (3, "CLOSE"), (3, "BEFORE_SCAN_QRCODE")),
    "only_administrators_confirm": (_confirmed_by_a_stranger, 48001, 0),
    "bank_account_needs_scan": (_bank_account_without_a_code, 60208, 0),
    "withdrawals_accepted_at_once": (_confirmed, "CREATE_SUCCESS", "INIT"),
    "flows_in_yuan_text": (_amount, "123.45", 123.45),
}


# --- the merchant account (BEHAVIOUR 7.1)


@pytest.mark.parametrize(
    ("path", "data", "errcode"),
    [
        ("order/getpaymentparams", named(), 48001),
        ("ecaftersale/get", {"aftersale_id": 1}, 48001),
        ("ecaftersale/add", {}, 48001),
        ("pay/getorder", {"trade_no": "t1"}, 48001),
        ("funds/getbalance", {}, 47001),
        ("funds/qrcode/gen", {"identity_type": 1}, 47001),
        ("order/get", named(), 0),
        ("aftersale/get", named(), 0),
    ],
)
def test_without_a_merchant_account_its_calls_are_refused(shop, path, data, errcode):
    added(shop)
    Account.objects.update(merchant="closed")
    assert shop(path, data)["errcode"] == errcode


def test_a_frozen_account_can_only_be_looked_at(shop):
    rich()
    Account.objects.update(merchant="frozen")
    assert balance(shop) == (10000, 0)
    assert shop("funds/submitwithdraw", {"amount": 1})["errcode"] == 48001
    assert shop("order/add", order())["errcode"] == 48001


def test_an_order_of_the_merchant_account_needs_one(shop):
    Account.objects.update(merchant="closed")
    assert shop("order/add", order())["errcode"] == 48001
    assert shop("order/add", order(fund_type=0))["errcode"] == 0


def test_every_call_of_the_funds_minds_the_whitelist(shop):
    Account.objects.update(ip_allowed=False)
    paths = [path for path in platform.ENDPOINTS if path.startswith("/shop/funds/")]
    assert {shop(path.removeprefix("/shop/"))["errcode"] for path in paths} == {40164}
    assert len(paths) == 16


def test_an_account_that_was_opened_on_the_platforms_page_is_finished(shop):
    assert (progress(shop)["applyment_state"], progress(shop)["sub_mchid"]) == ("FINISH", MCHID)
    Account.objects.update(merchant="closed")
    assert shop("wxpay/get")["errcode"] == 9710001


def test_an_application_goes_its_way_to_an_open_account(shop):
    found = applied(shop)
    assert progress(shop)["applyment_state"] == "CHECKING"
    wxpay.ask_transfer(found)
    asked = progress(shop)["account_validation"]
    assert 1 <= asked["pay_amount"] < 100
    assert asked["account_name"] == "茶里公司"
    wxpay.transfer_arrives(found)
    assert progress(shop)["applyment_state"] == "AUDITING"
    wxpay.approve(found)
    assert str(found.applyment_id) in progress(shop)["sign_url"]
    assert shop("funds/getbalance")["errcode"] == 47001
    wxpay.sign(found)
    assert (progress(shop)["applyment_state"], progress(shop)["sub_mchid"]) == ("FINISH", MCHID)
    assert shop("funds/getbankaccount")["account_info"] == BANK
    wxpay.freeze(found)
    assert (progress(shop)["applyment_state"], Account.only().merchant) == ("FROZEN", "frozen")
    wxpay.thaw(found)
    assert Account.only().merchant == "open"


@pytest.mark.parametrize(
    ("type", "number", "kept"),
    [
        ("75", "6214 8300-0000A", "ACCOUNT_TYPE_PRIVATE"),
        ("74", "7001", "ACCOUNT_TYPE_BUSINESS"),
        ("ACCOUNT_TYPE_BUSINESS", "kZ0h+/x=", "ACCOUNT_TYPE_BUSINESS"),
    ],
)
def test_an_application_may_name_its_bank_account_as_wechat_pay_does(shop, type, number, kept):
    Account.objects.update(merchant="closed")
    bank = {**BANK, "account_name": "茶里公司", "bank_account_type": type, "account_number": number}
    assert shop("wxpay/apply", papers(account_info=bank))["errcode"] == 0
    found = Application.objects.get()
    wxpay.approve(found)
    wxpay.sign(found)
    info = shop("funds/getbankaccount")["account_info"]
    assert (info["bank_account_type"], info["account_number"]) == (kept, number)


ALLOWED = {
    "ask_transfer": {"CHECKING"},
    "transfer_arrives": {"ACCOUNT_NEED_VERIFY"},
    "approve": {"CHECKING", "AUDITING"},
    "sign": {"NEED_SIGN"},
    "freeze": {"FINISH"},
    "thaw": {"FROZEN"},
}


@pytest.mark.parametrize("state", Application.STATES)
@pytest.mark.parametrize("play", ALLOWED)
def test_an_application_moves_only_along_the_arrows(shop, play, state):
    found = applied(shop, state)
    assert refused(getattr(wxpay, play), found) == (0 if state in ALLOWED[play] else 1000000)
    assert (play in wxpay.PLAYS.get(state, ())) == (state in ALLOWED[play])


@pytest.mark.parametrize("state", Application.STATES)
def test_who_was_rejected_applies_again_and_nobody_else(shop, state):
    applied(shop, state)
    assert shop("wxpay/apply", papers())["errcode"] == (0 if state == "REJECTED" else 40097)


def test_a_rejection_names_the_parameter(shop):
    wxpay.reject(applied(shop), "id_card_info", "不清晰")
    told_ = progress(shop)
    assert told_["audit_detail"] == [{"param_name": "id_card_info", "reject_reason": "不清晰"}]


def test_what_was_handed_in_is_shown_with_the_ids_of_its_pictures(shop):
    applied(shop)
    shown = shop("wxpay/get")["pay_req"]
    assert shown["id_card_info"] == {
        "id_card_name": "张三",
        "id_card_number": "330106199001010000",
        "id_card_valid_time": "长期",
        "id_card_copy": "p1",
        "id_card_national": "p1",
    }
    assert shown["business_license_info"]["business_license_copy"] == "p1"
    assert shown["contact_info"]["mobile_phone"] == "13800000000"
    assert "business_time" not in shown["business_license_info"]


def _papers_with(part, **fields):
    return {part: {key: value for key, value in {**papers()[part], **fields}.items() if value is not None}}


@pytest.mark.parametrize(
    ("make", "errcode"),
    [
        (dict, 0),
        (lambda: {"organization_type": "2"}, 0),
        (lambda: {"organization_type": 99}, 40097),
        *[
            (lambda name=name: {name: None}, 990007)
            for name in ("organization_type", "business_license_info", "id_doc_type", "contact_info", "account_info")
        ],
        (lambda: {"id_card_info": None}, 990007),
        (lambda: {"id_doc_type": "PASSPORT"}, 40097),
        (lambda: {"id_doc_type": "IDENTIFICATION_TYPE_OVERSEA_PASSPORT"}, 990007),
        (lambda: _papers_with("business_license_info", business_time="2020"), 40097),
        (lambda: _papers_with("business_license_info", legal_person=""), 990007),
        (lambda: _papers_with("business_license_info", wxa_business_license_copy={"media_id": "?"}), 1070010),
        (lambda: _papers_with("id_card_info", wxa_id_card_copy={"pay_media_id": "?"}), 1070010),
        (lambda: _papers_with("id_card_info", wxa_id_card_national={"name": "a"}), 990007),
        (lambda: _papers_with("contact_info", contact_email=None), 990007),
        (lambda: _papers_with("account_info", account_name=None), 990007),
        (lambda: _papers_with("account_info", bank_account_type="76"), 40097),
        (lambda: _papers_with("account_info", account_number=["1"]), 40097),
        (lambda: _papers_with("account_info", account_number="1" * 1025), 40097),
        (lambda: _papers_with("account_info", account_bank="没有的银行"), 40097),
        (lambda: _papers_with("account_info", account_bank="其他银行"), 990007),
        (lambda: _papers_with("account_info", account_bank="其他银行", bank_branch_id="313331000014"), 0),
        (lambda: {"qualifications": {"pic_file_list": [{"media_id": "?"}]}}, 1070010),
    ],
)
def test_the_papers_are_checked(shop, make, errcode):
    Account.objects.update(merchant="closed")
    assert shop("wxpay/apply", papers(**make()))["errcode"] == errcode


def test_the_shops_address_is_told_once_the_page_has_set_it(shop, press):
    applied(shop)
    paths = ("wxpay/get", "wxpay/get_info")
    assert ["store_url" in shop(path)["pay_req"]["sales_scene_info"] for path in paths] == [False, False]
    press("set_store_url", store_url="https://shop.example.com/")
    told = [shop(path)["pay_req"]["sales_scene_info"]["store_url"] for path in paths]
    assert told == ["https://shop.example.com/"] * 2


def test_what_the_mini_program_said_before_is_there_to_begin_with(shop):
    shown = shop("wxpay/get_info")["pay_req"]
    assert shown["sales_scene_info"]["mini_program_sub_appid"] == Account.only().appid
    assert "*" in shown["contact_info"]["mobile_phone"]


# --- the books: component orders


@pytest.mark.parametrize(
    ("amount", "fee"), [(0, 0), (83, 0), (84, 1), (100, 1), (250, 2), (2900, 17), (10**9, 6 * 10**6)]
)
def test_the_fee_is_six_in_a_thousand_with_half_a_fen_rounded_up(amount, fee):
    assert books.fee(amount) == fee


def test_an_orders_money_is_pending_until_it_settles_without_the_fee(shop):
    found = added(shop)
    orders.pay(found)
    assert balance(shop) == (0, 2900)
    Order.objects.update(status=100)
    orders.settle(found)
    assert balance(shop) == (2883, 0)
    assert kinds() == [("order", 2900), ("fee", -17)]
    (info,) = told("open_product_order_settle")
    assert info["amount"] == 2883
    agree()


def test_a_fund_0_order_is_none_of_the_books(shop):
    found = added(shop, fund_type=0, status=100)
    orders.settle(found)
    orders.refund_all(added(shop, "o2", fund_type=0, status=20))
    assert (kinds(), told("open_product_order_settle")) == ([], [])


def test_refunded_claims_are_taken_from_what_settles(shop):
    found = added(shop)
    orders.pay(found)
    Order.objects.update(status=30)
    claimed(shop, amount=1900, cnt=1)
    shop("ecaftersale/acceptrefund", mine())
    assert balance(shop) == (0, 1000)
    Order.objects.update(status=100)
    orders.settle(found)
    assert balance(shop) == (994, 0)
    assert Flow.objects.get(kind="order_refund").request_no.startswith("5030")
    agree()


def test_what_the_merchant_paid_offline_stays_in_the_books(shop):
    found = added(shop)
    orders.pay(found)
    Order.objects.update(status=30)
    claims.confirm_certificate(claimed(shop, 17, amount=1900, cnt=1))
    assert balance(shop) == (0, 2900)


def test_a_whole_refund_leaves_nothing_to_settle(shop):
    found = added(shop)
    orders.pay(found)
    orders.refund_all(found)
    assert balance(shop) == (0, 0)
    assert refused(orders.settle, found) == 1000000
    agree()


def test_all_the_money_back_without_the_last_piece_settles_nothing(shop):
    found = added(shop)
    orders.pay(found)
    Order.objects.update(status=100, paid_back=2900)
    orders.settle(found)
    assert (Order.objects.get().settled, told("open_product_order_settle")) == (True, [])


def test_a_claim_that_is_refunded_after_everything_was_takes_no_money_twice(shop):
    switched(refunds_arrive_at_once=False)
    found = added(shop)
    orders.pay(found)
    Order.objects.update(status=30)
    claim = claimed(shop)
    shop("ecaftersale/acceptrefund", mine())
    orders.refund_all(Order.objects.get())
    claims.refund_arrives(claim)
    assert balance(shop) == (0, 0)
    agree()


def test_a_refund_after_settlement_fails_where_the_balance_does_not_hold_it(shop):
    switched(settlement_waits_for_claims=False)
    orders.pay(added(shop))
    Order.objects.update(status=100)
    claim = claimed(shop)
    orders.settle(Order.objects.get())
    confirmed(shop, 2000)
    shop("ecaftersale/acceptrefund", mine())
    claim.refresh_from_db()
    assert (claim.status, balance(shop)) == (16, (883, 0))
    agree()


@pytest.mark.parametrize(
    ("fields", "days", "settled"),
    [({}, 13, False), ({}, 14, True), ({"aftersale_duration": 10}, 16, False), ({"aftersale_duration": 10}, 17, True)],
)
def test_money_settles_7_days_after_the_days_for_claims(shop, fields, days, settled):
    added(shop, status=100, **fields)
    Order.objects.update(finished_at=timezone.now())
    ahead(days=days, minutes=1)
    shop("order/get", named())
    assert Order.objects.get().settled == settled


def test_a_moved_deadline_moves_the_settlement(shop):
    added(shop, status=100)
    now = timezone.now()
    Order.objects.update(finished_at=now, claims_until=now + timedelta(days=20))
    for days, settled in ((26, False), (28, True)):
        ahead(days=days)
        shop("order/get", named())
        assert Order.objects.get().settled == settled


def test_flows_are_found_by_their_day_and_read_in_yuan(shop):
    orders.pay(added(shop))
    day = f"{timezone.localtime():%Y%m%d}"
    page = shop("funds/scanorderflow", {"date": day, "page_num": 1, "page_size": 10})
    assert page["total_num"] == 1
    (number,) = page["funds_flow_ids"]
    assert int(float(number)) != int(number)
    flow = shop("funds/getorderflow", {"funds_flow_id": number})["funds_flow"]
    at = flow.pop("bookkeeping_time")
    assert at[:10].replace("-", "") == day
    assert flow == {
        "funds_flow_id": number,
        "type": "基本账户",
        "flow_type": "收入",
        "amount": 29.0,
        "balance": 29.0,
        "busi_type": "交易",
        "request_no": "o1",
    }


@pytest.mark.parametrize(
    ("data", "errcode"),
    [
        ({"date": "20200101", "page_num": 1, "page_size": 10}, 9710001),
        ({"date": "2020-01-01", "page_num": 1, "page_size": 10}, 40097),
        ({"date": "20200101", "page_num": 0, "page_size": 10}, 40097),
        ({"date": "20200101", "page_num": 1, "page_size": 101}, 990005),
        ({"date": "20200101", "page_num": 1}, 990007),
    ],
)
def test_a_day_of_flows_is_asked_for_properly(shop, data, errcode):
    assert shop("funds/scanorderflow", data)["errcode"] == errcode


def test_an_unknown_flow_or_withdrawal_is_no_data(shop):
    assert shop("funds/getorderflow", {"funds_flow_id": "1"})["errcode"] == 9710001
    assert shop("funds/getwithdrawdetail", {"out_request_no": "1"})["errcode"] == 9710001
    assert shop("funds/scanwithdraw", {"page_num": 1, "page_size": 10})["errcode"] == 9710001


@pytest.mark.parametrize("fen", [0, 1, 9, 10, 99, 100, 12345, 10**12 + 7])
def test_yuan_is_exact_either_way(fen):
    assert Decimal(str(funds.balance.yuan_number(fen))) * 100 == fen
    assert Decimal(funds.balance.yuan_text(fen)) * 100 == fen


# --- withdrawals (BEHAVIOUR 7.3)


def test_a_withdrawal_reaches_the_bank_once_the_administrator_confirmed_it(shop):
    rich(10000, 500)
    withdrawal = withdrawn(shop)
    ticket = withdrawal.ticket
    assert (detail(shop, withdrawal)["status"], check(shop, ticket)) == ("BEFORE_SCAN_QRCODE", (0, 0, 0))
    funds.scan(ticket)
    assert (detail(shop, withdrawal)["status"], check(shop, ticket)) == ("AFTER_SCAN_QRCODE", (4, 1, 0))
    assert balance(shop) == (10000, 500)
    funds.confirm(ticket)
    assert (detail(shop, withdrawal)["status"], check(shop, ticket)) == ("CREATE_SUCCESS", (1, 1, 0))
    assert (balance(shop), told("withdraw_notify")) == ((7000, 500), [])
    withdrawal.refresh_from_db()
    funds.succeed(withdrawal)
    shown = detail(shop, withdrawal)
    assert (shown["status"], shown["amount"], shown["remark"], shown["bank_memo"], shown["bank_name"]) == (
        "SUCCESS",
        3000,
        "货款",
        "七月",
        "工商银行",
    )
    assert told("withdraw_notify") == [{"out_request_no": withdrawal.out_request_no, "event": 1}]
    assert shop("funds/scanwithdraw", {"page_num": 1, "page_size": 10})["out_request_nos"] == [
        withdrawal.out_request_no
    ]
    agree()


@pytest.mark.parametrize(
    ("play", "status", "event"), [(funds.fail, "FAIL", 2), (funds.give_back, "REFUND", 3)], ids=["fails", "comes back"]
)
def test_what_the_bank_does_not_keep_is_available_again(shop, play, status, event):
    rich()
    withdrawal = confirmed(shop)
    play(withdrawal)
    shown = detail(shop, withdrawal)
    assert (shown["status"], bool(shown["reason"]), balance(shop)) == (status, True, (10000, 0))
    assert [info["event"] for info in told("withdraw_notify")] == [event]
    assert kinds()[1:] == [("withdrawal", -3000), ("return", 3000)]
    assert refused(play, withdrawal) == 1000000
    agree()


def test_the_bank_returns_it_also_after_success(shop):
    rich()
    withdrawal = confirmed(shop)
    funds.succeed(withdrawal)
    assert refused(funds.fail, withdrawal) == 1000000
    funds.give_back(withdrawal)
    assert balance(shop) == (10000, 0)


def test_a_withdrawal_holds_its_amount_back_until_it_is_cancelled(shop):
    rich()
    first = withdrawn(shop, 8000)
    assert shop("funds/submitwithdraw", {"amount": 2001})["errcode"] == 40097
    funds.scan(first.ticket)
    funds.cancel(first.ticket)
    assert (detail(shop, first)["status"], check(shop, first.ticket)[0]) == ("CLOSE", 2)
    assert [info["event"] for info in told("withdraw_notify")] == [4]
    withdrawn(shop, 10000)


def test_a_code_that_nobody_scanned_in_time_closes_its_withdrawal(shop):
    rich()
    withdrawal = withdrawn(shop, 10000)
    get = {"qrcode_ticket": withdrawal.ticket.qrcode_ticket}
    ahead(minutes=4, seconds=50)
    assert shop("funds/qrcode/get", get)["errcode"] == 0
    ahead(minutes=5, seconds=1)
    assert shop("funds/qrcode/get", get)["errcode"] == 60220
    assert (detail(shop, withdrawal)["status"], check(shop, withdrawal.ticket)[0]) == ("CLOSE", 3)
    assert refused(funds.scan, withdrawal.ticket) == 60220
    withdrawn(shop, 10000)


def test_who_is_not_the_administrator_confirms_nothing(shop):
    rich()
    ticket = withdrawn(shop).ticket
    funds.scan(ticket, Ticket.STRANGER)
    assert refused(funds.confirm, ticket) == refused(funds.cancel, ticket) == 48001
    assert check(shop, ticket) == (4, 0, 48001)
    funds.scan(ticket)
    assert check(shop, ticket) == (4, 1, 0)
    funds.confirm(ticket)
    assert balance(shop) == (7000, 0)


def test_a_withdrawal_fails_when_the_money_is_gone_by_the_time_it_is_accepted(shop):
    switched(withdrawals_accepted_at_once=False)
    rich()
    withdrawal = confirmed(shop)
    books.enter(Flow.TRADE_REFUND, "x", available=-9000)
    funds.accept(withdrawal)
    assert (detail(shop, withdrawal)["status"], check(shop, withdrawal.ticket)[2]) == ("FAIL", 2747009)
    assert balance(shop) == (1000, 0)


@pytest.mark.parametrize("amount", [None, 0, -1, "100", 1.5, True, 10001])
def test_a_withdrawal_is_a_number_of_fen_that_there_is(shop, amount):
    rich()
    assert shop("funds/submitwithdraw", {"amount": amount})["errcode"] == 40097
    assert Withdrawal.objects.count() == 0


def test_without_a_bank_account_nothing_is_withdrawn(shop):
    rich()
    Account.objects.update(bank_account={})
    assert shop("funds/submitwithdraw", {"amount": 1})["errcode"] == 40097
    assert shop("funds/getbankaccount")["errcode"] == 9710001


def test_a_code_is_a_picture_that_can_be_shown(shop):
    ticket = shop("funds/qrcode/gen", {"identity_type": 1})["qrcode_ticket"]
    sent = shop("funds/qrcode/get", {"qrcode_ticket": ticket})["qrcode_buf"]
    picture = Image.open(io.BytesIO(base64.b64decode(sent, validate=True)))
    assert (picture.format, picture.size) == ("PNG", (232, 232))
    picture.load()
    assert shop("funds/qrcode/gen", {"identity_type": 2})["errcode"] == 40097
    assert shop("funds/qrcode/get", {"qrcode_ticket": "x"})["errcode"] == 60208
    assert shop("funds/qrcode/check", {"qrcode_ticket": "x"})["errcode"] == 60208


# --- where withdrawals go


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"bank_account_type": "PRIVATE"}, 40097),
        ({"account_bank": "没有的银行"}, 40097),
        ({"bank_address_code": "4403"}, 40097),
        ({"account_number": "6214 83"}, 40097),
        *[({name: ""}, 990007) for name in BANK],
    ],
)
def test_a_bank_account_is_checked_and_kept(shop, fields, errcode):
    funds.confirm(code(shop))
    assert shop("funds/setbankaccount", {"account_info": {**BANK, **fields}})["errcode"] == errcode
    assert (shop("funds/getbankaccount")["account_info"] == BANK) == (errcode == 0)


def test_a_bank_account_takes_one_code_that_the_administrator_confirmed_for_it(shop):
    def put(**fields):
        return shop("funds/setbankaccount", {"account_info": {**BANK, **fields}})["errcode"]

    rich()
    confirmed(shop)
    waiting = code(shop)
    assert put() == 60208
    funds.confirm(waiting)
    assert [put(account_number=""), put(), put()] == [990007, 0, 60208]
    switched(only_administrators_confirm=False)
    funds.confirm(code(shop, Ticket.SUB_ADMINISTRATOR))
    assert put() == 60208


def test_banks_are_found_by_words_kind_and_number(shop):
    everything = shop("funds/getbanklist", {"limit": 100})
    assert (len(everything["data"]), everything["total_count"]) == (25, 25)
    personal = shop("funds/getbanklist", {"key_words": "招商", "bank_type": 1})["data"]
    assert [(bank["bank_name"], bank["need_branch"]) for bank in personal] == [
        ("招商银行", False),
        ("招商永隆银行", True),
    ]
    assert [bank["bank_name"] for bank in shop("funds/getbanklist", {"key_words": "招商", "bank_type": 2})["data"]] == [
        "招商银行"
    ]
    assert len(shop("funds/getbanklist", {"offset": 24, "limit": 5})["data"]) == 1
    (found,) = shop("funds/getbankbynum", {"account_number": "6214830000000001"})["data"]
    assert found["account_bank"] == "招商银行"
    assert shop("funds/getbankbynum", {"account_number": "0"})["total_count"] == 0


def test_a_branch_is_picked_from_province_city_and_bank(shop):
    provinces = {one["province_name"]: one["province_code"] for one in shop("funds/getprovince")["data"]}
    cities = shop("funds/getcity", {"province_code": provinces["浙江省"]})["data"]
    assert cities[0] == {"city_code": 571, "city_name": "杭州市", "bank_address_code": "330100"}
    picked = {"bank_code": "1000009501", "city_code": "571", "offset": 0, "limit": 2}
    page = shop("funds/getsubbranch", picked)
    assert (len(page["data"]), page["total_count"], page["count"]) == (2, 3, 2)
    assert shop("funds/getsubbranch", {"bank_code": "1", "city_code": 571})["errcode"] == 40097


# --- raw payment orders (BEHAVIOUR 7.2)


def test_a_payment_order_is_paid_and_its_money_frozen_until_shared(shop):
    found = bought(shop)
    assert balance(shop) == (0, 1000)
    (info,) = told("funds_order_pay")
    assert (info["trade_no"], info["transaction_id"]) == ("t1", found.transaction_id)
    assert shop("pay/getorder", {"trade_no": "t1"})["order"]["profit_sharing_frozen"] == 1
    assert shop("pay/profitsharingorder", sharing())["errcode"] == 0
    assert balance(shop) == (0, 1000)
    pay.finish_sharing(Sharing.objects.get())
    assert balance(shop) == (1000, 0)
    (info,) = told("funds_order_profitsharing")
    assert (info["profit_sharing_no"], info["amount"], info["result"]) == ("s1", 1000, "SUCCESS")
    shown = shop("pay/getorder", {"trade_no": "t1"})["order"]
    assert (shown["profit_sharing_frozen"], shown["profit_sharing_list"][0]["result"]) == (0, "SUCCESS")
    agree()


def test_combined_orders_are_paid_and_closed_together(shop):
    subs = [{"mchid": MCHID, "trade_no": number, "amount": 100, "description": "茶"} for number in ("a", "b")]
    body = {"openid": BUYER, "combine_trade_no": "c1", "sub_orders": subs}
    assert set(shop("pay/createorder", body)["payment_params"]) == {
        "timeStamp",
        "nonceStr",
        "package",
        "paySign",
        "signType",
    }
    pay.pay(Trade.objects.get(trade_no="b"))
    assert [info["trade_no"] for info in told("funds_order_pay")] == ["a", "b"]
    assert shop("pay/closeorder", body)["errcode"] == 1010043
    others = [{**sub, "trade_no": sub["trade_no"] * 2} for sub in subs]
    unpaid = {**body, "combine_trade_no": "c2", "sub_orders": others}
    shop("pay/createorder", unpaid)
    assert shop("pay/closeorder", unpaid)["errcode"] == 0
    assert sorted(Trade.objects.values_list("trade_no", "status")) == [
        ("a", "paid"),
        ("aa", "closed"),
        ("b", "paid"),
        ("bb", "closed"),
    ]


def test_a_payment_order_again_is_the_same_one_while_unpaid(shop):
    trade(shop)
    trade(shop)
    assert shop("pay/createorder", of(amount=999))["errcode"] == 40097
    pay.pay(Trade.objects.get())
    assert shop("pay/createorder", of(amount=1000))["errcode"] == 1010043


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"openid": "x"}, 990001),
        ({"openid": None}, 990007),
        ({"mchid": "1"}, 40097),
        ({"mchid": None}, 990007),
        ({"amount": 0}, 40097),
        ({"amount": "100"}, 40097),
        ({"trade_no": ""}, 990007),
        ({"trade_no": "t" * 65}, 40097),
        ({"expire_time": "soon"}, 40097),
        ({"combine_trade_no": "c", "sub_orders": []}, 40097),
    ],
)
def test_a_payment_orders_fields_are_checked(shop, fields, errcode):
    assert shop("pay/createorder", {**of(amount=100), **fields})["errcode"] == errcode


def test_an_unpaid_payment_order_closes_by_the_clock(shop):
    trade(shop, expire_time=int(timezone.now().timestamp()) + 600)
    ahead(minutes=11)
    shop("pay/getorder", {"trade_no": "t1"})
    assert Trade.objects.get().status == "closed"
    assert refused(pay.pay, Trade.objects.get()) == 1010043


def test_payment_orders_are_listed_page_by_page(shop):
    for number in "abcde":
        trade(shop, number)
    span = {"begin_create_time": 1, "end_create_time": 2**31, "page_size": 2}
    pages, last = [], ""
    for _page in range(3):
        answer = shop("pay/getorderlist", {**span, "last_index": last})
        pages.append(("".join(answer["trade_no_list"]), answer["has_more"]))
        last = answer["last_index"]
    assert pages == [("ab", True), ("cd", True), ("e", False)]
    assert shop("pay/getorderlist", {"page_size": 9, "begin_create_time": 2**31})["trade_no_list"] == []
    assert shop("pay/getorderlist", {"page_size": 9, "begin_create_time": 2, "end_create_time": 1})["errcode"] == 990009
    assert shop("pay/getorderlist", {"page_size": 101})["errcode"] == 990005


def test_a_payment_order_is_refunded_in_parts_up_to_the_whole(shop):
    bought(shop)
    assert shop("pay/refundorder", refunding("r1", 400))["errcode"] == 0
    assert shop("pay/refundorder", refunding("r1", 400))["errcode"] == 0
    assert shop("pay/refundorder", refunding("r1", 300))["errcode"] == 2747013
    assert shop("pay/refundorder", refunding("r2", 601))["errcode"] == 2747014
    assert shop("pay/refundorder", refunding("r2", 600))["errcode"] == 0
    assert shop("pay/refundorder", refunding("r3", 1))["errcode"] == 2747014
    assert balance(shop) == (0, 0)
    for refund in TradeRefund.objects.all():
        pay.finish_refund(refund, "SUCCESS")
    assert [(info["refund_no"], info["status"], "success_time" in info) for info in told("funds_order_refund")] == [
        ("r1", "SUCCESS", True),
        ("r2", "SUCCESS", True),
    ]
    agree()


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"total_amount": 999}, 40097),
        ({"refund_amount": 0}, 40097),
        ({"refund_amount": -1}, 40097),
        ({"trade_no": "none"}, 1010011),
        ({"openid": "oOther_sandbox_0000000000001"}, 1010011),
        ({"mchid": "1"}, 40097),
        ({"trade_no": "", "transaction_id": ""}, 990007),
        ({"refund_no": ""}, 990007),
    ],
)
def test_a_refunds_fields_are_checked(shop, fields, errcode):
    bought(shop)
    assert shop("pay/refundorder", {**refunding(), **fields})["errcode"] == errcode
    assert TradeRefund.objects.count() == 0


def test_a_closed_refund_brings_the_money_back_and_a_dead_card_waits(shop):
    bought(shop)
    shop("pay/refundorder", refunding())
    refund = TradeRefund.objects.get()
    pay.finish_refund(refund, "ABNORMAL")
    assert balance(shop) == (0, 600)
    pay.finish_refund(refund, "CLOSE")
    assert balance(shop) == (0, 1000)
    assert refused(pay.finish_refund, refund, "SUCCESS") == 1000000
    assert [(info["status"], "success_time" in info) for info in told("funds_order_refund")] == [
        ("ABNORMAL", False),
        ("CLOSE", False),
    ]
    agree()


def test_unpaid_orders_are_neither_refunded_nor_shared(shop):
    trade(shop)
    assert shop("pay/refundorder", refunding())["errcode"] == 1010043
    assert shop("pay/profitsharingorder", sharing())["errcode"] == 1010043


def test_a_sharing_takes_what_no_refund_took_once(shop):
    bought(shop)
    shop("pay/refundorder", refunding())
    assert [shop("pay/profitsharingorder", sharing())["errcode"] for _time in range(2)] == [0, 0]
    assert shop("pay/profitsharingorder", sharing("s2"))["errcode"] == 1010043
    bought(shop, "t2")
    assert shop("pay/profitsharingorder", {**sharing(), "trade_no": "t2"})["errcode"] == 2747013
    pay.finish_sharing(Sharing.objects.get(), "ACCOUNT_ABNORMAL")
    assert (balance(shop), told("funds_order_profitsharing")[0]["fail_reason"]) == ((0, 1600), "ACCOUNT_ABNORMAL")
    assert shop("pay/profitsharingorder", sharing("s2"))["errcode"] == 0
    pay.finish_sharing(Sharing.objects.get(profit_sharing_no="s2"))
    assert balance(shop) == (600, 1000)
    agree()


def test_after_sharing_a_refund_takes_what_is_available(shop):
    bought(shop)
    shop("pay/profitsharingorder", sharing())
    pay.finish_sharing(Sharing.objects.get())
    withdrawn(shop, 700)
    assert shop("pay/refundorder", refunding())["errcode"] == 2747009
    assert shop("pay/refundorder", refunding(amount=300))["errcode"] == 0
    assert balance(shop) == (700, 0)
    agree()


# --- everything at once


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_the_books_agree(shop, seed):
    """Whatever is tried, refused or not: no fen comes or goes but by a flow, and nothing is below zero."""
    dice = random.Random(seed)
    rich(5000)

    def of_all(rows):
        rows = list(rows)
        return dice.choice(rows) if rows else None

    def buy():
        orders.pay(added(shop, f"o{Order.objects.count()}"))

    def finish():
        if found := of_all(Order.objects.filter(status=20)):
            Order.objects.filter(pk=found.pk).update(status=100, finished_at=timezone.now())

    def claim():
        if found := of_all(Order.objects.all()):
            claims.apply(found, "1", amount=dice.randint(1, 1900), count=1)

    def agree_to_claim():
        if found := of_all(Claim.objects.all()):
            shop("ecaftersale/acceptrefund", {"aftersale_id": found.pk})

    def settle():
        if found := of_all(Order.objects.all()):
            orders.settle(found)

    def refund_all():
        if found := of_all(Order.objects.all()):
            orders.refund_all(found)

    def withdraw():
        shop("funds/submitwithdraw", {"amount": dice.randint(1, 4000)})

    def phone():
        if found := of_all(Ticket.objects.all()):
            dice.choice([funds.scan, funds.confirm, funds.cancel])(found)

    def bank():
        if found := of_all(Withdrawal.objects.all()):
            dice.choice([funds.succeed, funds.fail, funds.give_back])(found)

    def sell():
        bought(shop, f"t{Trade.objects.count()}", dice.randint(1, 3000))

    def take_back():
        if found := of_all(Trade.objects.all()):
            body = {"refund_no": f"r{dice.randint(0, 99)}", "total_amount": found.amount, "trade_no": found.trade_no}
            shop("pay/refundorder", {**of(), **body, "refund_amount": dice.randint(1, found.amount)})

    def share():
        if found := of_all(Trade.objects.all()):
            shop("pay/profitsharingorder", {**sharing(f"s{dice.randint(0, 99)}"), "trade_no": found.trade_no})

    def results():
        if found := of_all(TradeRefund.objects.all()):
            pay.finish_refund(found, dice.choice(["SUCCESS", "CLOSE", "ABNORMAL"]))
        if found := of_all(Sharing.objects.all()):
            pay.finish_sharing(found, dice.choice(["", "ACCOUNT_ABNORMAL"]))

    def wait():
        account = Account.only()
        Account.objects.update(clock=account.clock + dice.choice([60, 400, 86400 * 5]))
        clock.expire_due(Account.only())

    plays = [
        buy,
        finish,
        claim,
        agree_to_claim,
        settle,
        refund_all,
        withdraw,
        phone,
        bank,
        sell,
        take_back,
        share,
        results,
        wait,
    ]
    for _step in range(120):
        refused(dice.choice(plays))
        agree()


@pytest.mark.django_db(transaction=True)
def test_of_many_withdrawals_at_once_no_more_go_than_there_is_money(shop):
    rich(10000)
    codes, at_once = [], threading.Barrier(6)

    def ask():
        at_once.wait()
        try:
            codes.append(shop("funds/submitwithdraw", {"amount": 3000})["errcode"])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _nth in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 0, 0, 40097, 40097, 40097]
    agree()


@pytest.mark.django_db(transaction=True)
def test_an_order_settled_twice_at_once_settles_once(shop):
    orders.pay(added(shop))
    Order.objects.update(status=100)
    codes, at_once = [], threading.Barrier(4)

    def press():
        found = Order.objects.get()
        at_once.wait()
        try:
            codes.append(refused(orders.settle, found))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _nth in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(codes), kinds()) == ([0, 1000000, 1000000, 1000000], [("order", 2900), ("fee", -17)])


# --- the page


def test_the_page_plays_an_application_through(shop, press):
    found = applied(shop)
    steps = ["ask_transfer", "transfer_arrives", "approve", "sign", "freeze", "thaw"]
    for play in steps:
        assert f'name="play" value="{play}"' in press.page()
        press("play_application", play=play, application=str(found.pk))
    assert (progress(shop)["applyment_state"], Account.only().merchant) == ("FINISH", "open")
    press("close_merchant")
    assert (shop("wxpay/get")["errcode"], Account.only().merchant) == (9710001, "closed")
    found = applied(shop)
    press("play_application", play="reject", application=str(found.pk), param_name="account_info", reason="不符")
    assert progress(shop)["audit_detail"] == [{"param_name": "account_info", "reject_reason": "不符"}]
    (said,) = press("play_application", play="fly", application=str(found.pk)).messages
    assert said.startswith("40097")


def test_the_page_plays_phone_and_bank(shop, press):
    rich()
    withdrawal = withdrawn(shop)
    code = withdrawal.ticket.qrcode_ticket
    assert code in press.page()
    for play, user_type in (("scan_as_stranger", 0), ("scan_as_sub_administrator", 2)):
        assert f'name="play" value="{play}"' in press.page()
        press("play_ticket", play=play, qrcode_ticket=code)
        assert check(shop, withdrawal.ticket)[:2] == (4, user_type)
        (said,) = press("play_ticket", play="confirm", qrcode_ticket=code).messages
        assert said.startswith("48001")
    press("play_ticket", play="scan", qrcode_ticket=code)
    press("play_ticket", play="confirm", qrcode_ticket=code)
    (said,) = press("play_withdrawal", play="succeed", out_request_no=withdrawal.out_request_no).messages
    assert "withdraw_notify" in said
    press("play_withdrawal", play="give_back", out_request_no=withdrawal.out_request_no)
    assert (detail(shop, withdrawal)["status"], balance(shop)) == ("REFUND", (10000, 0))


def test_the_page_plays_the_payer(shop, press):
    trade(shop)
    assert "pay_trade" in press.page()
    press("pay_trade", trade_no="t1")
    shop("pay/refundorder", refunding())
    (said,) = press("finish_trade_refund", refund_no="r1", result="SUCCESS").messages
    assert "funds_order_refund" in said
    (said,) = press("finish_trade_refund", refund_no="r1", result="?").messages
    assert said.startswith("40097")
    shop("pay/profitsharingorder", sharing())
    assert "finish_trade_sharing" in press.page()
    (said,) = press("finish_trade_sharing", profit_sharing_no="s1").messages
    assert "funds_order_profitsharing" in said
    assert balance(shop) == (600, 0)
