"""The inbox: what is let in, kept once, handled once, and found again."""

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sandbox.pushes import push
from tests.factories import make_brand
from tests.threads import at_once
from wechat import callbacks, crypto, messages, tasks
from wechat.models import Callback

URL = "/wechat/callback/"
State = Callback.State
APPID, TOKEN, AES_KEY = "wxtest0000000001", "testtoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
EVENT = "<xml><CreateTime>1700000000</CreateTime><Event>{name}</Event><Body><id>{id}</id></Body></xml>"


def signed(body: bytes, *, stamp=None, appid=APPID, token=TOKEN, as_json=False) -> tuple[str, bytes]:
    """A safe-mode push of this message, as WeChat would send it now."""
    stamp, nonce = str(stamp or int(time.time())), "nonce"
    envelope = crypto.encrypt(body, appid, AES_KEY)
    query = {
        "signature": crypto.sign(token, stamp, nonce),
        "msg_signature": crypto.sign(token, stamp, nonce, envelope),
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
    }
    outer = {"ToUserName": "gh_1", "Encrypt": envelope}
    from urllib.parse import urlencode

    return f"{URL}?{urlencode(query)}", (messages.to_json if as_json else messages.to_xml)(outer)


def send(client, body: str | bytes, **how):
    url, outer = signed(body.encode() if isinstance(body, str) else body, **how)
    return client.post(url, outer, content_type="text/xml")


def event(name="test_event", number=1) -> str:
    return EVENT.format(name=name, id=number)


@pytest.fixture
def heard(monkeypatch):
    """A handler for `test_event` that notes what it was given."""
    notes: list = []
    monkeypatch.setitem(callbacks.handlers, "test_event", notes.append)
    return notes


# --- the door


def test_verification_echoes_what_wechat_sent(client):
    query = {"signature": crypto.sign(TOKEN, "1", "n"), "timestamp": "1", "nonce": "n", "echostr": "<hello>"}
    response = client.get(URL, query)
    assert (response.status_code, response.content) == (200, b"<hello>")
    assert response.headers["Content-Type"].startswith("text/plain")


def test_verification_with_a_wrong_signature_says_what_to_check(client):
    response = client.get(URL, {"signature": "x", "timestamp": "1", "nonce": "n", "echostr": "hello"})
    assert response.status_code == 403
    assert b"WECHAT_TOKEN" in response.content


def test_a_good_message_is_kept_sealed_and_answered_success(client):
    response = send(client, event())
    assert (response.status_code, response.content) == (200, b"success")
    callback = Callback.objects.get()
    assert (callback.event, callback.state, callback.sent_at) == ("test_event", State.RECEIVED, 1700000000)
    assert b"test_event" not in bytes(callback.body)
    assert dict(callback.message) == {"id": "1"}


@pytest.mark.parametrize("mode", ["safe", "compatible", "plaintext"])
@pytest.mark.parametrize("form", ["xml", "json"])
def test_the_sandbox_is_understood_in_every_mode_and_format(platform, settings, mode, form):
    platform.configure(mode=mode, format=form)
    settings.WECHAT_CALLBACK_MODE = mode
    push("test_event", {"Body": {"id": 7, "text": "审核 & <通过>"}})
    assert platform.deliver() == ["success"]
    assert dict(Callback.objects.get().message) == {"id": "7", "text": "审核 & <通过>"}


def refused(response, status: int, word: str):
    assert response.status_code == status, response.content
    assert word in response.content.decode()
    assert not Callback.objects.exclude(state=State.REFUSED).exists()


def test_a_wrong_signature_is_refused(client):
    refused(send(client, event(), token="wrong"), 403, "wrong signature")


def test_a_body_swapped_under_a_good_signature_is_refused(client):
    url, _outer = signed(event().encode())
    _url, other = signed(event(number=2).encode())
    refused(client.post(url, other, content_type="text/xml"), 403, "wrong signature")


@pytest.mark.parametrize("off", [-3600, -601, 601, 3600])
def test_a_signed_stamp_outside_the_window_is_refused(client, off):
    refused(send(client, event(), stamp=int(time.time()) + off), 403, "stale")


@pytest.mark.parametrize("off", [-590, 590])
def test_a_clock_wrong_by_less_than_the_window_is_fine(client, off):
    assert send(client, event(), stamp=int(time.time()) + off).status_code == 200


def test_the_age_of_the_event_itself_does_not_matter(client):
    assert send(client, "<xml><CreateTime>1</CreateTime><Event>e</Event></xml>").status_code == 200


@pytest.mark.parametrize("stamp", ["x", "-1", "１７", "9" * 40])
def test_a_stamp_that_is_no_number_is_refused(client, stamp):
    assert send(client, event(), stamp=stamp).status_code == 403


