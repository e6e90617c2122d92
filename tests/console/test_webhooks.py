"""Webhooks: other systems are told of events of the feed, at least once, and signed."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from catalog.models import SPU
from console.models import APIKey, Edit, FeedMark, WebhookDelivery, WebhookEndpoint
from console.webhooks import addresses, making, rounds
from tests.console.pages import words
from tests.factories import make_key, make_order, make_spu, make_user
from tests.receiver import Receiver


def make(receiver, *names, may=lambda permission: True):
    endpoint = WebhookEndpoint(url=receiver.url, events=making.chosen(names or ["order", "product"], may))
    making.make(endpoint, make_user("developer", username=f"dev-{WebhookEndpoint.objects.count()}"))
    return endpoint


def fail_until_now(endpoint):
    """Its pause is over."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(next_attempt_at=timezone.now())
    endpoint.refresh_from_db()


def test_an_event_arrives_thin_and_signed(platform, receiver):
    endpoint = make(receiver)
    make_order(out_order_id="o-1")
    assert rounds.deliver(endpoint.pk) == 2
    created, placed = sorted(receiver.verified(endpoint.secret), key=lambda event: int(event["data"]["position"]))
    assert (created["type"], placed["type"]) == ("order.created", "order.placed")
    assert placed["data"]["record"] == {"kind": "order", "id": "o-1", "url": "/api/v1/orders/o-1/"}
    assert placed["data"]["state"] == {"was": "", "now": "10"}
    delivery = endpoint.deliveries.get(name="order.placed")
    assert (delivery.state, delivery.status, delivery.answer, delivery.attempts) == ("delivered", 200, "ok", 1)
    assert rounds.deliver(endpoint.pk) == 0


def test_only_chosen_events_are_sent(platform, receiver):
    endpoint = make(receiver, "order.placed")
    make_order()
    make_spu()
    assert rounds.deliver(endpoint.pk) == 1
    endpoint.refresh_from_db()
    assert endpoint.position == FeedMark.objects.get().position


def test_what_failed_is_sent_again_with_the_same_id(receiver):
    endpoint = make(receiver)
    receiver.status = 503
    make_spu()
    assert rounds.deliver(endpoint.pk) == 0
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.fault) == (1, "503 ok")
    assert rounds.deliver(endpoint.pk) == 0 and len(receiver.requests) == 1  # it pauses
    receiver.status = 200
    fail_until_now(endpoint)
    assert rounds.deliver(endpoint.pk) == 1
    assert receiver.ids[0] == receiver.ids[1]
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.fault, endpoint.failing_since) == (0, "", None)


def test_an_event_that_the_receiver_always_refuses_stops_no_other(receiver):
    endpoint = make(receiver, "product.delisted", "product.listed")
    receiver.refuses = {"product.delisted"}
    spu = make_spu()
    SPU.objects.filter(pk=spu.pk).update(status=11)
    assert rounds.deliver(endpoint.pk) == 0
    for status in (5, 13, 5):
        SPU.objects.filter(pk=spu.pk).update(status=status)
    fail_until_now(endpoint)
    assert rounds.deliver(endpoint.pk) == 2
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    assert endpoint.deliveries.waiting().count() == 1


