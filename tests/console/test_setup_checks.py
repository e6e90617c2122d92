"""“Check my set-up”: each fault, made for real, is named, and it is said how to mend it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.celery import app
from console.models import SignOfLife
from console.setup_checks import machine, pushes, running, workers
from console.setup_checks import platform as wechat_side
from console.setup_checks.findings import ADMINISTRATOR, DEVELOPER, OPERATOR, Check, Finding, State, fine
from sandbox.adapter import SandboxAdapter
from sandbox.models import Entry
from tests.console.pages import words
from tests.factories import make_user
from tests.wechat.test_callbacks import event, send
from wechat import belonging, client
from wechat.errors import Refused
from wechat.models import AccessToken, Call
from wechat.shop import account

CALLBACK = "/wechat/callback/"
OK, WARN, FAULT = State.OK, State.WARN, State.FAULT


def told(finding: Finding) -> tuple:
    return finding.state, finding.seen, finding.mend, finding.who


# --- WeChat


def test_a_token_can_be_fetched(platform):
    found = wechat_side.token()
    assert (found.state, found.seen) == (
        OK,
        "WeChat gave a token, valid for 7200 s; this server's address is on its list.",
    )


def test_an_address_that_is_not_listed_is_named(platform):
    platform.configure(ip_allowed=False)
    found = wechat_side.token()
    assert (found.state, found.who) == (FAULT, ADMINISTRATOR)
    assert found.mend.startswith("Add 127.0.0.1 to the IP whitelist")
    said = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 65a0-1"
    assert "Add 203.0.113.7 to" in wechat_side._refused(Refused("/cgi-bin/stable_token", 40164, said)).mend


def test_a_wrong_secret_and_a_wrong_appid_are_told_apart(platform):
    platform.configure(secret="another")
    found = wechat_side.token()
    assert (found.state, found.seen.startswith("WeChat refused with 40125"), found.who) == (FAULT, True, DEVELOPER)
    assert found.mend.startswith("WECHAT_SECRET is not this AppID's AppSecret")
    platform.fault("error", "/cgi-bin/stable_token", errcode=40013)
    assert wechat_side.token().mend.startswith("WECHAT_APPID is wrong")


def test_the_old_code_of_a_wrong_secret_means_the_same(platform):
    platform.fault("error", "/cgi-bin/stable_token", errcode=40001)
    assert wechat_side.token().mend.startswith("WECHAT_SECRET is not this AppID's AppSecret")


def test_a_secret_that_is_not_set_and_a_wechat_that_does_not_answer(platform, settings):
    platform.fault("timeout_before", "/cgi-bin/stable_token")
    silent = wechat_side.token()
    assert (silent.state, silent.seen, silent.who) == (FAULT, "WeChat gave no answer (ReadTimeout).", OPERATOR)
    settings.WECHAT_SECRET = ""
    assert wechat_side.token().seen == "WECHAT_APPID or WECHAT_SECRET is not set."


@pytest.mark.parametrize(
    ("key", "mode", "state"),
    [
        ("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "safe", OK),
        ("abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "safe", FAULT),
        ("abcdefghijklmnopqrstuvwxyz0123456789ABCDE =", "safe", FAULT),
        ("", "safe", FAULT),
        ("", "plaintext", OK),
    ],
)
def test_the_aes_key_has_its_form(settings, key, mode, state):
    settings.WECHAT_AES_KEY, settings.WECHAT_CALLBACK_MODE = key, mode
    assert wechat_side.aes_key().state == state


class Clock(SandboxAdapter):
    """The platform with another time than ours."""

    def __init__(self, seconds: int):
        super().__init__()
        self.seconds = seconds

    def send(self, request, *args, **how):
        response = super().send(request, *args, **how)
        response.headers["Date"] = formatdate(time.time() + self.seconds, usegmt=True)
        return response


@pytest.mark.parametrize(("seconds", "state"), [(0, OK), (-30, WARN), (900, FAULT)])
def test_a_clock_that_is_off_is_found_by_the_date_of_an_answer(platform, seconds, state):
    client.mount(Clock(seconds))
    # However long the answer takes; half a second is added to a Date, which has whole ones.
    with time_machine.travel(datetime(2026, 11, 30, 4, 0, 0, 500_000, tzinfo=UTC), tick=False):
        found = wechat_side.clock()
    assert (found.state, f"{-seconds:+d} s off" in found.seen) == (state, True)


def test_messages_with_a_stale_stamp_tell_of_the_clock(client):
    send(client, event(), stamp=int(time.time()) - 3600)
    assert wechat_side.clock().seen == "1 messages of the last hour were refused: their time was off."


# --- the push address


@contextmanager
def answering(status: int, body: bytes = b"hello") -> Iterator[str]:
    """Something else at the push address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Location", "https://example.com/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{CALLBACK}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db(transaction=True)