def test_another_appid_inside_the_envelope_is_refused(client):
    refused(send(client, event(), appid="wxsomebodyelse00"), 403, "another AppID")


def test_truncated_base64_is_refused(client):
    stamp, nonce, envelope = str(int(time.time())), "n", crypto.encrypt(b"x", APPID, AES_KEY)[:-2]
    query = (
        f"encrypt_type=aes&timestamp={stamp}&nonce={nonce}&msg_signature={crypto.sign(TOKEN, stamp, nonce, envelope)}"
    )
    refused(
        client.post(f"{URL}?{query}", f"<xml><Encrypt>{envelope}</Encrypt></xml>", content_type="text/xml"),
        403,
        "base64",
    )


def test_an_oversized_body_is_refused_before_it_is_parsed(client):
    refused(client.post(URL, b"x" * (256 * 1024 + 1), content_type="text/xml"), 413, "larger")


def test_a_compressed_body_is_refused(client):
    refused(client.post(URL, b"x", content_type="text/xml", headers={"Content-Encoding": "gzip"}), 415, "compressed")


def test_entities_are_refused_by_the_parser(client):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Event>&a;</Event></xml>'
    refused(send(client, bomb), 400, "entities")


@pytest.mark.parametrize("body", ["[1, 2]", "null", "{", "<xml>", "<xml/>", "{}", "no message at all"])
def test_what_is_no_message_is_refused_with_a_reason(client, body):
    refused(send(client, body), 400, "malformed")


def test_plaintext_is_refused_in_safe_mode(client):
    stamp = str(int(time.time()))
    query = f"signature={crypto.sign(TOKEN, stamp, 'n')}&timestamp={stamp}&nonce=n"
    refused(client.post(f"{URL}?{query}", event(), content_type="text/xml"), 403, "safe mode")


def test_without_a_token_nothing_is_accepted(client, settings):
    settings.WECHAT_TOKEN = ""
    refused(send(client, event(), token=""), 403, "WECHAT_TOKEN")


def test_other_methods_are_not_allowed(client):
    assert client.put(URL).status_code == 405


def test_what_was_refused_is_kept_within_a_cap_and_changes_nothing(client, monkeypatch, heard):
    monkeypatch.setattr(callbacks, "REFUSED_CAP", 3)
    for number in range(6):
        send(client, event(number=number), token="wrong")
    assert Callback.objects.filter(state=State.REFUSED).count() == 3
    callbacks.handle_due()
    callbacks.replay(Callback.objects.all())
    callbacks.handle_due()
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_no_success_without_a_commit(client):
    """A database that cannot be written: 5xx, and WeChat tries again."""
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("SQLite only: the pragma that closes a database for writing")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        assert send(client, event()).status_code == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert not Callback.objects.exists()
    assert send(client, event()).status_code == 200


