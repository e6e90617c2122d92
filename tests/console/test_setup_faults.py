"""“Check my set-up”: a fault for each of its checks, made for real, is found, and it is said who mends it and how."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.celery import app
from console.models import SignOfLife
from console.setup_checks import running, workers
from console.setup_checks.findings import ADMINISTRATOR, DEVELOPER, OPERATOR, State
from tests.console.test_setup_checks import CALLBACK, Clock, answering
from tests.wechat.test_callbacks import event, send
from wechat import belonging
from wechat import client as wechat_client
from wechat.shop import account

WECHAT = "https://api.weixin.qq.com"


class Here(NamedTuple):
    """What a fault is made with."""

    settings: object
    monkeypatch: pytest.MonkeyPatch
    platform: object
    client: object
    stack: ExitStack


class Fault(NamedTuple):
    make: Callable[[Here], object]
    mend: str  # begins so
    who: object


def no_database(here):
    """In a connection of its own, as each check has one: this thread's stays as it is."""
    here.monkeypatch.setitem(connections.databases["default"], "NAME", "/proc/nothing/console")


def no_migration(here):
    MigrationRecorder.Migration.objects.filter(app="console").latest("name").delete()


def another_shop(here):
    account.get_info()
    here.settings.WECHAT_APPID = "wx00000000000000aa"
    belonging.forget()


def something_else_there(here):
    here.settings.WECHAT_CALLBACK_URL = here.stack.enter_context(answering(502))


def wrong_key(here):
    here.settings.WECHAT_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
    send(here.client, event())


def no_broker(here):
    with answering(200) as url:
        pass
    here.monkeypatch.setenv("CELERY_BROKER_WRITE_URL", url.replace("http", "redis").replace(CALLBACK, "/0"))


def no_worker(here):
    here.monkeypatch.setattr(workers, "PATIENCE", 0.3)
    here.stack.callback(app.control.purge)


def dead_beat(here):
    workers.note_sign("beat")
    SignOfLife.objects.update(at=timezone.now() - timedelta(minutes=10))


def dropped_key(here):
    account.get_info()
    here.settings.FIELD_KEYS = ["a new one, and the old one forgotten"]


def debug_at_wechat(here):
    here.settings.DEBUG, here.settings.WECHAT_API_BASE = True, WECHAT


FAULTS = {
    "database": Fault(no_database, "Start it, and compare DATABASE_URL", OPERATOR),
    "migrations": Fault(no_migration, "Run ./manage.py migrate, then", OPERATOR),
    "mini_program": Fault(another_shop, "Correct WECHAT_APPID, WECHAT_API_BASE or DATABASE_URL", DEVELOPER),
    "token": Fault(lambda here: here.platform.configure(ip_allowed=False), "Add 127.0.0.1 to the IP", ADMINISTRATOR),
    "push_address": Fault(something_else_there, "Something else answers there: the proxy has to", OPERATOR),
    "messages": Fault(wrong_key, "WECHAT_AES_KEY is not the EncodingAESKey", DEVELOPER),
    "aes_key": Fault(lambda here: setattr(here.settings, "WECHAT_AES_KEY", "a" * 42), "Copy EncodingAESKey", DEVELOPER),
    "clock": Fault(lambda here: wechat_client.mount(Clock(900)), "Let this server keep its time by NTP", OPERATOR),
    "broker": Fault(no_broker, "Start it, and compare CELERY_BROKER_URL", OPERATOR),
    "callbacks": Fault(no_worker, "Start celery -A config worker -P threads -Q callbacks", OPERATOR),
    "press": Fault(no_worker, "Start celery -A config worker -P threads -Q press", OPERATOR),
    "bulk": Fault(no_worker, "Start celery -A config worker -P threads -Q bulk", OPERATOR),
    "schedule": Fault(no_worker, "Start celery -A config worker -P threads -Q schedule", OPERATOR),
    "beat": Fault(dead_beat, "Start celery -A config beat, once.", OPERATOR),
    "disk": Fault(lambda here: setattr(here.settings, "VAR", Path("/proc")), "Make room, and let the user", OPERATOR),
    "keys": Fault(dropped_key, "Put the earlier key back into FIELD_KEYS", OPERATOR),
    "backup": Fault(lambda here: setattr(here.settings, "BACKUP_DIR", "/tmp"), "Run ./manage.py backup", OPERATOR),
    "erasures": Fault(
        lambda here: setattr(here.settings, "ERASURES_FILE", Path("/proc/none/x")), "Let the user of these", OPERATOR
    ),
    "debug": Fault(debug_at_wechat, "Set DEBUG=off and start the processes again.", DEVELOPER),
}


def test_there_is_a_fault_for_every_check():
    assert [check.name for check in running.CHECKS] == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_and_it_is_said_who_mends_it_and_how(name, platform, client, settings, monkeypatch):
    check = next(check for check in running.CHECKS if check.name == name)
    with ExitStack() as stack:
        FAULTS[name].make(Here(settings, monkeypatch, platform, client, stack))
        # In a thread, which has a connection of its own, only where the fault is the connection's.
        found = running.run((check,))[0].finding if name == "database" else running.looked(check)
    assert found.state == (State.WARN if name == "backup" else State.FAULT), found
    assert found.seen and found.mend.startswith(FAULTS[name].mend), found
    assert str(found.who) == str(FAULTS[name].who)
