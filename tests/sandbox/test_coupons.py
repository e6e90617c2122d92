"""Coupons, and the one event whose answer the platform waits for (BEHAVIOUR 8)."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.db import connections
from django.utils import timezone

from sandbox import pushes
from sandbox.endpoints import coupon as coupons
from sandbox.models import Account, Coupon, Fault, Push, UserCoupon
from wechat import crypto, messages

from .test_aftersales import refused, switched
from .test_orders import BUYER, ahead

OTHER = "oOther_sandbox_0000000000001"
NOW = int(timezone.now().timestamp())
CONFIRMED = {
    "ret_code": 0,
    "ret_msg": "ok",
    "out_coupon_id": "test_coupon",
    "request_id": "test_coupon_request_id",
    "out_user_coupon_id": "test_coupon_user_coupon_id",
}
CALLS = (
    "add",
    "get",
    "get_list",
    "update",
    "update_status",
    "update_coupon_stock",
    "add_user_coupon",
    "get_usercoupon_list",
    "update_user_coupon",
    "update_usercoupon_status",
)


class Merchant:
    """Answers as the console has to, read and written with the console's own cryptography."""

    def __init__(self):
        self.asked, self.given, self.addresses = [], {}, []
        self.answer = {}  # what is other than it should be
        self.sealed = self.format = None  # otherwise as it was asked
        self.forged = False

    def __call__(self, url, body, content_type):
        query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
        self.addresses.append(url.partition("?")[0])
        if query.get("encrypt_type") == "aes":
            envelope = messages.envelope_of(body)
            signed = (query["timestamp"], query["nonce"], envelope)
            assert crypto.signed(query["msg_signature"], Account.only().token, *signed)
            body = crypto.decrypt(envelope, Account.only().appid, Account.only().aes_key)
        event = messages.Event(messages.parse(body))
        assert event.name == "open_product_receive_coupon"
        self.asked.append(dict(event))
        return 200, self.write(self.reply(event), "encrypt_type" in query, content_type)

    def reply(self, event):
        if event["out_coupon_id"] == "test_coupon":
            return CONFIRMED | self.answer
        number = self.given.setdefault(event["request_id"], f"u{len(self.given) + 1}")
        return {"ret_code": 0, "ret_msg": "ok", "out_user_coupon_id": number, **event} | self.answer

    def write(self, fields, sealed, content_type):
        form = self.format or ("json" if "json" in content_type else "xml")
        write = messages.to_json if form == "json" else messages.to_xml
        answer = write(fields)
        if sealed if self.sealed is None else self.sealed:
            account = Account.only()
            envelope = crypto.encrypt(answer, account.appid, account.aes_key)
            signature = crypto.sign("forged" if self.forged else account.token, "1", "n", envelope)
            answer = write({"Encrypt": envelope, "MsgSignature": signature, "TimeStamp": 1, "Nonce": "n"})
        return answer.decode()


@pytest.fixture
def merchant(monkeypatch):
    played = Merchant()
    monkeypatch.setattr(pushes, "sender", played)
    return played


@pytest.fixture
def confirmed(merchant, shop):
    assert shop("coupon/confirm")["errcode"] == 0
    return merchant


def coupon(number="c1", type=102, **info):
    known = {
        "name": "满减券",
        "discount_info": {"discount_condition": {"product_price": 5000}, "discount_fee": 500},
        "receive_info": {"start_time": NOW - 60, "end_time": NOW + 86400, "total_num": 9, "limit_num_one_person": 2},
        "valid_info": {"valid_type": 1, "start_time": NOW, "end_time": NOW + 864000},
    }
    return {"coupon": {"out_coupon_id": number, "type": type, "promote_type": 4, "coupon_info": {**known, **info}}}


def made(shop, number="c1", status=2, stock=5, **how):
    assert shop("coupon/add", coupon(number, **how))["errcode"] == 0
    if stock is not None:
        assert shop("coupon/update_coupon_stock", stocked(number, stock))["errcode"] == 0
    Coupon.objects.filter(out_coupon_id=number).update(status=status)
    return Coupon.objects.get(out_coupon_id=number)


def stocked(number="c1", issued=5, received=0):
    info = {"issued_num": issued, "receive_num": received}
    return {"coupon_stock": {"out_coupon_id": number, "stock_info": info}}


def stock(number="c1"):
    return Coupon.objects.values_list("issued_num", "receive_num").get(out_coupon_id=number)


def given(number="u1", at=NOW, openid=BUYER, **fields):
    return {
        "openid": openid,
        "recv_time": at,
        "user_coupon": {"out_coupon_id": "c1", "out_user_coupon_id": number, "status": 100, **fields},
    }


