"""The wire: what goes out, what comes back, and what of it is kept."""

import logging

import pytest
import responses
from django.conf import settings

from wechat import client
from wechat.errors import (
    BadInput,
    Busy,
    InvalidToken,
    NotSent,
    Paused,
    QuotaReached,
    Refused,
    SetupNeeded,
    StateConflict,
    Unreachable,
)
from wechat.models import AccessToken, Call
from wechat.shop import account, cat, img, register, token

BASE = settings.WECHAT_API_BASE


@pytest.fixture
def network():
    """Answers that the sandbox cannot give: broken ones, at the level of bytes."""
    client.mount(None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{BASE}/cgi-bin/stable_token", json={"access_token": "T" * 512, "expires_in": 7200})
        yield mock


def answer_with(network, body, status=200):
    network.post(f"{BASE}/shop/account/get_info", body=body, status=status)


def test_chinese_goes_out_as_raw_utf8(network):
    network.post(f"{BASE}/shop/account/update_info", json={"errcode": 0})
    account.update_info({"service_agent_path": "客服"})
    request = network.calls[-1].request
    assert request.body == '{"service_agent_path": "客服"}'.encode()
    assert request.headers["Content-Type"].startswith("application/json")


def test_a_call_without_fields_takes_an_empty_object(network):
    answer_with(network, '{"errcode":0,"data":{}}')
    account.get_info()
    assert network.calls[-1].request.body == b"{}"


@pytest.mark.parametrize("body", ["", "<html>502</html>", "null", "[]", "42", '"ok"', "{", '{"errcode":0,"data":{'])
def test_an_answer_that_is_not_an_object_is_unreachable_not_a_crash(network, body):
    answer_with(network, body)
    with pytest.raises(Unreachable):
        account.get_info()


def test_characters_that_no_database_takes_are_dropped(network):
    answer_with(network, '{"errcode":0,"data":{"service_agent_path":"a\\u0000b\0c\\\\u0000"}}')
    assert account.get_info() == {"service_agent_path": "abc\\u0000"}


def test_broken_json_that_names_an_errcode_is_taken_at_its_word(network):
    answer_with(network, '{"errcode":1040003,"errmsg":"not access rid: 6-a-b"')
    with pytest.raises(SetupNeeded) as caught:
        account.get_info()
    assert (caught.value.errcode, caught.value.rid) == (1040003, "6-a-b")


@pytest.mark.parametrize(
    "body", ['{"errmsg":null,"data":{"a":1}}', '{"errcode":"0","errmsg":"ok","data":{"a":1}}', '{"data":{"a":1}}']
)
def test_success_may_come_without_errcode_or_with_odd_errmsg(network, body):
    answer_with(network, body)
    assert account.get_info() == {"a": 1}


def test_server_errors_are_unreachable(network):
    answer_with(network, '{"errcode":0}', status=500)
    with pytest.raises(Unreachable):
        account.get_info()


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (-1, Busy),
        (990010, Busy),
        (47001, BadInput),
        (1050003, StateConflict),
        (45009, QuotaReached),
        (300000, QuotaReached),
        (48001, SetupNeeded),
        (1050006, Refused),
        (87654321, BadInput),
    ],
)
def test_each_errcode_has_its_type(platform, errcode, kind):
    platform.fault("error", "/shop/account/get_info", errcode=errcode)
    with pytest.raises(kind) as caught:
        account.get_info()
    assert type(caught.value) is kind
    assert caught.value.errcode == errcode


def test_busy_leaves_open_whether_wechat_acted():
    assert issubclass(Busy, Unreachable)
    assert not issubclass(Busy, Refused)


def test_an_unknown_errcode_is_shown_raw_with_its_rid(platform):
    platform.fault("error", "/shop/account/get_info", errcode=1099999)
    with pytest.raises(Refused) as caught:
        account.get_info()
    assert "1099999 injected fault rid: " in str(caught.value)
    assert len(caught.value.rid.split("-")) == 3


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_dead_token_is_renewed_and_the_call_repeated_once(platform, errcode):
    account.get_info()
    platform.fault("error", "/shop/account/get_info", errcode=errcode)
    assert account.get_info() == {"service_agent_type": [0]}
    assert [call.attempt for call in Call.objects.filter(endpoint="/shop/account/get_info").order_by("id")] == [1, 1, 2]


def test_a_second_dead_token_is_the_callers_to_know(platform):
    platform.fault("error", "/shop/account/get_info", errcode=40001, left=2)
    with pytest.raises(InvalidToken):
        account.get_info()
    assert len(platform.ledger("get_info")) == 2


