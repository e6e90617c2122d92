"""The push address as WSGI servers call it: before Django's stack, in the web process and in one of its own."""

import io
import json
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from hypothesis import given, strategies
from hypothesis import settings as given_settings

from config.push_address import PATHS, in_front_of, nothing_else
from tests.wechat.test_callbacks import AES_KEY, APPID, TOKEN, event, signed
from wechat import crypto, messages
from wechat.models import Callback

# Django's handler closes connections, as it does for every request.
pytestmark = pytest.mark.django_db(transaction=True)
WEB, OWN = in_front_of(WSGIHandler()), in_front_of(nothing_else)
BOTH = pytest.mark.parametrize("application", [WEB, OWN], ids=["web", "own"])


def ask(application, path: str, query: str = "", body: bytes | None = None, **environ):
    """Its answer: status, headers, body."""
    told: list = []
    asked = {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_LENGTH": str(len(body or b"")),
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.url_scheme": "http",
        **environ,
    }
    answer = application(asked, lambda status, headers, *more: told.extend((int(status[:3]), dict(headers))))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return *told, content


def push(application, **environ):
    url, body = signed(event().encode())
    path, query = url.split("?")
    return ask(application, path, query, body, **environ)


@BOTH
def test_a_message_is_kept_and_answered_with_its_request_id(application):
    status, headers, body = push(application, HTTP_X_REQUEST_ID="from-the-proxy")
    assert (status, headers["X-Request-ID"], body) == (200, "from-the-proxy", b"success")
    assert Callback.objects.get().event == "test_event"


@BOTH
@pytest.mark.parametrize("path", PATHS)
def test_the_verification_is_echoed_at_both_spellings(application, path):
    query = {"signature": crypto.sign(TOKEN, "1", "n"), "timestamp": "1", "nonce": "n", "echostr": "<h&l>\u4e2d"}
    status, headers, body = ask(application, path, urlencode(query))
    assert (status, body.decode()) == (200, "<h&l>\u4e2d")
    assert headers["Content-Type"] == "text/plain; charset=utf-8" and headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("scheme", "status"), [("http", 301), ("https", 200)])
def test_where_https_is_wanted_http_is_sent_there_and_nothing_is_kept(settings, scheme, status):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = push(in_front_of(nothing_else), HTTP_X_FORWARDED_PROTO=scheme)
    assert answer[0] == status
    assert Callback.objects.count() == (status == 200)
    if status == 301:
        assert answer[1]["Location"].startswith("https://localhost/wechat/callback/?")
    else:
        assert answer[1]["Strict-Transport-Security"].startswith("max-age=60")


def test_a_stale_connection_is_renewed_and_an_old_one_closed():
    assert push(OWN)[0] == 200
    assert connection.connection is None  # CONN_MAX_AGE is 0 here
    connection.ensure_connection()
    connection.errors_occurred = True
    connection.connection.close()
    assert push(OWN)[0] == 200


def test_a_reply_that_wechat_waits_for_is_in_the_consoles_language(monkeypatch, settings):
    from django.utils import translation

    from wechat import callbacks
    from wechat.steps.errors import Conflict

    def reply(given):
        raise Conflict(translation.gettext("Handled"))

    monkeypatch.setitem(callbacks.repliers, "test_event", reply)
    settings.LANGUAGE_CODE = "zh-hans"
    with translation.override("en"):  # of the request before, in this thread
        content = push(OWN)[2]
    fields = messages.parse(crypto.decrypt(messages.parse(content)["Encrypt"], APPID, AES_KEY))
    assert fields == {"ret_code": "1", "ret_msg": "\u5df2\u5904\u7406"}


def test_a_process_for_messages_alone_answers_nothing_else():
    assert ask(OWN, "/healthz")[::2] == (200, b"alive")
    assert ask(OWN, "/admin/")[0] == 404
    assert ask(OWN, "/wechat/callback/more/")[0] == 404