def state(status, number="u1"):
    return {"openid": BUYER, "out_coupon_id": "c1", "out_user_coupon_id": number, "status": status}


def listed(shop, openid=BUYER):
    return shop("coupon/get_usercoupon_list", {"openid": openid, "offset": 0, "page_size": 200})["result_list"]


# --- every inferred rule of this section; test_rules tries each both ways


def _unconfirmed(shop, _link):
    return shop("coupon/add", coupon())["errcode"]


def _clear_answer(shop, _link):
    merchant = pushes.sender = Merchant()  # the next test's `platform` puts the real one back
    merchant.sealed = False
    return shop("coupon/confirm")["errcode"]


def _without_terms(shop, _link):
    Account.objects.update(coupon_url="http://testserver/")
    return shop("coupon/add", coupon(discount_info={"discount_num": 9000}))["errcode"]


def _used_then_valid(shop, _link):
    Account.objects.update(coupon_url="http://testserver/")
    made(shop)
    shop("coupon/add_user_coupon", given(status=102))
    return shop("coupon/update_usercoupon_status", state(100))["errcode"]


BOTH_WAYS = {
    "coupons_need_confirm": (_unconfirmed, 48001, 0),
    "coupon_answers_sealed": (_clear_answer, 1090020, 0),
    "coupon_terms_fit_type": (_without_terms, 40097, 0),
    "user_coupons_only_once": (_used_then_valid, 1000000, 0),
}


# --- confirming


