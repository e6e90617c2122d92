"""Messages as the world makes them: odd ones are read; forged and stale ones and real document types are refused."""

import json
import time
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import FIELD_CASES
from tests.wechat.test_callbacks import TOKEN, URL, send
from wechat import callbacks, crypto
from wechat.messages import Event, Malformed, parse
from wechat.models import Callback

State = Callback.State
ORDER = (
    "<xml><CreateTime>1764390001</CreateTime><MsgType>event</MsgType><Event>open_product_order_confirm</Event>"
    "<order_info><order_id>1</order_id><out_order_id>o-1</out_order_id><remark>{remark}</remark></order_info>{beside}</xml>"
)


@pytest.mark.parametrize(
    ("remark", "kept"),
    [
        ("a\x14b", "ab"),
        ("a&#x10;b", "ab"),
        ("a&#16;b&#10;c", "ab\nc"),
        ("a&#xD800;b", "ab"),
        ("<![CDATA[<!DOCTYPE html> hi]]>", "<!DOCTYPE html> hi"),
        ("<![CDATA[<!ENTITY x 'y'>]]>", "<!ENTITY x 'y'>"),
        ("<![CDATA[<status>1</status>]]>", "<status>1</status>"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_what_people_write_into_a_text_is_no_reason_to_refuse_it(remark, kept):
    event = Event(parse(ORDER.format(remark=remark, beside="").encode()))
    assert (event["out_order_id"], event["remark"]) == ("o-1", kept)


def test_a_text_cut_in_the_middle_of_a_character_ends_with_a_mark():
    body = ORDER.format(remark="平淡是你", beside="").encode().replace("你".encode(), "你".encode()[:2])
    assert Event(parse(body))["remark"] == "平淡是\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        ORDER.format(remark="", beside="<Extra>1</Extra>"),
        ORDER.format(remark="", beside="<Extra><order_id>9</order_id><out_order_id>other</out_order_id></Extra>"),
        json.dumps({"Event": "e", "order_info": [{"order_id": 1, "out_order_id": "o-1"}]}),
        json.dumps([{"Event": "e", "order_info": {"order_id": 1, "out_order_id": "o-1"}}]),
        '{"Event": "e", "order_id": 1, "out_order_id": "o-1", "remark": "a\x01\tb"}',
        "\ufeff \r\n" + json.dumps({"Event": "e", "out_order_id": "o-1"}),
    ],
)
def test_the_id_is_found_wherever_it_stands(body):
    assert Event(parse(body.encode())).need("out_order_id", "order_id") == "o-1"


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Event>&a;</Event></xml>",
        "<?xml version='1.0'?>\n<!-- hi --><!DOCTYPE x SYSTEM 'file:///etc/passwd'><xml><Event>e</Event></xml>",
        "<xml><Event>&a;</Event></xml>",
    ],
)
def test_a_real_document_type_is_refused(body):
    with pytest.raises(Malformed):
        parse(body.encode())
    with pytest.raises(Malformed):
        parse(body.encode("utf-16"))


@pytest.mark.parametrize("stamp", ["", str(2**63), "-1", "9" * 2000])
def test_a_senseless_time_is_none(stamp):
    assert Event({"Event": "e", "CreateTime": stamp}).sent_at == 0


@pytest.mark.parametrize("stamp", ["9" * 2000, "1e9", "²", "-5", ""])
def test_a_senseless_timestamp_is_stale(client, stamp):
    query = {"signature": crypto.sign(TOKEN, stamp, "n"), "timestamp": stamp, "nonce": "n"}
    assert client.post(f"{URL}?{urlencode(query)}", "<xml/>", content_type="text/xml").status_code == 403


@pytest.mark.parametrize("envelope", ["\\ud800", "\\u0000", "é"])
def test_a_broken_envelope_is_refused(client, envelope):
    query = {"msg_signature": "x", "timestamp": str(int(time.time())), "nonce": "n", "encrypt_type": "aes"}
    body = f'{{"Encrypt": "{envelope}"}}'
    assert client.post(f"{URL}?{urlencode(query)}", body, content_type="text/xml").status_code in (400, 403)


@pytest.mark.parametrize(
    "name",
    [
        "open_product_spu_audit",
        "open_product_order_confirm",
        "open_product_brand_audit",
        "aftersale_new_order",
        "complaint_notify",
        "withdraw_notify",
        "funds_order_pay",
        "miniprogram_sharer_action",
    ],
)
def test_a_message_without_its_id_was_not_handled(platform, client, name):
    assert send(client, f"<xml><Event>{name}</Event><Body><remark>x</remark></Body></xml>").content == b"success"
    callbacks.handle_due()
    message = Callback.objects.get()
    assert (message.state, message.attempts) == (State.FAILED, 1)
    assert "is missing in it" in message.error


def test_what_wechat_does_not_know_is_asked_once(platform, client):
    send(
        client,
        "<xml><Event>aftersale_new_order</Event><aftersale_info><aftersale_id>404</aftersale_id></aftersale_info></xml>",
    )
    callbacks.handle_due()
    message = Callback.objects.get()
    assert (message.state, message.attempts, len(platform.ledger("ecaftersale/get"))) == (State.FAILED, 1, 1)


def test_the_address_without_its_last_slash_is_the_same(client):
    query = {"signature": crypto.sign(TOKEN, "1", "n"), "timestamp": "1", "nonce": "n", "echostr": "hello"}
    assert client.get(URL.rstrip("/"), query).content == b"hello"


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(callbacks.handlers)) | st.text(),
    fields=st.dictionaries(
        st.sampled_from(["order_id", "out_order_id", "audit_id", "status", "openid"]) | st.text(), JSON
    ),
)
def test_any_event_is_kept_or_refused_and_never_lost(platform, name, fields):
    before = Callback.objects.count()
    response = send(Client(), json.dumps({"Event": name, **fields}).encode(), as_json=True)
    assert response.status_code in (200, 400)
    callbacks.handle_due()
    if response.status_code == 200:
        assert not Callback.objects.filter(state=State.RECEIVED, next_attempt_at=None).exists()
        assert Callback.objects.count() in (before, before + 1)


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=200)
    | st.text().map(lambda text: ORDER.format(remark=text, beside=text).encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_malformed(body):
    try:
        Event(parse(body))
    except Malformed:
        pass


@pytest.mark.skipif(not FIELD_CASES.exists(), reason="the field cases of ../shared are not beside this checkout")
def test_the_messages_from_the_field(platform, client):
    for path in sorted([*FIELD_CASES.glob("event-*"), *FIELD_CASES.glob("kf-*"), *FIELD_CASES.glob("complaint-*")]):
        response = send(client, path.read_bytes(), as_json=path.suffix == ".json")
        assert (path.name, response.content) == (path.name, b"success")
    callbacks.handle_due()
    assert set(Callback.objects.values_list("state", flat=True)) == {State.HANDLED, State.UNHANDLED}