def test_the_push_address_is_verified_as_wechat_does(live_server, settings):
    settings.WECHAT_CALLBACK_URL = url = live_server.url + CALLBACK
    assert told(pushes.address()) == (OK, f"{url} answers WeChat's verification.", "", "")


@pytest.mark.parametrize(
    ("status", "mend"),
    [
        (200, "Something else answers there"),
        (403, "A process there has another WECHAT_TOKEN"),
        (302, "It redirects"),
        (502, "Something else answers there"),
    ],
)
def test_something_else_at_the_push_address(settings, status, mend):
    with answering(status) as settings.WECHAT_CALLBACK_URL:
        found = pushes.address()
    assert (found.state, f"answers {status}" in found.seen, found.mend.startswith(mend)) == (FAULT, True, True)


def test_a_push_address_that_cannot_be_reached(settings):
    with answering(200) as url:
        pass
    settings.WECHAT_CALLBACK_URL = url
    assert pushes.address().seen == f"{url} could not be reached (ConnectionError)."


@pytest.mark.parametrize(
    ("url", "state", "seen"),
    [
        ("http://127.0.0.1:8000/wechat/callback/", WARN, "which WeChat cannot reach"),
        ("https://shop.example.com:8443/wechat/callback/", FAULT, "has a port of its own"),
    ],
)
def test_a_push_address_that_wechat_cannot_use(settings, url, state, seen):
    settings.WECHAT_API_BASE, settings.WECHAT_CALLBACK_URL = "https://api.weixin.qq.com", url
    found = pushes.address()
    assert (found.state, seen in found.seen) == (state, True)


def test_a_token_for_pushes_that_is_not_set(settings):
    settings.WECHAT_TOKEN = ""
    assert pushes.address().seen == "WECHAT_TOKEN is not set, so nothing that WeChat pushes can be verified."


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("WECHAT_AES_KEY", "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba", "WECHAT_AES_KEY is not the EncodingAESKey"),
        ("WECHAT_TOKEN", "another", "WECHAT_TOKEN is not the Token of WeChat's page"),
        ("WECHAT_APPID", "wx00000000000000aa", "The message is another mini program's"),
    ],
)
def test_a_refused_message_tells_which_setting_is_wrong(client, settings, name, value, mend):
    assert pushes.messages().seen == "WeChat has not pushed any message yet."
    setattr(settings, name, value)
    send(client, event())
    found = pushes.messages()
    assert (found.state, found.mend.startswith(mend), found.who) == (FAULT, True, DEVELOPER), found


def test_a_message_that_was_accepted_is_named_by_its_time(client):
    send(client, event())
    assert pushes.messages().seen == f"The last message came at {timezone.localtime():%Y-%m-%d %H:%M}."


# --- broker, workers, beat


@pytest.mark.django_db(transaction=True)
def test_a_worker_answers_for_its_queues_and_for_no_other(monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.3)
    found = workers.bulk()
    assert (found.state, "-Q bulk" in found.mend, found.who) == (FAULT, True, OPERATOR)
    monkeypatch.setattr(workers, "PATIENCE", 30)
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["press"], shutdown_timeout=20):
        assert workers.press().state == OK
    app.control.purge()


def test_beat_that_stopped_is_found_by_the_age_of_its_last_sign():
    assert workers.beat().seen == "Beat has given no sign of life yet."
    workers.note_sign("beat")
    assert workers.beat().state == OK
    SignOfLife.objects.update(at=timezone.now() - timedelta(minutes=10))
    found = workers.beat()
    assert (found.state, found.seen) == (FAULT, "Beat's last sign of life is 600 s old.")
    assert found.mend.startswith("Start celery -A config beat, once.")