@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize("mode", ["safe", "compatible", "plaintext"])
def test_the_address_is_confirmed_in_every_mode_and_format(shop, merchant, mode, format):
    Account.objects.update(mode=mode, format=format)
    assert shop("coupon/confirm")["errcode"] == 0
    assert merchant.asked == [{"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}]
    assert Account.only().coupon_url == "http://testserver/wechat/callback/"
    (push,) = Push.objects.all()
    assert (push.state, push.attempts) == ("delivered", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ret_code": 1},
        {"ret_code": ""},
        {"out_coupon_id": "other"},
        {"request_id": "other"},
        {"out_user_coupon_id": ""},
        {"out_user_coupon_id": "u1"},
    ],
    ids=str,
)
def test_a_wrong_answer_confirms_nothing(shop, merchant, wrong):
    merchant.answer = wrong
    assert shop("coupon/confirm")["errcode"] == 1090020
    assert Account.only().coupon_url == ""


@pytest.mark.parametrize("format", ["xml", "json"])
def test_an_answer_in_the_other_format_is_wrong(shop, merchant, format):
    Account.objects.update(format=format)
    merchant.format = "json" if format == "xml" else "xml"
    assert shop("coupon/confirm")["errcode"] == 1090020


@pytest.mark.parametrize(
    "answer",
    [
        (500, ""),
        (200, ""),
        (200, "success"),
        (200, "<a/>"),
        (200, "<xml><Encrypt>AA==</Encrypt></xml>"),
        (200, "[]"),
        (404, "<xml><ret_code>0</ret_code></xml>"),
        (200, "<!DOCTYPE xml [<!ENTITY a '0'>]><xml><ret_code>&a;</ret_code>"),
    ],
    ids=str,
)
def test_what_is_no_structured_answer_is_wrong(shop, monkeypatch, answer):
    monkeypatch.setattr(pushes, "sender", lambda *message: answer)
    assert shop("coupon/confirm")["errcode"] == 1090020


def test_a_forged_signature_is_wrong(shop, merchant):
    merchant.forged = True
    assert shop("coupon/confirm")["errcode"] == 1090020


def test_who_cannot_be_reached_is_told_so(shop, monkeypatch):
    def nobody(*message):
        raise requests.ReadTimeout

    monkeypatch.setattr(pushes, "sender", nobody)
    assert shop("coupon/confirm")["errcode"] == 1090032
    assert Push.objects.get().answer == "ReadTimeout"


def test_the_console_answers_through_its_own_door(shop, monkeypatch):
    """Without anybody to answer it, the console says `success`, which is no structured answer."""
    from wechat import callbacks

    assert shop("coupon/confirm")["errcode"] == 0
    monkeypatch.delitem(callbacks.repliers, "open_product_receive_coupon")
    assert shop("coupon/confirm")["errcode"] == 1090020


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_merchant_is_asked(shop, monkeypatch):
    asked = []

    def sender(*message):
        asked.append(connections["sandbox"].in_atomic_block)
        return Merchant()(*message)

    monkeypatch.setattr(pushes, "sender", sender)
    assert shop("coupon/confirm")["errcode"] == 0
    made(shop)
    coupons.receive(Coupon.objects.get(), BUYER)
    assert asked == [False, False]


@pytest.mark.parametrize("call", CALLS)
def test_nothing_else_is_answered_before(shop, merchant, call):
    assert shop(f"coupon/{call}")["errcode"] == 48001
    merchant.answer = {"ret_code": 1}
    shop("coupon/confirm")
    assert shop(f"coupon/{call}")["errcode"] == 48001


def test_the_newest_address_wins(shop, confirmed, settings):
    made(shop)
    settings.WECHAT_CALLBACK_URL = "http://testserver/new/"
    coupons.receive(Coupon.objects.get(), BUYER)
    shop("coupon/confirm")
    coupons.receive(Coupon.objects.get(), BUYER)
    old, new = "http://testserver/wechat/callback/", "http://testserver/new/"
    assert confirmed.addresses == [old, old, new, new]


# --- coupons


DISCOUNTS = {
    1: {"discount_num": 9000, "discount_condition": {"product_cnt": 2, "out_product_ids": ["p1"]}},
    2: {"discount_fee": 500, "discount_condition": {"product_price": 5000, "out_product_ids": ["p1"]}},
    3: {"discount_num": 9000, "discount_condition": {"out_product_ids": ["p1"]}},
    4: {"discount_fee": 500, "discount_condition": {"out_product_ids": ["p1"]}},
    5: {"discount_condition": {"tradein_info": {"out_product_id": "p1", "price": 100}}},
    6: {"discount_condition": {"buyget_info": {"buy_out_product_id": "p1", "buy_product_cnt": 1}}},
    101: {"discount_num": 9000, "discount_condition": {"product_price": 5000}},
    102: {"discount_fee": 500, "discount_condition": {"product_price": 5000}},
    103: {"discount_num": 9000},
    104: {"discount_fee": 500},
}


@pytest.mark.parametrize("type", DISCOUNTS)
def test_every_type_brings_its_own_terms(shop, confirmed, type):
    assert shop("coupon/add", coupon("c1", type, discount_info=DISCOUNTS[type]))["errcode"] == 0
    assert shop("coupon/add", coupon("c2", type, discount_info={"x": 1}))["errcode"] == 40097
    if type <= 4:
        terms = {**DISCOUNTS[type]["discount_condition"], "out_product_ids": []}
        bare = {**DISCOUNTS[type], "discount_condition": terms}
        assert shop("coupon/add", coupon("c3", type, discount_info=bare))["errcode"] == 40097


@pytest.mark.parametrize(
    ("info", "errcode"),
    [
        ({}, 0),
        ({"name": ""}, 990007),
        ({"discount_info": None}, 990007),
        ({"discount_info": {"discount_num": 999}}, 40097),
        ({"discount_info": {"discount_num": 10001}}, 40097),
        ({"valid_info": {"valid_type": 1, "start_time": 2, "end_time": 1}}, 990009),
        ({"valid_info": {"valid_type": 1}}, 990007),
        ({"valid_info": {"valid_type": 2}}, 40097),
        ({"valid_info": {"valid_type": 2, "valid_day_num": 3}}, 0),
        ({"valid_info": {"valid_type": 3, "valid_second": 3600}}, 0),
        ({"valid_info": {"valid_type": 4}}, 40097),
        ({"receive_info": {"start_time": 2, "end_time": 1}}, 990009),
        ({"receive_info": None}, 0),
    ],
    ids=str,
)
def test_a_coupons_fields_are_checked(shop, confirmed, info, errcode):
    assert shop("coupon/add", coupon(**info))["errcode"] == errcode


def test_a_coupon_is_read_as_it_was_made(shop, confirmed):
    made(shop, status=1)
    read = shop("coupon/get", {"out_coupon_id": "c1"})["result"]["coupon"]
    assert {name: read[name] for name in coupon()["coupon"]} == coupon()["coupon"]
    assert (read["status"], read["appid"]) == (1, Account.only().appid)
    assert shop("coupon/get", {"out_coupon_id": "c2"})["errcode"] == 1090005
    assert shop("coupon/add", coupon())["errcode"] == 40097


@pytest.mark.parametrize("status", [1, 2, 3, 4])
def test_only_what_is_being_edited_is_changed(shop, confirmed, status):
    made(shop, status=status)
    assert shop("coupon/update", coupon(name="新名"))["errcode"] == (0 if status == 1 else 1000000)
    assert Coupon.objects.get().name == ("新名" if status == 1 else "满减券")
    assert shop("coupon/update", coupon("c2"))["errcode"] == 1090005


@pytest.mark.parametrize("goal", [1, 2, 3, 4])
@pytest.mark.parametrize("status", [1, 2, 3, 4])
def test_a_coupons_status_moves_only_along_the_arrows(shop, confirmed, status, goal):
    made(shop, status=status)
    allowed = status == goal or (status, goal) in {(1, 2), (2, 3), (2, 4)}
    answer = shop("coupon/update_status", {"out_coupon_id": "c1", "status": goal})
    assert answer["errcode"] == (0 if allowed else 1000000)
    assert Coupon.objects.get().status == (goal if allowed else status)


def test_a_list_shows_the_stock_where_there_is_one(shop, confirmed):
    for number in ("c1", "c2", "c3"):
        made(shop, number, stock=None)
    shop("coupon/update_coupon_stock", stocked("c2", 7, 3))
    page = shop("coupon/get_list", {"offset": 1, "page_size": 1})
    ((row,), total) = page["result_list"], page["total_num"]
    assert (row["coupon"]["out_coupon_id"], total) == ("c2", 3)
    assert row["coupon_stock"]["stock_info"] == {"issued_num": 7, "receive_num": 3}
    assert "coupon_stock" not in shop("coupon/get_list", {"offset": 0, "page_size": 1})["result_list"][0]


@pytest.mark.parametrize("call", ["get_list", "get_usercoupon_list"])
@pytest.mark.parametrize(("size", "errcode"), [(1, 0), (200, 0), (201, 990005), (0, 40097), (None, 40097)])
def test_a_page_holds_200(shop, confirmed, call, size, errcode):
    assert shop(f"coupon/{call}", {"openid": BUYER, "offset": 0, "page_size": size})["errcode"] == errcode


def test_the_stock_of_an_unknown_coupon_is_none(shop, confirmed):
    assert shop("coupon/update_coupon_stock", stocked("c9"))["errcode"] == 1090005
    made(shop)
    assert shop("coupon/update_coupon_stock", stocked(issued=-1))["errcode"] == 40097


# --- receiving


@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize("mode", ["safe", "compatible", "plaintext"])
def test_a_buyer_receives_what_the_merchant_gives(shop, confirmed, mode, format):
    Account.objects.update(mode=mode, format=format)
    coupons.receive(made(shop), BUYER)
    assert confirmed.asked[-1]["out_coupon_id"] == "c1"
    (row,) = listed(shop)
    assert (row["out_user_coupon_id"], row["status"], row["ext_info"]) == ("u1", 100, {})
    assert (row["start_time"], row["end_time"]) == (NOW, NOW + 864000)
    assert stock() == (4, 1)


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"ret_code": 1, "ret_msg": "领完了"}, 1090020),
        ({"request_id": "x"}, 1090020),
        ({"out_coupon_id": "x"}, 1090020),
    ],
    ids=str,
)
def test_what_the_merchant_refuses_leaves_the_stock(shop, confirmed, wrong, errcode):
    made(shop)
    confirmed.answer = wrong
    assert refused(coupons.receive, Coupon.objects.get(), BUYER) == errcode
    assert (stock(), listed(shop)) == ((5, 0), [])


