"""Alerts: one when a cause appears, one all-clear when it is gone; to those who may see it, and never twice."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.alerts import comparing
from console.models import Alert, AlertChannel, AlertDelivery, WebhookEndpoint
from console.webhooks import making
from console.webhooks import rounds as webhook_rounds
from tests.console.alerting import break_messages, make_channel, mend_messages, tell
from tests.console.pages import act
from tests.factories import make_key, make_user
from wechat.models import Callback

pytestmark = pytest.mark.usefixtures("outside")


def test_a_cause_is_told_once_and_its_end_once(platform):
    make_channel()
    break_messages()
    assert [tell(), tell()] == [1, 0]
    number = Callback.objects.get().pk
    (opened,) = mail.outbox
    assert (opened.to, opened.subject) == (["person@example.com"], "Sandbox · Message from WeChat failed")
    assert opened.body == (
        f"Review of a product decided (#{number}) could not be handled.\n"
        f"https://console.example.com/admin/wechat/callback/{number}/change/"
    )
    mend_messages()
    assert [tell(), tell()] == [1, 0]
    assert mail.outbox[1].subject == "Sandbox · Over: Message from WeChat failed"
    row = Alert.objects.get()
    assert (row.state, row.ended_at is not None) == ("ended", True)


def test_the_same_cause_again_is_another_alert(platform):
    make_channel()
    break_messages()
    tell()
    mend_messages()
    tell()
    Callback.objects.update(state=Callback.State.FAILED)
    assert tell() == 1
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["ended", "open"]


def test_what_is_over_before_it_was_told_is_not_told(platform):
    channel = make_channel()
    AlertChannel.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=5))
    break_messages()
    tell()
    mend_messages()
    AlertChannel.objects.update(next_attempt_at=None)
    assert tell() == 0
    assert list(channel.deliveries.values_list("news", "state")) == [("opened", "dropped")]


def test_a_killed_worker_is_made_up_for_and_nothing_arrives_twice(platform):
    channel = make_channel()
    break_messages()
    comparing.compare_all()
    AlertDelivery.objects.update(attempts=1)  # killed while it sent
    AlertChannel.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [tell(), tell()] == [1, 0]
    assert channel.deliveries.get().attempts == 2


def test_only_who_may_see_a_kind_is_told(platform):
    make_channel(role="warehouse")
    AlertChannel.objects.create(name="role", group=Group.objects.get(name="warehouse"), kinds=["failed_message"])
    developers = make_channel(group=Group.objects.get(name="developer"))
    break_messages()
    assert tell() == 1
    assert list(AlertDelivery.objects.values_list("channel", flat=True)) == [developers.pk]


def test_a_channel_that_fails_pauses_and_tells_later(platform):
    channel = make_channel()
    channel.user.email = ""
    channel.user.save()
    break_messages()
    assert tell() == 0
    channel.refresh_from_db()
    assert (channel.failures, channel.fault) == (1, "Nobody of this channel has a mail address.")
    assert not AlertChannel.objects.due().exists()
    channel.user.email = "late@example.com"
    channel.user.save()
    AlertChannel.objects.update(next_attempt_at=timezone.now())
    assert tell() == 1
    channel.refresh_from_db()
    assert (channel.failures, channel.fault, len(mail.outbox)) == (0, "", 1)


def test_nothing_leaves_the_sandbox_unless_asked(platform, settings, client):
    settings.ALERTS_FROM_SANDBOX = False
    channel = make_channel()
    break_messages()
    assert tell() == 0
    assert (Alert.objects.count(), AlertDelivery.objects.count(), mail.outbox) == (1, 0, [])
    client.force_login(channel.user)
    page = client.get(f"/admin/console/alertchannel/{channel.pk}/change/")
    assert "no alert leaves it" in page.content.decode()


def test_a_webhook_hears_of_an_alert_and_of_its_end(platform, receiver):
    endpoint = WebhookEndpoint(url=receiver.url, events=making.chosen(["alert"], lambda permission: True))
    making.make(endpoint, make_user("developer"))
    break_messages()
    comparing.compare_all()
    mend_messages()
    comparing.compare_all()
    webhook_rounds.deliver(endpoint.pk)
    heard = sorted(receiver.verified(endpoint.secret), key=lambda event: int(event["data"]["position"]))
    assert [event["type"] for event in heard] == ["alert.opened", "alert.ended"]
    assert heard[0]["data"]["record"]["url"] == f"/api/v1/alerts/{Alert.objects.get().pk}/"


def test_the_api_shows_and_acknowledges_what_the_key_may_see(platform, client):
    break_messages()
    comparing.compare_all()
    row = Alert.objects.get(kind="failed_message")
    assert client.get("/api/v1/alerts/", headers=make_key("alerts")[1]).json()["results"] == []  # it may see no kind
    client.force_login(make_user("developer"))
    shown = client.get("/api/v1/alerts/?state=open").json()["results"]
    assert ("failed_message", "Message from WeChat failed") in [(one["kind"], one["title"]) for one in shown]
    assert client.post(f"/api/v1/alerts/{row.pk}/acknowledge/").json()["state"] == "acknowledged"
    client.force_login(make_user("auditor"))
    assert client.post(f"/api/v1/alerts/{row.pk}/acknowledge/").status_code == 403


def test_a_person_acknowledges_in_the_list(platform, client):
    break_messages(2)
    comparing.compare_all()
    first, second = Alert.objects.order_by("pk")
    developer = make_user("developer")
    client.force_login(developer)
    assert "Review of a product decided" in client.get("/admin/console/alert/").content.decode()
    client.post(f"/admin/console/alert/{first.pk}/acknowledge/")
    act(client, "/admin/console/alert/", "acknowledge_chosen", [second])
    assert set(Alert.objects.values_list("state", "acknowledged_by")) == {("acknowledged", developer.pk)}
    client.force_login(make_user("warehouse"))
    assert "Review of a product decided" not in client.get("/admin/console/alert/").content.decode()
    assert client.post(f"/admin/console/alert/{first.pk}/acknowledge/").status_code == 404


def test_everybody_makes_channels_for_themselves_only(platform, client):
    developer, warehouse = make_user("developer"), make_user("warehouse", email="depot@example.com")
    client.force_login(warehouse)
    form = {"name": "Mine", "by": "mail", "kinds": ["drift"], "language": "en", "user": developer.pk}
    client.post("/admin/console/alertchannel/add/", form)
    channel = AlertChannel.objects.get()
    assert (channel.user, channel.group, channel.kinds) == (warehouse, None, ["drift"])
    client.post(f"/admin/console/alertchannel/{channel.pk}/act/", {"what": "test"})
    assert mail.outbox[0].subject == "Trading console: a test"
    client.force_login(make_user("finance"))
    assert client.post(f"/admin/console/alertchannel/{channel.pk}/act/", {"what": "test"}).status_code == 404


def test_an_open_tab_is_told_of_what_its_person_may_see_and_keeps_no_session_alive(platform, client):
    break_messages()
    comparing.compare_all()
    row = Alert.objects.get()
    client.force_login(make_user("warehouse"))
    assert client.get("/admin/alerts/news/").json() == {"last": 0, "more": False, "alerts": []}
    client.force_login(make_user("developer"))
    client.get("/admin/")
    session = client.session
    session["seen"] -= 600
    session.save()
    with CaptureQueriesContext(connection) as queries:
        (shown,) = client.get("/admin/alerts/news/?after=0").json()["alerts"]
    assert (shown["id"], shown["url"]) == (row.pk, f"/admin/console/alert/{row.pk}/change/")
    assert len(queries) <= 4  # session, person, permissions, alerts
    assert client.session["seen"] == session["seen"]
    assert client.get(f"/admin/alerts/news/?after={row.pk}").json()["alerts"] == []
