"""A buyer takes a coupon: answered inside the push, once for each request, and never more than there are."""

import json
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from catalog.coupons.models import Coupon, CouponRequest, CouponSetup, UserCoupon
from catalog.coupons.operations import confirm_coupons, void_coupon
from sandbox.platform import Refusal
from tests.threads import at_once
from wechat import crypto, deadline, messages
from wechat.errors import Refused
from wechat.models import Callback

pytestmark = pytest.mark.django_db(transaction=True)
BUYER, OTHER = "oBuyer_sandbox_0000000000001", "oOther_sandbox_0000000000001"
URL = "/wechat/callback/"
APPID, TOKEN, AES_KEY = "wxtest0000000001", "testtoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
FORMS = pytest.mark.parametrize(
    ("mode", "format"), [("safe", "xml"), ("safe", "json"), ("plaintext", "xml"), ("plaintext", "json")]
)


def push(fields: dict, *, mode="safe", format="xml") -> dict:
    """Push the event as WeChat would now; the fields of the answer, opened."""
    message = {
        "ToUserName": "gh_1",
        "CreateTime": 1700000000,
        "MsgType": "event",
        "Event": "open_product_receive_coupon",
        **fields,
    }
    write = messages.to_json if format == "json" else messages.to_xml
    body, stamp, nonce = write(message), str(int(time.time())), "nonce"
    query = {"signature": crypto.sign(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    if mode == "safe":
        envelope = crypto.encrypt(body, APPID, AES_KEY)
        query |= {"encrypt_type": "aes", "msg_signature": crypto.sign(TOKEN, stamp, nonce, envelope)}
        body = write({"ToUserName": "gh_1", "Encrypt": envelope})
    response = Client().post(f"{URL}?{urlencode(query)}", body, content_type=f"text/{format}")  # once, as WeChat does
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == ("application/json" if format == "json" else "text/xml")
    answer = response.content
    if mode == "safe":
        outer = messages.parse(answer)
        assert set(outer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        signed = (outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        assert crypto.signed(outer["MsgSignature"], TOKEN, *signed)
        answer = crypto.decrypt(outer["Encrypt"], APPID, AES_KEY)
    return json.loads(answer) if format == "json" else messages.parse(answer)


def want(coupon: Coupon | str, openid=BUYER, request_id="", **how) -> dict:
    out_coupon_id = coupon if isinstance(coupon, str) else coupon.out_coupon_id
    asked = {"FromUserName": openid, "out_coupon_id": out_coupon_id, "request_id": request_id or uuid4().hex}
    answer = push(asked, **how)
    return answer | {"ret_code": int(answer["ret_code"])}


def stock(coupon: Coupon) -> tuple[int, int]:
    coupon.refresh_from_db()
    return coupon.left, coupon.given


@pytest.fixture(autouse=True)
def any_mode(settings):
    settings.WECHAT_CALLBACK_MODE = "compatible"


# --- the handshake


@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize("mode", ["safe", "compatible", "plaintext"])
def test_wechats_trial_is_answered_in_every_mode_and_format(platform, mode, format):
    platform.configure(mode=mode, format=format)
    confirm_coupons(CouponSetup.load())
    setup = CouponSetup.load()
    assert setup.is_confirmed and setup.heard_at
    assert setup.confirmed_url == "http://testserver/wechat/callback/" == platform.account.coupon_url
    assert not UserCoupon.objects.exists() and not CouponRequest.objects.exists()


@FORMS
def test_the_trials_answer_is_the_fixed_one(mode, format):
    answer = push({"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}, mode=mode, format=format)
    code = 0 if format == "json" else "0"
    assert answer == {
        "ret_code": code,
        "ret_msg": "ok",
        "out_coupon_id": "test_coupon",
        "request_id": "test_coupon_request_id",
        "out_user_coupon_id": "test_coupon_user_coupon_id",
    }


def test_a_refused_confirmation_confirms_nothing(platform):
    platform.fault("push_lost", "open_product_receive_coupon")
    with pytest.raises(Refused, match="1090032"):
        confirm_coupons(CouponSetup.load())
    assert not CouponSetup.load().is_confirmed


def test_another_address_has_to_be_confirmed_anew(confirmed, settings):
    assert not confirmed.has_moved
    settings.WECHAT_CALLBACK_URL = "https://shop.example/wechat/callback/"
    assert CouponSetup.load().has_moved


# --- one buyer, one coupon


@FORMS
def test_a_buyer_is_given_one(published, mode, format):
    coupon = published()
    answer = want(coupon, request_id="r1", mode=mode, format=format)
    given = UserCoupon.objects.get()
    assert answer == {
        "ret_code": 0,
        "ret_msg": "ok",
        "out_coupon_id": coupon.out_coupon_id,
        "request_id": "r1",
        "out_user_coupon_id": given.out_user_coupon_id,
    }
    assert (given.openid, given.status, given.ends_at) == (BUYER, None, coupon.valid_end_time)
    assert stock(coupon) == (29, 1)


def test_an_openid_in_the_event_goes_before_the_sender(published):
    push(
        {"FromUserName": "gh_platform", "openid": OTHER, "out_coupon_id": published().out_coupon_id, "request_id": "r"}
    )
    assert UserCoupon.objects.get().openid == OTHER


def test_nobody_is_given_nothing(published):
    coupon = published()
    answer = want(coupon, openid="", request_id="r1")
    assert (answer["ret_code"], answer["ret_msg"]) == (6, "无法识别领取人，不能领取该优惠券。")
    assert (stock(coupon), CouponRequest.objects.get(request_id="r1").openid) == ((30, 0), "")


def test_a_buyer_takes_one_in_wechat(published, platform):
    coupon = published()
    theirs = platform.receive_coupon(coupon.out_coupon_id, BUYER)
    assert theirs.out_user_coupon_id == UserCoupon.objects.get().out_user_coupon_id
    assert UserCoupon.objects.get().openid == BUYER
    assert Callback.objects.filter(event="open_product_receive_coupon").count() == 2


def test_a_repeat_is_answered_the_same_and_takes_nothing(published, platform):
    coupon = published()
    platform.fault("push_twice", "open_product_receive_coupon")
    platform.receive_coupon(coupon.out_coupon_id, BUYER)
    assert stock(coupon) == (29, 1)
    first = want(coupon, request_id="r1")
    Coupon.objects.update(left=0, status=4)
    assert want(coupon, request_id="r1") == first
    assert UserCoupon.objects.count() == 2


def test_what_was_refused_once_stays_refused(published):
    coupon = published()
    Coupon.objects.update(left=0)
    first = want(coupon, request_id="r1")
    assert first["ret_code"] == 5
    Coupon.objects.update(left=9)
    assert want(coupon, request_id="r1") == first
    assert stock(coupon) == (9, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": 1}, 2),
        ({"status": None}, 2),
        ({"status": 4}, 2),
        ({"receive_start_time": timedelta(hours=1)}, 3),
        ({"receive_end_time": timedelta(hours=-1)}, 3),
        ({"valid_end_time": timedelta(hours=-1)}, 3),
        ({"left": 0}, 5),
        ({"left": None}, 5),
    ],
    ids=str,
)
def test_what_cannot_be_given_is_refused_in_chinese(published, fields, code):
    coupon, now = published(), timezone.now()
    changed = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    Coupon.objects.update(**changed)
    answer = want(coupon, request_id="r1")
    assert (answer["ret_code"], answer["out_user_coupon_id"], answer["request_id"]) == (code, "", "r1")
    assert any("一" <= letter <= "鿿" for letter in answer["ret_msg"]), answer
    assert not UserCoupon.objects.exists()


def test_an_unknown_coupon_is_refused(confirmed):
    assert want("nobody's")["ret_code"] == 1


@pytest.mark.parametrize("request_id", ["", "r" * 129])
def test_a_request_that_cannot_be_told_from_others_is_refused(published, request_id):
    coupon = published()
    answer = push({"FromUserName": BUYER, "out_coupon_id": coupon.out_coupon_id, "request_id": request_id})
    assert int(answer["ret_code"]) == 1
    assert stock(coupon) == (30, 0)


def test_a_refusal_reaches_the_platform_and_its_stock_stays(published, platform):
    coupon = published(limit_num_one_person=1)
    platform.receive_coupon(coupon.out_coupon_id, BUYER)
    with pytest.raises(Refusal) as refused:
        platform.receive_coupon(coupon.out_coupon_id, BUYER)
    assert "每人" in refused.value.errmsg
    platform.receive_coupon(coupon.out_coupon_id, OTHER)
    assert stock(coupon) == (28, 2)


def test_a_voided_coupon_is_not_given_any_more(published):
    coupon = published()
    void_coupon(coupon)
    assert want(coupon)["ret_code"] == 2


def test_the_limit_counts_also_what_was_used(published):
    coupon = published(limit_num_one_person=2)
    assert [want(coupon)["ret_code"] for _time in range(3)] == [0, 0, 4]
    UserCoupon.objects.update(status=102)
    assert want(coupon)["ret_code"] == 4
    assert want(coupon, OTHER)["ret_code"] == 0
    assert stock(coupon) == (27, 3)


# --- at the same moment


def test_a_hundred_at_once_get_the_thirty_there_are(published, monkeypatch):
    # A hundred wait for one row in turn: on a slow machine longer than a message may take, which is then answered 503.
    monkeypatch.setattr(deadline, "MESSAGE", 60)
    coupon = published()
    answers = at_once(100, lambda: want(coupon, openid=f"o{uuid4().hex}"))
    assert Counter(answer["ret_code"] for answer in answers) == {0: 30, 5: 70}
    assert len({answer["out_user_coupon_id"] for answer in answers}) == 31  # the refused have none
    assert all(answer["ret_msg"] for answer in answers)
    assert (stock(coupon), UserCoupon.objects.count(), CouponRequest.objects.count()) == ((0, 30), 30, 100)
    for kept in CouponRequest.objects.order_by("?")[:10]:
        again = want(coupon, openid=kept.openid, request_id=kept.request_id)
        assert again in answers
    assert UserCoupon.objects.count() == 30


@pytest.mark.parametrize("left", [1, 30])
def test_one_request_twenty_times_at_once_is_one_coupon(published, left):
    coupon = published(total_num=left)
    answers = at_once(20, lambda: want(coupon, request_id="same"))
    assert len({str(sorted(answer.items())) for answer in answers}) == 1
    assert answers[0]["ret_code"] == 0
    assert (stock(coupon), UserCoupon.objects.count()) == ((left - 1, 1), 1)


def test_one_buyer_many_times_at_once_gets_the_limit(published):
    coupon = published(limit_num_one_person=3)
    answers = at_once(20, lambda: want(coupon))
    assert Counter(answer["ret_code"] for answer in answers) == {0: 3, 4: 17}
    assert stock(coupon) == (27, 3)
