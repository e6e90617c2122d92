"""XML and JSON, nested and flat, read to the same event; what is no message is Malformed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wechat.messages import Event, Malformed, parse

NESTED_XML = """<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1700000000</CreateTime>
<MsgType><![CDATA[event]]></MsgType><Event>open_product_brand_audit</Event>
<QualificationAuditResult><audit_id>RQ1</audit_id><status>1</status><brand_id>11</brand_id></QualificationAuditResult>
</xml>"""
ENVELOPE = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": 1700000000,
    "MsgType": "event",
    "Event": "open_product_brand_audit",
}
FIELDS = {"audit_id": "RQ1", "status": 1, "brand_id": 11}


@pytest.mark.parametrize(
    "body",
    [
        NESTED_XML,
        json.dumps({**ENVELOPE, "QualificationAuditResult": FIELDS}),
        json.dumps({**ENVELOPE, **FIELDS}),
        "\ufeff" + json.dumps({**ENVELOPE, **FIELDS}),
        '<?xml version="1.0" encoding="utf-8"?>\n' + NESTED_XML,
    ],
    ids=["xml", "nested json", "flat json", "json with BOM", "xml with declaration"],
)
def test_every_form_of_an_event_reads_the_same(body):
    event = Event(parse(body.encode()))
    assert (event.name, event.sent_at) == ("open_product_brand_audit", 1700000000)
    assert dict(event) == {"audit_id": "RQ1", "status": "1", "brand_id": "11"}


def test_a_single_repetition_is_still_a_list():
    one = Event(parse(b"<xml><Event>e</Event><a><item><id>1</id></item></a></xml>"))
    two = Event(parse(b"<xml><Event>e</Event><a><item><id>1</id></item><item><id>2</id></item><x>3</x></a></xml>"))
    assert two.several("item") == [{"id": "1"}, {"id": "2"}]
    assert Event({"Event": "e", "item": {"id": "1"}, "x": ""}).several("item") == [{"id": "1"}]
    assert one.several("none") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"success",
        b"[]",
        b"[1, 2]",
        b'{"a": ',
        b"<xml><a></xml>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Event>&a;</Event></xml>",
        b"<!DOCTYPE x SYSTEM 'http://example.com/x.dtd'><xml><Event>e</Event></xml>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Event>&a;</Event></xml>".encode("utf-16"),
        b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
        b"[" * 100_000,
        b"<xml>\xff\xfe</xml>",
        b"<xml>text only</xml>",
    ],
)
def test_what_is_no_message_is_malformed(body):
    with pytest.raises(Malformed):
        parse(body)


@given(st.binary(max_size=400))
def test_random_bytes_are_a_message_or_malformed_and_nothing_else(body):
    try:
        assert isinstance(parse(body), dict)
    except Malformed:
        pass


def test_an_entity_is_not_read_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    body = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]><xml><Event>&a;</Event></xml>'
    with pytest.raises(Malformed):
        parse(body.encode())
