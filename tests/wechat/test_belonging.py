"""A database belongs to one mini program, at WeChat or in the sandbox: nothing leaves it for another."""

import time
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from qualifications.operations import submit_brand
from sandbox.models import Account
from tests.factories import make_brand
from tests.threads import at_once
from wechat import belonging
from wechat.errors import AnotherMiniProgram, NotSent
from wechat.models import AccessToken, Belonging, Callback, Step
from wechat.sealed import seal
from wechat.shop import account

migration = import_module("wechat.migrations.0013_belonging")

MERCHANT, DEMO = "wx00000000000000aa", "wx00000000000000bb"


def noted() -> list[tuple]:
    return list(Belonging.objects.order_by("number").values_list("appid", "platform", "noted_by"))


def test_the_first_call_notes_whose_the_database_is(platform):
    account.get_info()
    account.get_info()
    assert noted() == [("wxtest0000000001", "sandbox", "first use")]


@pytest.mark.parametrize(
    ("name", "value"), [("WECHAT_APPID", MERCHANT), ("WECHAT_API_BASE", "https://api.weixin.qq.com")]
)
def test_nothing_leaves_for_another_mini_program(platform, settings, name, value):
    account.get_info()
    setattr(settings, name, value)
    brand = make_brand()
    with pytest.raises(NotSent, match="belongs to the mini program wxtest0000000001"):
        submit_brand(brand)
    step = Step.objects.get(operation__endswith="submit_brand")
    assert (step.state, "bind_database" in step.message) == ("skipped", True)
    assert not AccessToken.objects.filter(appid=MERCHANT).exists()
    assert platform.ledger("audit_brand") == []


def test_a_new_secret_another_port_and_another_host_of_the_sandbox_change_nothing(platform, settings):
    account.get_info()
    settings.WECHAT_API_BASE = "http://127.0.0.1:8080/sandbox/"
    settings.WECHAT_SECRET = "another"
    assert belonging.note() == ""


def test_a_proxy_counts_as_wechat_itself(settings):
    for address in ("https://api.weixin.qq.com", "https://sh.api.weixin.qq.com/sandbox", "http://proxy.internal:8080"):
        settings.WECHAT_API_BASE = address
        assert belonging.configured().platform == "wechat", address


def test_a_new_binding_is_noticed_by_a_running_process_within_seconds(platform, monkeypatch):
    monkeypatch.setattr(belonging, "FRESH", 0.3)
    account.get_info()
    Belonging.objects.create(number=2, appid=MERCHANT, platform="wechat", noted_by="another process")
    time.sleep(0.4)
    with pytest.raises(AnotherMiniProgram):
        account.get_info()


def test_calls_ask_the_database_once_in_a_while_only(platform, django_assert_num_queries):
    account.get_info()
    with django_assert_num_queries(0):
        belonging.refuse_call()


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_start_at_once_one_notes():
    assert at_once(8, belonging.note) == [""] * 8
    assert noted() == [("wxtest0000000001", "sandbox", "first use")]


def test_with_nothing_set_nothing_is_noted_and_nothing_refused(settings):
    settings.WECHAT_APPID = ""
    assert (belonging.note(), noted()) == ("", [])


def upgrade() -> list[tuple]:
    migration.note_what_is_known(apps, SimpleNamespace(connection=connection))
    return noted()


def token(appid: str) -> None:
    AccessToken.objects.create(appid=appid, value="T", fingerprint="f", expires_at=timezone.now())


def message(text: bytes, **fields) -> None:
    Callback.objects.create(key=text, body=seal(text), received_at=timezone.now(), state="handled", **fields)


class TestUpgrade:
    def test_an_empty_database_belongs_to_nobody(self):
        assert upgrade() == []

    def test_a_merchants_tokens_and_messages_tell(self):
        token(MERCHANT)
        message(b"<ToUserName>gh_0123456789ab</ToUserName>")
        assert upgrade() == [(MERCHANT, "wechat", "upgrade")]

    def test_a_demos_tokens_and_the_sandboxs_own_database_tell(self, platform):
        token(platform.account.appid)
        assert upgrade() == [("wxtest0000000001", "sandbox", "upgrade")]

    def test_a_demo_whose_settings_were_lost_belongs_to_the_last_appid(self, platform):
        token(DEMO)
        token(platform.account.appid)
        Account.objects.create(appid=DEMO, secret="", token="", aes_key="")
        AccessToken.objects.filter(appid=DEMO).update(expires_at=None)
        assert upgrade() == [("wxtest0000000001", "sandbox", "upgrade")]

    def test_a_real_appid_on_a_demos_data_is_asked_of_a_person(self, platform, settings):
        token(platform.account.appid)
        token(MERCHANT)
        message(b"<ToUserName>gh_sandbox</ToUserName>")
        assert upgrade() == [("", "", "upgrade")]
        assert "nothing in it tells" in belonging.note()
        assert "./manage.py bind_database --appid wxtest0000000001" in belonging.note()

    def test_records_without_any_evidence_are_asked_of_a_person(self):
        make_brand()
        assert upgrade() == [("", "", "upgrade")]