def test_a_token_that_the_platform_forgot_is_fetched_anew(platform):
    from sandbox.models import Token

    account.get_info()
    Token.objects.all().delete()
    account.get_info()
    assert len(platform.ledger("stable_token")) == 2


def test_a_quota_answer_rests_that_endpoint_and_no_other(platform):
    platform.fault("error", "/shop/account/get_info", errcode=45009)
    with pytest.raises(QuotaReached):
        account.get_info()
    with pytest.raises(Paused) as caught:
        account.get_info()
    assert 3000 < caught.value.seconds < 5000
    assert account.get_brand_list() == []
    assert len(platform.ledger("get_info")) == 1


def test_a_timeout_is_unreachable_and_leaves_its_row(platform):
    platform.fault("timeout_before", "/shop/account/get_info")
    with pytest.raises(Unreachable) as caught:
        account.get_info()
    assert not isinstance(caught.value, NotSent)
    call = Call.objects.get(endpoint="/shop/account/get_info")
    assert (call.errcode, call.errmsg) == (None, "ReadTimeout")


def test_a_slow_answer_beyond_the_read_timeout_is_unreachable(platform):
    platform.fault("slow", "/shop/account/get_info", seconds=30)
    with pytest.raises(Unreachable):
        account.get_info()


def test_no_token_means_nothing_was_sent(platform):
    platform.fault("timeout_before", "/cgi-bin/stable_token")
    with pytest.raises(NotSent):
        account.get_info()
    assert platform.ledger("get_info") == []


def test_secrets_and_tokens_are_in_no_row_and_no_log(platform, settings, caplog):
    caplog.set_level(logging.DEBUG)
    account.get_info()
    platform.fault("timeout_after", "/shop/account/get_info")
    with pytest.raises(Unreachable) as caught:
        account.get_info()
    value = AccessToken.objects.get().value
    assert len(value) > 100
    logged = "".join(f"{call.request}{call.answer}{call.errmsg}" for call in Call.objects.all())
    for hidden in (value, settings.WECHAT_SECRET):
        assert hidden not in logged
        assert hidden not in caplog.text
        assert hidden not in repr(caught.getrepr(style="long"))


def test_the_token_lies_sealed_in_the_database(platform):
    from django.db import connection

    account.get_info()
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM wechat_accesstoken")
        raw = bytes(cursor.fetchone()[0])
    assert AccessToken.objects.get().value.encode() not in raw


def test_personal_data_is_masked_in_the_row(platform):
    account.update_info(
        {
            "service_agent_type": [0],
            "default_receiving_address": {
                "receiver_name": "张三丰",
                "detailed_address": "文三路 100 号 5 楼",
                "tel_number": "13800138000",
            },
        }
    )
    logged = str(Call.objects.get(endpoint="/shop/account/update_info").request)
    for personal in ("张三丰", "文三路 100 号", "13800138000"):
        assert personal not in logged
    assert "138****00" in logged


def test_a_large_answer_is_not_kept_whole(network):
    rows = [{"third_cat_id": number, "third_cat_name": "类目" * 20} for number in range(2000)]
    network.post(f"{BASE}/shop/cat/get", json={"errcode": 0, "third_cat_list": rows})
    assert len(cat.get()) == 2000
    assert len(str(Call.objects.get(endpoint="/shop/cat/get").answer)) < 100


def test_a_picture_goes_up_as_a_form_with_its_bytes(platform):
    from tests.factories import picture

    content = picture("JPEG")
    info = img.upload("licence.jpg", content, "image/jpeg")
    assert info["temp_img_url"].startswith("https://mmecimage.cn/p/")
    (entry,) = platform.ledger("upload")
    assert entry.request == {"resp_type": "1", "upload_type": "0", "media": f"licence.jpg, {len(content)} bytes"}
    assert Call.objects.get(endpoint="/shop/img/upload").request["media"] == f"licence.jpg, {len(content)} bytes"


@pytest.mark.parametrize(("kind", "field"), [(img.MEDIA_ID, "media_id"), (img.PAY_MEDIA_ID, "pay_media_id")])
def test_the_other_two_kinds_of_picture_answers(platform, kind, field):
    from tests.factories import picture

    assert img.upload("a.png", picture(), "image/png", kind)[field]


def test_the_classic_token_interface_answers_too(platform):
    first, second = token.token(), token.token()
    assert first["access_token"] != second["access_token"]
    assert [call.request for call in Call.objects.all()] == [{"appid": "wxtest0000000001"}] * 2


def test_register_endpoints_reach_the_platform(platform):
    assert register.check()["status"] == 2
    register.apply()
    with pytest.raises(Refused):
        register.finish_access_info(6)
    with pytest.raises(Refused):
        register.apply_scene(1)