def test_after_three_days_without_success_it_is_switched_off_and_can_catch_up(receiver, client):
    endpoint = make(receiver)
    receiver.status = 500
    make_spu()
    rounds.deliver(endpoint.pk)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=3, minutes=1))
    make_spu()
    fail_until_now(endpoint)
    rounds.deliver(endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at and endpoint in WebhookEndpoint.objects.switched_off()
    receiver.status = 200
    make_spu()
    fail_until_now(endpoint)
    assert rounds.deliver(endpoint.pk) == 0
    making.send_since(endpoint, making.last_arrived(endpoint), endpoint.created_by, endpoint.created_by.has_perm)
    assert rounds.deliver(endpoint.pk) == 3
    assert endpoint.deliveries.exclude(state="delivered").count() == 0


def test_a_receiver_that_is_gone_is_left_alone_at_once(receiver):
    endpoint = make(receiver)
    receiver.status = 410
    make_spu()
    rounds.deliver(endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None


def test_a_round_that_nobody_stored_is_sent_again(receiver, monkeypatch):
    endpoint = make(receiver)
    make_spu()
    monkeypatch.setattr(rounds, "_store", lambda *args: 1 / 0)  # as if it were killed after it has sent
    with pytest.raises(ZeroDivisionError):
        rounds.deliver(endpoint.pk)
    monkeypatch.undo()
    assert rounds.deliver(endpoint.pk) == 0  # its lease is still running
    WebhookEndpoint.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert rounds.deliver(endpoint.pk) == 1
    assert receiver.ids[0] == receiver.ids[1]


def test_both_secrets_sign_for_a_day_after_a_rotation(receiver):
    endpoint = make(receiver)
    old, new = endpoint.secret, making.rotate(endpoint)
    make_spu()
    rounds.deliver(endpoint.pk)
    assert receiver.verified(old) == receiver.verified(new)
    WebhookEndpoint.objects.update(old_secret_until=timezone.now())
    make_spu()
    rounds.deliver(endpoint.pk)
    headers, body = receiver.requests[-1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_a_redirect_is_not_followed(receiver):
    endpoint = make(receiver)
    receiver.status, receiver.location = 302, receiver.url
    make_spu()
    assert rounds.deliver(endpoint.pk) == 0 and len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("url", "sandbox", "networks", "allowed"),
    [
        ("https://shop.example/hook", False, [], True),
        ("http://shop.example/hook", False, [], False),
        ("ftp://shop.example/", True, [], False),
        ("https://user:word@shop.example/", False, [], False),
        ("https://10.0.0.5/hook", False, [], False),
        ("http://10.0.0.5/hook", False, ["10.0.0.0/8"], True),
        ("http://127.0.0.1:9/hook", False, ["127.0.0.0/8"], False),
        ("http://127.0.0.1:9/hook", True, [], True),
        ("http://169.254.169.254/latest", True, ["169.254.0.0/16"], False),
        ("http://100.100.100.200/latest", True, ["100.64.0.0/10"], False),
        ("https://[::1]/", False, [], False),
    ],
)
def test_addresses(settings, url, sandbox, networks, allowed):
    settings.WECHAT_SANDBOX, settings.WEBHOOK_INTERNAL_NETWORKS = sandbox, networks
    if allowed:
        addresses.check(url)
    else:
        with pytest.raises(ValidationError):
            addresses.check(url)


def test_a_name_is_looked_up_when_something_is_sent(settings, receiver):
    endpoint = make(receiver)
    WebhookEndpoint.objects.update(url=receiver.url.replace("127.0.0.1", "localhost"))
    make_spu()
    settings.WECHAT_SANDBOX = False
    assert rounds.deliver(endpoint.pk) == 0 and receiver.requests == []
    assert "internal" in WebhookDelivery.objects.get().answer or "内网" in WebhookDelivery.objects.get().answer
    settings.WECHAT_SANDBOX = True
    fail_until_now(endpoint)
    assert rounds.deliver(endpoint.pk) == 1


def test_a_developer_makes_tries_and_changes_one_through_the_api(client, platform, receiver):
    headers = make_key("webhooks", "orders")[1]
    post = lambda path, body=None: client.post(  # noqa: E731
        f"/api/v1/webhooks/{path}", body or {}, content_type="application/json", headers=headers
    )
    made = post("", {"url": receiver.url, "events": ["order"], "description": "Shop"})
    assert made.status_code == 201, made.content
    pk, secret = made.json()["id"], made.json()["secret"]
    assert "order.paid" in made.json()["events"]
    assert post(f"{pk}/test/").json()["status"] == 200
    assert receiver.verified(secret)[0]["type"] == "webhook.test"
    make_order()
    rounds.deliver(pk)
    listed = client.get(f"/api/v1/webhooks/{pk}/deliveries/", headers=headers).json()["results"]
    assert [row["name"] for row in listed] == ["order.placed", "order.created"]
    assert post(f"{pk}/send_again/", {"position": int(listed[0]["position"])}).json()["state"] == "waiting"
    assert rounds.deliver(pk) == 1
    assert post(f"{pk}/send_since/", {"after": "0"}).status_code == 200
    assert rounds.deliver(pk) == 2
    assert post(f"{pk}/rotate_secret/").json()["secret"] != secret
    assert post(f"{pk}/disable/").json()["is_enabled"] is False
    assert "secret" not in client.get(f"/api/v1/webhooks/{pk}/", headers=headers).json()
    assert Edit.objects.filter(object_id=pk).count() == 5
    assert client.delete(f"/api/v1/webhooks/{pk}/", headers=headers).status_code == 204


def test_events_of_what_one_may_not_view_cannot_be_chosen(client, receiver):
    headers = make_key("webhooks", "orders")[1]
    for body in ({"events": ["product"]}, {"events": ["order.eaten"]}, {"events": []}, {"url": "http://10.0.0.1/"}):
        sent = {"url": receiver.url, "events": ["order"], **body}
        response = client.post("/api/v1/webhooks/", sent, content_type="application/json", headers=headers)
        assert response.status_code == 400 and list(response.json()["fields"]) in (["events"], ["url"])
    assert client.get("/api/v1/webhooks/", headers=make_key("orders", name="other")[1]).status_code == 403


def test_one_that_hangs_delays_no_other(receiver, monkeypatch):
    monkeypatch.setattr("console.webhooks.sending.SECONDS", 0.2)
    slow = Receiver()
    slow.wait = 3
    first, second = make(slow), make(receiver)
    make_spu()
    assert (rounds.deliver(first.pk), rounds.deliver(second.pk)) == (0, 1)
    first.refresh_from_db()
    assert first.failures == 1 and "0.2" in first.fault
    slow.stop()


@pytest.mark.parametrize(
    "take_away",
    [
        lambda user: user.groups.clear(),
        lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
    ],
)
def test_who_may_not_view_the_records_any_more_is_told_nothing(client, receiver, take_away):
    endpoint = make(receiver)
    begin = endpoint.position
    take_away(endpoint.created_by)
    make_spu()
    assert rounds.deliver(endpoint.pk) == 0
    assert receiver.requests == []
    endpoint.refresh_from_db()
    assert (endpoint.disabled_because, endpoint.position, endpoint.deliveries.count()) == ("permission", begin, 0)
    developer = make_user("developer")
    client.force_login(developer)
    page = words(client.get(f"/admin/console/webhookendpoint/{endpoint.pk}/change/"))
    assert f"{endpoint.created_by} answers for it." in page
    client.post(f"/admin/console/webhookendpoint/{endpoint.pk}/act/", {"what": "on"})
    assert rounds.deliver(endpoint.pk) == 1
    endpoint.refresh_from_db()
    assert (endpoint.created_by, endpoint.disabled_at) == (developer, None)


def test_the_webhook_of_a_key_ends_with_the_key_or_with_what_its_maker_may(client, receiver):
    maker = make_user("developer")
    for end in (lambda key: key.revoke(), lambda key: maker.groups.clear()):
        key, text = APIKey.objects.make("shop", ["webhooks", "orders"], maker)
        headers = {"Authorization": f"Bearer {text}"}
        sent = {"url": receiver.url, "events": ["order"]}
        made = client.post("/api/v1/webhooks/", sent, content_type="application/json", headers=headers)
        make_order()
        assert rounds.deliver(made.json()["id"]) == 2
        end(key)
        make_order()
        assert rounds.deliver(made.json()["id"]) == 0
        assert WebhookEndpoint.objects.get(pk=made.json()["id"]).disabled_because == "permission"


def test_who_may_not_view_the_records_cannot_switch_it_on(client, receiver):
    endpoint = make(receiver, "product")
    making.switch_off(endpoint)
    headers = make_key("webhooks", "orders")[1]
    refused = client.post(f"/api/v1/webhooks/{endpoint.pk}/enable/", headers=headers)
    assert (refused.status_code, "product" in refused.content.decode()) == (400, True)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None


def form(receiver, *events):
    return {"url": receiver.url, "description": "Shop", "events": events}


def test_a_developer_makes_one_in_the_admin_and_sees_its_secret_once(client, receiver):
    client.force_login(make_user("developer"))
    page = client.post("/admin/console/webhookendpoint/add/", form(receiver, "order.paid", "aftersale.opened"))
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in page.content.decode()
    assert endpoint.events == ["aftersale.opened", "order.paid"]
    act = f"/admin/console/webhookendpoint/{endpoint.pk}/act/"
    assert b"200" in client.post(act, {"what": "test"}, follow=True).content
    assert receiver.verified(endpoint.secret)[0]["type"] == "webhook.test"
    page = client.get(f"/admin/console/webhookendpoint/{endpoint.pk}/change/").content.decode()
    assert endpoint.secret not in page
    client.post(act, {"what": "off"})
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    client.post(act, {"what": "since", "after": "0"})
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.position) == (None, 0)
    assert client.post(act, {"what": "since", "after": "x"}, follow=True).status_code == 200
    old = endpoint.secret
    assert old not in client.post(act, {"what": "secret"}).content.decode()


def test_what_is_wrong_in_its_form_stands_at_the_field(client, receiver):
    client.force_login(make_user("developer"))
    page = client.post(
        "/admin/console/webhookendpoint/add/", {**form(receiver, "order.paid"), "url": "http://10.0.0.1/"}
    )
    assert "10.0.0.1" in page.content.decode() and not WebhookEndpoint.objects.exists()


def test_the_warehouse_sees_no_webhooks(client, receiver):
    endpoint = make(receiver)
    client.force_login(make_user("warehouse"))
    assert client.get("/admin/console/webhookendpoint/").status_code == 403
    assert client.post(f"/admin/console/webhookendpoint/{endpoint.pk}/act/", {"what": "off"}).status_code == 403


def test_listen_prints_and_forwards(receiver, capsys):
    make_spu()
    call_command("listen", "product.created", after="0", once=True, forward=receiver.url, secret="whsec_c2VjcmV0")
    assert '"type": "product.created"' in capsys.readouterr().out
    assert [event["type"] for event in receiver.verified("whsec_c2VjcmV0")] == ["product.created"]
    with pytest.raises(CommandError, match=r"order\.eaten"):
        call_command("listen", "order.eaten")


def test_a_webhook_that_was_switched_off_waits_on_today(client, receiver):
    endpoint = make(receiver)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=timezone.now(), disabled_because="silent")
    client.force_login(make_user())
    assert "/admin/console/webhookendpoint/" in client.get("/admin/").content.decode()
