"""Money, payment orders and coupons as the console asks for them: to the fen, and not made up where it is missing."""

import json

import pytest
import responses
from django.conf import settings
from django.utils.timezone import localtime

from sandbox import books
from sandbox.models import Flow
from wechat import callbacks, client
from wechat.errors import Refused, SetupNeeded, Unreachable
from wechat.models import Call, Callback
from wechat.shop import coupon, funds, pay, wxpay

BUYER = "oBuyer_sandbox_0000000000001"


@pytest.fixture
def answered():
    """What WeChat answers next, byte for byte."""
    client.mount(None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{settings.WECHAT_API_BASE}/cgi-bin/stable_token", json={"access_token": "T", "expires_in": 7200})
        yield lambda path, body: mock.post(f"{settings.WECHAT_API_BASE}/shop/{path}", body=body)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0.1", "0.1"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("29.10", "29.10"),
        ('"29.10"', "29.10"),
        ("29", 29),
    ],
)
def test_yuan_are_handed_on_as_they_came(answered, sent, read):
    answered("funds/getorderflow", f'{{"funds_flow": {{"funds_flow_id": "1", "amount": {sent}}}}}')
    assert funds.getorderflow("1")["amount"] == read
    assert Call.objects.get(endpoint="/shop/funds/getorderflow").answer["funds_flow"]["amount"] == read


def test_numbers_may_come_as_text_and_lists_not_at_all(answered):
    answered("funds/getbalance", '{"balance_info": {"available_amount": "45331", "pending_amount": 7549}}')
    answered("funds/scanorderflow", '{"funds_flow_ids": [1], "total_num": "1"}')
    answered("funds/scanwithdraw", "{}")
    answered("funds/qrcode/check", '{"status": "4"}')
    answered("funds/getbanklist", '{"data": null}')
    answered("coupon/get_list", '{"total_num": "0"}')
    assert funds.getbalance() == (45331, 7549)
    assert funds.scanorderflow("20260301", 1) == (["1"], 1)
    assert funds.scanwithdraw(1) == ([], 0)
    assert funds.qrcode_check("t") == {
        "status": 4,
        "scan_user_type": 0,
        "self_check_err_code": 0,
        "self_check_err_msg": "",
    }
    assert funds.getbanklist() == []
    assert coupon.get_list(0) == ([], 0)


@pytest.mark.parametrize(
    ("path", "ask", "body"),
    [
        ("funds/getbalance", funds.getbalance, {}),
        ("funds/getbalance", funds.getbalance, {"balance_info": {"available_amount": 1}}),
        ("funds/getbalance", funds.getbalance, {"balance_info": {"available_amount": "1.5", "pending_amount": 0}}),
        ("funds/getorderflow", lambda: funds.getorderflow("1"), {}),
        ("funds/submitwithdraw", lambda: funds.submitwithdraw(1), {"out_request_no": "1"}),
        ("funds/submitwithdraw", lambda: funds.submitwithdraw(1), {"qrcode_ticket": "1"}),
        ("funds/getwithdrawdetail", lambda: funds.getwithdrawdetail("1"), {"withdraw_info": None}),
        ("funds/getbankaccount", funds.getbankaccount, {}),
        ("funds/qrcode/gen", funds.qrcode_gen, {}),
        ("funds/qrcode/get", lambda: funds.qrcode_get("t"), {"qrcode_buf": ""}),
        ("funds/qrcode/check", lambda: funds.qrcode_check("t"), {}),
        ("wxpay/get", wxpay.get, {"pay_req": {}}),
        ("pay/createorder", lambda: pay.createorder({}), {"payment_params": {}}),
        ("pay/getorder", lambda: pay.getorder("1"), {}),
        ("coupon/get", lambda: coupon.get("1"), {"result": {}}),
    ],
)
def test_an_answer_without_what_was_asked_for_is_none(answered, path, ask, body):
    answered(path, json.dumps(body))
    with pytest.raises(Unreachable):
        ask()


def test_a_withdrawal_from_asking_to_its_event(platform):
    books.enter(Flow.TRADE, "before", available=5000)
    number, ticket = funds.submitwithdraw(3000, "货款")
    platform.scan(ticket)
    assert funds.qrcode_check(ticket)["status"] == 4
    platform.confirm(ticket)
    from sandbox.endpoints import funds as bank

    bank.succeed(platform.withdrawal(number))
    assert platform.deliver() == ["success"]
    assert Callback.objects.get().message == {"out_request_no": number, "event": "1"}
    assert (funds.getwithdrawdetail(number)["status"], funds.getbalance()) == ("SUCCESS", (2000, 0))
    ids, _total = funds.scanorderflow(f"{localtime():%Y%m%d}", 1)
    assert len(ids) == 2


def test_a_closed_account_says_that_something_has_to_be_set_up(platform):
    platform.configure(merchant="closed")
    with pytest.raises(SetupNeeded):
        pay.getorder("1")
    with pytest.raises(Refused, match="47001 data format error"):
        funds.getbalance()


def test_papers_are_kept_masked(platform):
    platform.configure(merchant="closed")
    with pytest.raises(Refused):
        wxpay.apply({"id_doc_info": {"id_doc_number": "E12345678"}, "contact_info": {"mobile_phone": "13800000000"}})
    logged = json.dumps(Call.objects.get(endpoint="/shop/wxpay/apply").request)
    assert "E12345678" not in logged
    assert "13800000000" not in logged


@pytest.fixture
def giving(monkeypatch):
    """The console gives what it is asked for, twice the same for the same request."""

    def give(event):
        real = event["out_coupon_id"] != "test_coupon"
        number = f"u-{event['request_id']}" if real else "test_coupon_user_coupon_id"
        return {"ret_code": 0, "ret_msg": "ok", "out_user_coupon_id": number, **event}

    monkeypatch.setitem(callbacks.repliers, "open_product_receive_coupon", give)


@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_coupon_is_given_through_the_callback_address(platform, giving, format):
    platform.configure(format=format)
    with pytest.raises(SetupNeeded):
        coupon.get_list(0)
    coupon.confirm()
    terms = {
        "name": "直减券",
        "discount_info": {"discount_fee": 500},
        "valid_info": {"valid_type": 2, "valid_day_num": 3},
    }
    coupon.add({"out_coupon_id": "c1", "type": 104, "promote_type": 4, "coupon_info": terms})
    coupon.update_coupon_stock("c1", 2, 0)
    coupon.update_status("c1", coupon.EFFECTIVE)
    received = platform.receive_coupon("c1", BUYER)
    ((row,), total) = coupon.get_usercoupon_list(BUYER, 0)
    assert (row["out_user_coupon_id"], row["status"], total) == (received.out_user_coupon_id, coupon.USER_VALID, 1)
    coupon.update_usercoupon_status(BUYER, received.out_user_coupon_id, "c1", coupon.USER_USED)
    assert coupon.get_usercoupon_list(BUYER, 0)[0][0]["status"] == coupon.USER_USED
    stock = coupon.get_list(0)[0][0]["coupon_stock"]["stock_info"]
    assert stock == {"issued_num": 1, "receive_num": 1}