def test_a_message_is_stored_by_one_statement(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert send(client, event()).content == b"success"


# --- the work


def test_a_repeat_is_one_row_and_one_effect(client, heard):
    for _time in range(4):
        assert send(client, event()).content == b"success"
        callbacks.handle_due()
    assert Callback.objects.count() == len(heard) == 1


def test_events_of_the_same_second_are_not_confused(client, heard):
    send(client, event(number=1))
    send(client, event(number=2))
    callbacks.handle_due()
    assert [note["id"] for note in heard] == ["1", "2"]


def test_an_unknown_event_is_kept_and_shown_as_unhandled(client):
    send(client, event("open_product_unheard_of"))
    callbacks.handle_due()
    assert Callback.objects.get().state == State.UNHANDLED


def test_a_handler_that_raises_leaves_the_message_to_be_tried_again_and_set_aside(client, settings, monkeypatch):
    def fail(event):
        raise RuntimeError("no luck")

    monkeypatch.setitem(callbacks.handlers, "test_event", fail)
    settings.WECHAT_CALLBACK_TRIES = 3
    send(client, event())
    send(client, event("another"))
    for _time in range(5):
        callbacks.handle_due()
        Callback.objects.update(next_attempt_at=None)
    failed = Callback.objects.get(event="test_event")
    assert (failed.state, failed.attempts, failed.error) == (State.FAILED, 3, "RuntimeError: no luck")
    assert Callback.objects.get(event="another").state == State.UNHANDLED


def test_a_failed_message_waits_longer_each_time(client, monkeypatch):
    monkeypatch.setitem(callbacks.handlers, "test_event", lambda event: 1 / 0)
    send(client, event())
    assert callbacks.handle_due() == 1
    assert callbacks.handle_due() == 0
    assert Callback.objects.get().next_attempt_at > timezone.now()


def test_a_message_can_be_handled_again(client, heard):
    send(client, event())
    callbacks.handle_due()
    assert callbacks.replay(Callback.objects.all()) == 1
    callbacks.handle_due()
    assert len(heard) == 2


def test_a_message_whose_worker_died_is_taken_again_after_the_lease(client, heard):
    send(client, event())
    Callback.objects.update(attempts=1, lease_until=timezone.now() + timedelta(seconds=30))
    assert callbacks.handle_due() == 0
    Callback.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert callbacks.handle_due() == 1
    assert len(heard) == 1


def test_a_message_that_kills_its_worker_each_time_comes_to_an_end(client, heard, settings):
    send(client, event())
    Callback.objects.update(attempts=settings.WECHAT_CALLBACK_TRIES)
    callbacks.handle_due()
    assert Callback.objects.get().state == State.FAILED
    assert heard == []


def test_a_message_sealed_with_a_lost_key_is_set_aside(client, heard, settings):
    send(client, event())
    settings.FIELD_KEYS = ["another"]
    callbacks.handle_due()
    assert Callback.objects.get().state == State.FAILED


def test_an_event_with_a_reply_is_answered_encrypted_in_its_own_format(client, monkeypatch):
    monkeypatch.setitem(
        callbacks.repliers, "test_reply", lambda event: {"ret_code": 0, "out_coupon_id": event["out_coupon_id"]}
    )
    for as_json in (False, True):
        fields = {"Event": "test_reply", "CreateTime": 1, "out_coupon_id": "券"}
        inner = (messages.to_json if as_json else messages.to_xml)(fields)
        url, outer = signed(inner, as_json=as_json)
        answer = messages.parse(client.post(url, outer, content_type="text/xml").content)
        assert crypto.signed(answer["MsgSignature"], TOKEN, answer["TimeStamp"], answer["Nonce"], answer["Encrypt"])
        reply = messages.parse(crypto.decrypt(answer["Encrypt"], APPID, AES_KEY))
        assert reply == {"ret_code": "0", "out_coupon_id": "券"}
    callbacks.handle_due()
    assert {one.state for one in Callback.objects.all()} == {State.HANDLED}


def test_the_sweep_rings_for_what_no_bell_rang_for(client, heard, monkeypatch):
    rung: list = []
    send(client, event())
    monkeypatch.setattr("wechat.steps.waking.wake", lambda task, *args: rung.append(task))
    tasks.sweep()
    assert rung == ["wechat.tasks.handle_callbacks"]


def test_pruning_forgets_what_is_old_and_keeps_what_is_open(client, settings):
    for number in range(3):
        send(client, event(number=number))
    old = timezone.now() - timedelta(days=settings.WECHAT_KEEP_DAYS + 1)
    first, second, _third = Callback.objects.order_by("id")
    Callback.objects.filter(pk=first.pk).update(received_at=old, state=State.HANDLED)
    Callback.objects.filter(pk=second.pk).update(received_at=old)
    assert tasks.prune() == 1
    assert Callback.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_message_posted_eight_times_at_once_is_one_row_and_one_effect(platform, heard):
    url, outer = signed(event().encode())
    answers = at_once(8, lambda: Client().post(url, outer, content_type="text/xml").content)
    at_once(4, callbacks.handle_due)
    assert answers == [b"success"] * 8
    assert (Callback.objects.count(), len(heard)) == (1, 1)
    assert Callback.objects.get().state == State.HANDLED


# --- with the slice above it


def test_a_review_is_read_again_and_never_taken_from_the_message(platform, hear):
    """An event that claims approval while the review is open changes nothing."""
    from qualifications.operations import submit_brand

    brand = make_brand()
    submit_brand(brand)
    forged = {"audit_id": brand.last_round.audit_id, "status": 1, "brand_id": 666, "audit_type": 1}
    push("open_product_brand_audit", {"QualificationAuditResult": forged})
    (message,) = hear()
    brand.refresh_from_db()
    assert (message.state, brand.last_round.status, brand.brand_id) == (State.HANDLED, 0, None)
    assert len(platform.ledger("result")) == 1


def test_an_event_for_a_review_nobody_knows_is_offered_and_harms_nothing(platform, hear):
    from qualifications.models import UnclaimedAudit

    push("open_product_brand_audit", {"QualificationAuditResult": {"audit_id": "stranger", "status": 1}})
    (message,) = hear()
    assert message.state == State.HANDLED
    assert UnclaimedAudit.objects.get().audit_id == "stranger"


def test_json_keeps_numbers_and_text_alike():
    assert messages.parse(json.dumps({"a": 1, "b": "1", "c": None, "d": True}).encode()) == {
        "a": "1",
        "b": "1",
        "c": "",
        "d": "true",
    }
