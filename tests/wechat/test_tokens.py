"""One token for all: fetched once, renewed in time, never lost."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from tests.processes import environment, python, web_server
from tests.threads import at_once
from wechat import tokens
from wechat.errors import Refused, SetupNeeded
from wechat.models import AccessToken
from wechat.shop import account

CALLERS = """
from tests.threads import at_once
from wechat.shop import account
print([outcome for outcome in at_once({threads}, account.get_brand_list) if outcome != []] or "fine")
"""


def test_a_living_token_is_not_fetched_again(platform):
    for _time in range(3):
        account.get_info()
    tokens._held = None  # as in another process
    account.get_info()
    assert len(platform.ledger("stable_token")) == 1


def test_a_token_in_its_last_five_minutes_is_renewed(platform):
    from sandbox.models import Token

    account.get_info()
    soon = timezone.now() + timedelta(seconds=200)
    Token.objects.update(expires_at=soon)
    AccessToken.objects.update(expires_at=soon)
    tokens._held = None
    account.get_info()
    assert len(platform.ledger("stable_token")) == 2
    assert tokens.seconds_left() > 7000


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_host_whose_clock_is_wrong_uses_the_token_as_long_as_the_others(platform, hours):
    account.get_info()
    tokens._held = None
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        held = tokens.current(lambda: pytest.fail("the token is valid"))
        assert 7000 < tokens.seconds_left() <= 7200
    assert tokens.current(lambda: pytest.fail("the token is valid")) == held
    AccessToken.objects.update(expires_at=None)
    tokens._held = None
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert tokens.current(lambda: ("new", 7200)) == "new"
    assert 7000 < (AccessToken.objects.get().expires_at - timezone.now()).total_seconds() <= 7200


def test_a_winner_that_died_is_replaced_when_its_lease_ends(platform, settings):
    AccessToken.objects.create(appid=settings.WECHAT_APPID, lease_until=timezone.now() - timedelta(seconds=1))
    account.get_info()
    assert len(platform.ledger("stable_token")) == 1


def test_a_wrong_secret_is_said_as_such_and_leaves_no_lease(platform, settings):
    platform.configure(secret=settings.WECHAT_SECRET)
    settings.WECHAT_SECRET = "wrong"
    for _time in range(2):
        with pytest.raises(SetupNeeded) as caught:
            account.get_info()
        assert caught.value.errcode == 40125
    assert AccessToken.objects.get().lease_until is None


def test_forgetting_a_token_that_was_replaced_keeps_the_new_one(platform):
    account.get_info()
    tokens.forget("an older token")
    assert tokens.seconds_left() > 7000


def test_a_rotated_secret_heals_by_itself(platform, settings):
    account.get_info()
    platform.configure(secret="new secret")
    from sandbox.models import Token

    Token.objects.all().delete()
    with pytest.raises(Refused):
        account.get_info()
    settings.WECHAT_SECRET = "new secret"
    assert account.get_info()


@pytest.mark.django_db(transaction=True)
def test_threads_meeting_an_expired_token_fetch_one(platform, settings):
    AccessToken.objects.create(
        appid=settings.WECHAT_APPID, value="old", expires_at=timezone.now() - timedelta(seconds=5)
    )
    assert at_once(20, account.get_brand_list) == [[]] * 20
    assert len(platform.ledger("stable_token")) == 1
    assert len(platform.ledger("get_brand_list")) == 20


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("threads", [10, 64])
def test_callers_over_two_processes_fetch_one_token(platform, settings, threads):
    if connections["default"].vendor == "postgresql":
        threads = min(threads, 20)  # its 100 connections are shared with the other tests
    platform.configure(mode="safe")
    AccessToken.objects.create(
        appid=settings.WECHAT_APPID, value="old", expires_at=timezone.now() - timedelta(seconds=5)
    )
    with web_server() as (_web, url):
        running = [python(CALLERS.format(threads=threads), environment(url)) for _nth in range(2)]
        outputs = [process.communicate(timeout=90) for process in running]
    assert [out.strip() for out, _err in outputs] == ["fine", "fine"], outputs
    assert len(platform.ledger("stable_token")) == 1
    assert len(platform.ledger("get_brand_list")) == 2 * threads