def test_an_unreachable_merchant_leaves_the_stock(shop, confirmed):
    made(shop)
    Fault.objects.create(kind="push_lost", target="open_product_receive_coupon")
    assert refused(coupons.receive, Coupon.objects.get(), BUYER) == 1090032
    assert (stock(), listed(shop)) == ((5, 0), [])
    coupons.receive(Coupon.objects.get(), BUYER)
    assert stock() == (4, 1)


def test_a_request_that_comes_twice_is_one_coupon(shop, confirmed):
    made(shop)
    Fault.objects.create(kind="push_twice", target="open_product_receive_coupon")
    coupons.receive(Coupon.objects.get(), BUYER)
    first, second = confirmed.asked[-2:]
    assert first == second
    assert (stock(), len(listed(shop))) == ((4, 1), 1)


def test_a_user_coupon_given_before_is_not_counted_again(shop, confirmed):
    made(shop)
    confirmed.answer = {"out_user_coupon_id": "same"}
    for _time in range(2):
        coupons.receive(Coupon.objects.get(), BUYER)
    assert (stock(), len(listed(shop))) == ((4, 1), 1)
    assert refused(coupons.receive, Coupon.objects.get(), OTHER) == 1090020


def test_no_more_are_received_than_there_are(shop, confirmed):
    made(shop, stock=2)
    assert [refused(coupons.receive, Coupon.objects.get(), BUYER) for _time in range(3)] == [0, 0, 1090005]
    assert (stock(), len(listed(shop))) == ((0, 2), 2)