@BOTH
def test_a_body_in_chunks_is_read_up_to_the_limit_of_a_message(application):
    large = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert ask(application, PATHS[0], "", b"x" * (256 * 1024 + 1), **large)[0] == 413
    url, body = signed(event().encode())
    assert ask(application, PATHS[0], url.split("?")[1], body, **large)[::2] == (200, b"success")


@BOTH
def test_a_fault_of_ours_is_answered_500_and_logged(application, monkeypatch, caplog):
    monkeypatch.setattr(messages, "parse", lambda body: 1 / 0)
    assert push(application)[0] == 500
    assert "ZeroDivisionError" in caplog.text


def test_the_log_names_the_route_and_not_the_query(caplog, settings):
    with caplog.at_level("INFO", "console.requests"):
        push(OWN)
    (record,) = [each for each in caplog.records if each.name == "console.requests"]
    assert (record.message, record.facts["route"]) == ("POST /wechat/callback/ 200", "wechat/callback/")


# --- the envelope: what the regular expression reads, the parser reads the same

BASE64 = strategies.from_regex(r"[A-Za-z0-9+/]{1,20}={0,2}", fullmatch=True)
PIECES = strategies.one_of(
    BASE64,
    BASE64.map("<Encrypt>{}</Encrypt>".format),
    BASE64.map("<Encrypt><![CDATA[{}]]></Encrypt>".format),
    BASE64.map("<ToUserName><![CDATA[{}]]></ToUserName>".format),
    strategies.sampled_from(
        [
            "<xml>",
            "</xml>",
            "<Encrypt>",
            "</Encrypt>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<a/>",
            "&lt;",
            "&#65;",
            "\u4e2d",
        ]
    ),
    strategies.sampled_from(
        ["<ToUserName>gh_1</ToUserName>", "<ToUserName></ToUserName>", "<!DOCTYPE xml>", '{"Encrypt":"QQ=="}', "\ufeff"]
    ),
    strategies.sampled_from(" \n\t\0\x0b\x85\u3000"),
    strategies.text(max_size=3),
)
LOOSE = strategies.lists(PIECES, max_size=8).map("".join)
FRAMED = LOOSE.map("<xml>{}</xml>".format)


@given_settings(max_examples=600, deadline=None)
@given(strategies.one_of(LOOSE, FRAMED, FRAMED))
def test_the_scan_of_an_envelope_says_what_the_parser_says(body):
    data = body.encode("utf-8", "surrogatepass")
    match = messages._ENVELOPE.fullmatch(data)
    if match:
        assert messages.parse(data)["Encrypt"] == (match[1] or match[2]).decode() == messages.envelope_of(data)


@given_settings(max_examples=100, deadline=None)
@given(BASE64, strategies.sampled_from(["{}", "<![CDATA[{}]]>"]), strategies.sampled_from(["", "\n", " "]))
def test_what_wechat_writes_is_scanned(value, form, blank):
    encrypt = f"<Encrypt>{form.format(value)}</Encrypt>"
    body = f"<xml>{blank}<ToUserName><![CDATA[gh_1]]></ToUserName>{blank}{encrypt}{blank}</xml>"
    assert messages._ENVELOPE.fullmatch(body.encode())
    assert messages.envelope_of(body.encode()) == messages.parse(body.encode())["Encrypt"] == value


def test_an_envelope_that_stands_elsewhere_is_not_taken():
    assert messages.envelope_of(b"<xml><!-- <Encrypt>QQ==</Encrypt> --><Encrypt>Qg==</Encrypt></xml>") == "Qg=="
    assert messages.envelope_of(b"<xml><a><Encrypt>QQ==</Encrypt></a></xml>") == ""
    assert messages.envelope_of(b"<xml><Encrypt>QQ==</Encrypt><Encrypt>Qg==</Encrypt></xml>") == ""
    assert messages.envelope_of(json.dumps({"Encrypt": "QQ==", "a": "<Encrypt>Qg==</Encrypt>"}).encode()) == "QQ=="
