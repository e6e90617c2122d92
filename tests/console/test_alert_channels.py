"""How a channel tells: robots as their documents have it, quiet hours, one digest in place of a storm."""

import json
from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.utils import timezone

from console.alerts import robots
from console.models import Alert, AlertChannel, AlertDelivery, Edit
from tests.console.alerting import break_messages, make_channel, mend_messages, tell
from tests.factories import make_user
from wechat.models import Callback

pytestmark = pytest.mark.usefixtures("outside")
NOW = 1_599_360_473.25


def test_each_robot_gets_the_body_of_its_documents():
    bodies = {by: json.loads(robots.request_of(by, "https://robot", "", "话", NOW).body) for by in robots.ROBOTS}
    assert bodies == {
        "wecom": {"msgtype": "text", "text": {"content": "话"}},
        "dingtalk": {"msgtype": "text", "text": {"content": "话"}},
        "feishu": {"msg_type": "text", "content": {"text": "话"}},
    }
    assert (
        json.loads(robots.request_of("wecom", "https://robot", "", "话" * 999, NOW).body)["text"]["content"]
        == "话" * 682
    )


def test_feishu_and_dingtalk_are_signed_with_the_secret():
    feishu = json.loads(robots.request_of("feishu", "https://robot", "demo", "话", NOW).body)
    assert (feishu["timestamp"], feishu["sign"]) == ("1599360473", "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=")
    url = robots.request_of("dingtalk", "https://robot/send?access_token=a", "demo", "话", NOW).url
    assert parse_qs(urlsplit(url).query) == {
        "access_token": ["a"],
        "timestamp": ["1599360473250"],
        "sign": ["RknggMdihlD9fXypVc3VZD3vOFNDW/cAjb6vVx1eh9Q="],
    }


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ('{"errcode":0,"errmsg":"ok"}', True),
        ('{"code":0,"msg":"success","data":{}}', True),
        ('{"StatusCode":0,"StatusMessage":"success"}', True),
        ('{"errcode":45009,"errmsg":"api freq out of limit"}', False),
        ('{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}', False),
        ("ok", False),
    ],
)
def test_a_robot_that_answers_200_may_have_refused(answer, accepted):
    assert robots.is_accepted(answer) is accepted


def test_a_robot_is_told_and_what_it_refuses_is_sent_again(platform, receiver):
    channel = make_channel(by="wecom", url=receiver.url)
    break_messages()
    assert tell() == 0
    channel.refresh_from_db()
    assert (channel.failures, channel.fault) == (1, "200 ok")
    receiver.answer = '{"errcode":0,"errmsg":"ok"}'
    AlertChannel.objects.update(next_attempt_at=timezone.now())
    assert [tell(), tell()] == [1, 0]
    said = json.loads(receiver.requests[-1][1])["text"]["content"]
    assert said.startswith("Sandbox · Message from WeChat failed\nReview of a product decided (#")


def test_a_robots_address_is_public_and_kept_encrypted(platform, client, settings):
    client.force_login(make_user("developer"))
    form = {
        "name": "Robot",
        "by": "feishu",
        "kinds": ["failed_message"],
        "language": "en",
        "group": "",
        "secret": "s-1",
    }
    me = {"user": client.session["_auth_user_id"]}
    page = client.post("/admin/console/alertchannel/add/", {**form, **me, "url": "https://169.254.169.254/hook"})
    assert "is an internal address" in page.content.decode()
    page = client.post("/admin/console/alertchannel/add/", {**form, **me, "url": ""})
    assert "A robot needs its address." in page.content.decode()
    client.post("/admin/console/alertchannel/add/", {**form, **me, "url": "https://open.feishu.cn/hook/key-1"})
    channel = AlertChannel.objects.get()
    client.post(
        f"/admin/console/alertchannel/{channel.pk}/change/", {**form, **me, "url": "", "secret": "", "name": "R"}
    )
    channel.refresh_from_db()
    assert (channel.name, channel.url, channel.secret) == ("R", "https://open.feishu.cn/hook/key-1", "s-1")
    assert "key-1" not in client.get(page).content.decode()
    assert Edit.objects.order_by("pk").first().changes["url"] == ["", "****"]


def test_in_quiet_hours_only_what_is_urgent_is_told_and_the_rest_afterwards(platform, monkeypatch):
    kinds_ = ["failed_message", "clock_off"]
    channel = make_channel(kinds=kinds_, quiet_from=time(0, 0), quiet_until=time(23, 59, 59, 999_999))
    break_messages()
    now, refused = timezone.now(), Callback.State.REFUSED
    Callback.objects.bulk_create(
        Callback(key=f"r-{nth}", state=refused, received_at=now, error="stale: …") for nth in range(3)
    )
    assert tell() == 1
    assert mail.outbox[0].subject == "Sandbox · This server's clock is off"
    AlertChannel.objects.update(quiet_from=None, quiet_until=None)
    assert [tell(), tell()] == [1, 0]
    assert mail.outbox[1].subject == "Sandbox · Message from WeChat failed"
    assert channel.deliveries.filter(state="delivered").count() == 2


def test_quiet_hours_go_over_midnight():
    night = AlertChannel(quiet_from=time(22), quiet_until=time(8))
    local = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [hour for hour in range(24) if night.is_quiet(local + timedelta(hours=hour))]
    assert hours == [0, 1, 2, 3, 4, 5, 6, 7, 22, 23]


def test_a_thousand_failures_are_one_digest_and_so_is_their_end(platform):
    make_channel()
    break_messages(1000)
    assert [tell(), tell()] == [1, 0]
    (digest,) = mail.outbox
    assert digest.subject == "Sandbox · 1000 alerts"
    lines = digest.body.splitlines()
    assert lines[0] == "Message from WeChat failed: 1000"
    assert len(lines) == 7 and lines[-1] == "https://console.example.com/admin/console/alert/"
    assert AlertDelivery.objects.filter(state="delivered").count() == 1000
    AlertChannel.objects.update(digest_at=timezone.now() - timedelta(minutes=6))
    mend_messages()
    assert [tell(), tell()] == [1, 0]
    assert (mail.outbox[1].subject, Alert.objects.standing().count()) == ("Sandbox · 1000 are over", 0)


def test_a_storm_that_goes_on_waits_for_the_next_digest(platform):
    make_channel()
    break_messages(6)
    assert tell() == 1
    break_messages(7)
    assert tell() == 0
    AlertChannel.objects.update(digest_at=timezone.now() - timedelta(minutes=6))
    assert tell() == 1
    assert [one.subject for one in mail.outbox] == ["Sandbox · 6 alerts", "Sandbox · 7 alerts"]