@pytest.mark.parametrize("status", [1, 3, 4])
def test_only_effective_coupons_are_received(shop, confirmed, status):
    assert refused(coupons.receive, made(shop, status=status), BUYER) == 1000000


@pytest.mark.parametrize(("hours", "errcode"), [(0, 0), (23, 0), (25, 1000000)])
def test_a_coupon_is_received_in_its_time(shop, confirmed, hours, errcode):
    made(shop)
    ahead(hours=hours)
    assert refused(coupons.receive, Coupon.objects.get(), BUYER) == errcode


# --- user coupons


def test_the_merchant_gives_one_by_itself_and_no_stock_is_touched(shop, confirmed):
    made(shop)
    assert [shop("coupon/add_user_coupon", given())["errcode"] for _time in range(2)] == [0, 0]
    assert shop("coupon/add_user_coupon", given(openid=OTHER))["errcode"] == 40097
    assert (stock(), len(listed(shop)), listed(shop, OTHER)) == ((5, 0), 1, [])


@pytest.mark.parametrize(
    ("valid", "span"),
    [
        ({"valid_type": 1, "start_time": 5, "end_time": 9}, (5, 9)),
        ({"valid_type": 2, "valid_day_num": 2}, (NOW, NOW + 172800)),
        ({"valid_type": 3, "valid_second": 60}, (NOW, NOW + 60)),
    ],
)
def test_a_user_coupon_is_valid_by_how_its_coupon_counts(shop, confirmed, valid, span):
    made(shop, valid_info=valid)
    shop("coupon/add_user_coupon", given())
    (row,) = listed(shop)
    assert (row["start_time"], row["end_time"]) == span


@pytest.mark.parametrize("goal", [100, 101, 102, 103])
@pytest.mark.parametrize("status", [100, 101, 102])
def test_a_user_coupon_is_used_or_expires_once(shop, confirmed, status, goal):
    made(shop)
    shop("coupon/add_user_coupon", given(status=status))
    errcode = 40097 if goal == 103 else 0 if status in (100, goal) else 1000000
    assert shop("coupon/update_usercoupon_status", state(goal))["errcode"] == errcode


def test_a_time_of_use_is_shown_only_of_what_was_used(shop, confirmed):
    made(shop)
    shop("coupon/add_user_coupon", given())
    shop("coupon/update_user_coupon", given(ext_info={"use_time": 7}))
    assert listed(shop)[0]["ext_info"] == {}
    shop("coupon/update_usercoupon_status", state(102))
    assert listed(shop)[0]["ext_info"] == {"use_time": 7}
    assert shop("coupon/update_user_coupon", given("u9"))["errcode"] == 1090005


@pytest.mark.parametrize(
    ("data", "errcode"),
    [
        (given(openid="x"), 990001),
        (given(""), 990007),
        (given(at=None), 990007),
        (given(at="now"), 40097),
        (given(status=1), 40097),
        (given(out_coupon_id="c9"), 1090005),
        ({"openid": BUYER, "recv_time": 1}, 990007),
    ],
)
def test_a_user_coupons_fields_are_checked(shop, confirmed, data, errcode):
    made(shop)
    assert shop("coupon/add_user_coupon", data)["errcode"] == errcode


# --- the page


def test_the_page_plays_the_buyer(shop, press, confirmed):
    made(shop)
    assert "receive_coupon" in press.page()
    assert press("receive_coupon", out_coupon_id="c1", times="3").messages == ["3 coupons were received."]
    (said,) = press("receive_coupon", out_coupon_id="c1", times="3").messages
    assert said.startswith("1090005")
    assert "after 2 were received" in said
    first, second = UserCoupon.objects.order_by("pk")[:2]
    press("set_user_coupon", user_coupon=str(first.pk), play="use")
    press("set_user_coupon", user_coupon=str(second.pk), play="expire")
    assert [row["status"] for row in listed(shop)] == [102, 101, 100, 100, 100]
    assert "use_time" in listed(shop)[0]["ext_info"]


def test_in_json_the_answer_is_read_whatever_its_numbers_are(shop, merchant):
    switched(coupon_answers_sealed=False)
    Account.objects.update(mode="plaintext", format="json")
    merchant.write = lambda fields, *_how: json.dumps(fields | {"ret_code": "0"})
    assert shop("coupon/confirm")["errcode"] == 0
