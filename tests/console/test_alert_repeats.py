"""Alerts that could be told again and again: causes that flap, mails that reach only some people, restarts."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from console.alerts import comparing, rounds
from console.models import Alert, AlertChannel, AlertDelivery
from tests.console.alerting import break_messages, make_channel, mend_messages, tell
from tests.factories import make_user
from wechat.models import Pace
from wechat.pace import MICRO

pytestmark = pytest.mark.usefixtures("outside")


class Flapping:
    """A limit of calls that is reached, and not reached, and reached again; the alerts' clock can be moved."""

    def begin(self):
        until = int((timezone.now().timestamp() + 900) * MICRO)
        Pace.objects.update_or_create(endpoint="/shop/order/add", defaults={"paused_until": until})
        return tell()

    def end(self):
        Pace.objects.update(paused_until=0)
        return tell()

    def wait(self, minutes):
        for name in ("opened_at", "gone_at", "ended_at"):
            for row in Alert.objects.exclude(**{name: None}):
                Alert.objects.filter(pk=row.pk).update(**{name: getattr(row, name) - timedelta(minutes=minutes)})
        return tell()


def test_a_cause_that_comes_and_goes_is_one_alert(platform):
    make_channel(kinds=["endpoint_resting"])
    flapping = Flapping()
    assert flapping.begin() == 1
    for _nth in range(20):
        assert (flapping.end(), flapping.wait(4), flapping.begin(), flapping.wait(4)) == (0, 0, 0, 0)
    assert flapping.end() == 0
    assert Alert.objects.get().gone_at is not None
    assert flapping.wait(6) == 1
    assert [one.subject for one in mail.outbox] == [
        "Sandbox · Limit of calls reached",
        "Sandbox · Over: Limit of calls reached",
    ]


def test_one_that_comes_back_after_its_end_has_to_stay_away_twice_as_long(platform):
    make_channel(kinds=["endpoint_resting"])
    flapping, told = Flapping(), []
    for _nth in range(12):  # for three hours: there for 8 minutes, gone for 8
        told.append(flapping.begin() + flapping.wait(8) + flapping.end() + flapping.wait(8))
    assert told == [2, 1, *[0] * 10]
    flapping.begin()
    for minutes in (10, 20, 40, 80):
        flapping.end()
        assert (flapping.wait(minutes - 1), flapping.wait(2), flapping.begin()) == (0, 1, 1)


def test_what_is_gone_for_now_is_not_told(platform):
    channel = make_channel(kinds=["endpoint_resting"])
    AlertChannel.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=5))
    flapping = Flapping()
    flapping.begin()
    Pace.objects.update(paused_until=0)
    comparing.compare_all()
    AlertChannel.objects.update(next_attempt_at=None)
    assert tell() == 0
    assert flapping.wait(6) == 0
    assert list(channel.deliveries.values_list("news", "state")) == [("opened", "dropped")]


class Server(locmem.EmailBackend):
    """A mail server that does not take everybody's mail."""

    fails: dict = {}

    def send_messages(self, messages):
        for one in messages:
            if error := self.fails.get(one.to[0]):
                raise error
        return super().send_messages(messages)


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    monkeypatch.setattr(Server, "fails", {})
    return Server


@pytest.fixture
def channel():
    """A channel of a role with three people."""
    for name in "abc":
        make_user("developer", email=f"{name}@example.com")
    developers = Group.objects.get(name="developer")
    return AlertChannel.objects.create(name="role", group=developers, language="en", kinds=["failed_message"])


def got():
    return [(one.to[0][0], one.subject.removeprefix("Sandbox · ")) for one in mail.outbox]


FAILED, OVER = "Message from WeChat failed", "Over: Message from WeChat failed"


def test_a_mail_that_failed_for_one_is_not_sent_again_to_the_others(platform, server, channel):
    server.fails = {"b@example.com": SMTPRecipientsRefused({"b@example.com": (451, b"try later")})}
    break_messages()
    assert (tell(), got()) == (1, [("a", FAILED), ("c", FAILED)])
    channel.refresh_from_db()
    assert (channel.failures, "451" in channel.fault) == (0, True)  # the others are told of what comes
    assert tell() == 0
    break_messages()
    server.fails = {}
    assert tell() == 1
    assert sorted(got()[2:]) == [("a", FAILED), ("b", FAILED), ("c", FAILED)]
    AlertDelivery.objects.update(next_attempt_at=timezone.now())
    assert [tell(), tell()] == [1, 0]
    assert got()[5:] == [("b", FAILED)]
    assert set(channel.deliveries.values_list("state", flat=True)) == {"delivered"}


def test_who_is_refused_for_good_is_not_tried_again(platform, server, channel):
    server.fails = {"b@example.com": SMTPRecipientsRefused({"b@example.com": (550, b"no such user")})}
    break_messages()
    assert [tell(), tell()] == [1, 0]
    channel.refresh_from_db()
    assert (channel.failures, "no such user" in channel.fault) == (0, True)
    assert channel.deliveries.get().state == "delivered"


def test_a_server_that_goes_away_in_the_middle_is_not_told_twice(platform, server, channel):
    server.fails = {"c@example.com": SMTPServerDisconnected("gone")}
    break_messages()
    assert (tell(), got()) == (0, [("a", FAILED), ("b", FAILED)])
    channel.refresh_from_db()
    assert channel.failures == 1
    server.fails = {}
    AlertChannel.objects.update(next_attempt_at=None)
    assert [tell(), tell()] == [1, 0]
    assert got()[2:] == [("c", FAILED)]
    mend_messages()
    assert tell() == 1
    assert sorted(got()[3:]) == [("a", OVER), ("b", OVER), ("c", OVER)]


def test_a_worker_killed_between_two_mails_repeats_none(platform, server, channel):
    server.fails = {"c@example.com": KeyboardInterrupt()}
    break_messages()
    with pytest.raises(KeyboardInterrupt):
        tell()
    server.fails = {}
    assert rounds.deliver(channel.pk) == 0  # its lease is still running
    AlertChannel.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [tell(), tell(), tell()] == [1, 0, 0]
    assert sorted(got()) == [("a", FAILED), ("b", FAILED), ("c", FAILED)]
    assert Alert.objects.count() == 1


def test_who_may_not_see_it_any_more_is_not_told_what_still_waits(platform):
    channel = make_channel()
    break_messages()
    comparing.compare_all()
    channel.user.groups.clear()
    assert [tell(), mail.outbox] == [0, []]
    assert channel.deliveries.get().state == "dropped"