def test_a_broker_that_is_away_is_named(monkeypatch):
    assert workers.broker().state == OK
    with answering(200) as url:
        pass
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", url.replace("http", "redis").replace(CALLBACK, "/0"))
    found = workers.broker()
    assert (found.state, found.mend.startswith("Start it, and compare CELERY_BROKER_URL")) == (FAULT, True)


# --- the machine


def test_migrations_that_are_not_applied_are_named():
    assert machine.migrations().state == OK
    newest = MigrationRecorder.Migration.objects.filter(app="console").latest("name")
    newest.delete()
    found = machine.migrations()
    assert (found.seen, found.mend) == (
        f"1 are not applied: console.{newest.name}",
        "Run ./manage.py migrate, then start the processes again.",
    )


def test_keys_that_do_not_decrypt_what_is_stored(platform, settings):
    account.get_info()
    assert machine.keys().state == OK
    settings.FIELD_KEYS = ["a new one, and the old one forgotten"]
    found = machine.keys()
    assert found.seen == f"The keys do not decrypt: {AccessToken._meta.verbose_name_plural}"
    assert found.mend.startswith("Put the earlier key back into FIELD_KEYS")


def test_a_database_of_another_mini_program(platform, settings):
    assert machine.mini_program().state == WARN
    account.get_info()
    assert machine.mini_program().state == OK
    settings.WECHAT_APPID = "wx00000000000000aa"
    belonging.forget()
    assert "belongs to the mini program wxtest0000000001" in machine.mini_program().seen
    assert wechat_side.token().mend == "See “Mini program” on this page."


def test_a_disk_that_is_full_or_cannot_be_written(settings):
    free = shutil.disk_usage(settings.VAR).free // 1_000_000
    for needed, state in ((free // 20, OK), (free // 5, WARN), (free * 2, FAULT)):
        settings.DISK_FREE_MB = needed
        assert machine.disk().state == state
    settings.VAR = Path("/proc")
    assert machine.disk().seen.startswith("Nothing can be written at /proc: ")


def test_debug_is_a_fault_with_wechat_only(settings):
    assert machine.debug().state == OK
    settings.DEBUG = True
    assert machine.debug().state == OK
    settings.WECHAT_API_BASE = "https://api.weixin.qq.com"
    assert machine.debug().state == FAULT


# --- all of them


@pytest.mark.django_db(transaction=True)
def test_a_check_that_fails_or_hangs_stops_no_other(monkeypatch):
    monkeypatch.setattr(running, "DEADLINE", 0.3)

    def broken() -> Finding:
        raise ZeroDivisionError

    checks = [broken, lambda: time.sleep(2) or fine("late"), lambda: fine("well")]
    found = running.run(tuple(Check(str(nth), str(nth), look) for nth, look in enumerate(checks)))
    assert [one.finding.seen for one in found] == [
        "The check itself failed (ZeroDivisionError).",
        "No answer within 0 s.",
        "well",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_page_checks_when_it_is_pressed_and_not_before(client, platform, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.1)
    client.force_login(make_user("developer"))
    assert "Check now" in words(client.get("/admin/set-up/"))
    assert not Call.objects.exists() and not Entry.objects.exists()
    page = words(client.post("/admin/set-up/"))
    assert "WeChat gave a token" in page and "Start celery -A config worker -P threads -Q bulk" in page
    assert "No answer within" not in page
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_setup", "--language", "en", stdout=out)
    assert "ok     Migrations: All are applied." in out.getvalue()
    assert "fault  Beat: Beat has given no sign of life yet." in out.getvalue()


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("developer", 200), ("auditor", 403), ("warehouse", 403), ("finance", 403)]
)
def test_the_page_is_the_owners_and_the_developers(client, role, status):
    client.force_login(make_user(role))
    page = client.get("/admin/set-up/")
    assert page.status_code == status
    assert ("/admin/set-up/" in client.get("/admin/").content.decode()) == (status == 200)
