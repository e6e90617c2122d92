"""The feed: every committed change of a followed record is an event with a position."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from aftersales.models import Aftersale
from catalog.models import SKU, SPU
from console.feed import positions, triggers
from console.feed.kinds import event_names, kinds
from console.models import FeedEvent
from orders.models import Order, OrderLine
from orders.operations import refresh_order
from tests.factories import make_key, make_order, make_spu


def told(client, headers, after="now", **query):
    response = client.get("/api/v1/events/", {"after": after, **query}, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


@pytest.fixture
def reader():
    return make_key("events", "orders", "read", "sharers", name="reader")[1]


def types(page):
    return [event["type"] for event in page["results"]]


def test_an_order_is_told_from_its_creation_to_its_payment(client, platform, reader):
    start = told(client, reader)["position"]
    order = make_order(out_order_id="o/1")
    platform.pay("o/1")
    refresh_order(order)
    page = told(client, reader, start, types="order")
    assert types(page) == ["order.created", "order.placed", "order.paid"]
    assert [int(event["position"]) for event in page["results"]] == sorted(
        int(event["position"]) for event in page["results"]
    )
    assert page["results"][-1]["record"] == {"kind": "order", "id": "o/1", "url": "/api/v1/orders/o%2F1/"}
    assert page["results"][-1]["state"] == {"was": "10", "now": "20"}
    assert told(client, reader, page["position"], types="order")["results"] == []


def test_update_of_a_queryset_counts_and_reading_again_does_not(client, reader):
    spu = make_spu()
    start = told(client, reader)["position"]
    SPU.objects.filter(pk=spu.pk).update(read_at=timezone.now())
    assert told(client, reader, start)["results"] == []
    SPU.objects.filter(pk=spu.pk).update(status=11)
    positions.give()
    SKU.objects.filter(spu=spu).update(stock_num=3)
    page = told(client, reader, start)
    assert types(page) == ["product.delisted", "product.changed"]
    assert {event["record"]["id"] for event in page["results"]} == {str(spu.pk)}


def test_changes_that_nobody_has_seen_become_one(client, reader):
    spu = make_spu()
    start = told(client, reader)["position"]
    for title in ("one", "two", "three"):
        SPU.objects.filter(pk=spu.pk).update(title=title)
    page = told(client, reader, start)
    assert types(page) == ["product.changed"]
    SPU.objects.filter(pk=spu.pk).update(title="four")
    SPU.objects.filter(pk=spu.pk).update(status=11)
    assert types(told(client, reader, page["position"])) == ["product.delisted"]


def test_a_deleted_record_is_told_with_its_number(client, reader):
    spu = make_spu()
    start = told(client, reader)["position"]
    number = str(spu.pk)
    spu.delete()
    assert types(told(client, reader, start)) == ["product.deleted"]
    page = client.get("/api/v1/products/", {"updated_after": start}, headers=reader).json()
    assert page["results"] == [] and page["deleted"] == [number]


def test_positions_have_no_gap(platform):
    for _nth in range(3):
        make_order()
    positions.give()
    found = list(FeedEvent.objects.order_by("position").values_list("position", flat=True))
    assert found == list(range(1, len(found) + 1))
    assert positions.last() == len(found)


def test_a_list_of_what_was_updated_is_in_the_order_of_the_changes(client, platform, reader):
    first, second, third = make_order(), make_order(), make_order()
    page = client.get("/api/v1/orders/", {"updated_after": "now"}, headers=reader).json()
    Order.objects.filter(pk=second.pk).update(trace_id="x")
    Order.objects.filter(pk=first.pk).update(trace_id="y")
    page = client.get("/api/v1/orders/", {"updated_after": page["position"]}, headers=reader).json()
    assert [row["out_order_id"] for row in page["results"]] == [second.out_order_id, first.out_order_id]
    assert page["next"] is None
    page = client.get("/api/v1/orders/", {"updated_after": "0", "page_size": 2}, headers=reader).json()
    seen = [row["out_order_id"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"], headers=reader).json()
        seen += [row["out_order_id"] for row in page["results"]]
    assert {first.out_order_id, second.out_order_id, third.out_order_id} == set(seen)


def test_a_time_stands_for_the_position_then(client, platform, reader):
    make_order()
    positions.give()
    FeedEvent.objects.update(numbered_at=timezone.now() - timedelta(hours=1))
    new = make_order()
    since = (timezone.now() - timedelta(minutes=1)).isoformat()
    page = client.get("/api/v1/orders/", {"updated_after": since}, headers=reader).json()
    assert [row["out_order_id"] for row in page["results"]] == [new.out_order_id]


@pytest.mark.parametrize("after", ["yesterday", "-1", "2026-13-01", "9" * 19, "1e3"])
def test_what_is_no_position_is_refused_at_its_field(client, reader, after):
    response = client.get("/api/v1/events/", {"after": after}, headers=reader)
    assert response.status_code == 400 and list(response.json()["fields"]) == ["after"]


def test_a_position_that_this_feed_never_had_tells_that_it_was_restored(client, reader):
    for address in ("events/?after=", "orders/?updated_after="):
        response = client.get(f"/api/v1/{address}999999", headers=reader)
        assert response.status_code == 409 and "restored" in response.json()["detail"]


def test_a_reader_sees_only_the_kinds_of_its_scopes(client, platform, reader):
    make_order()
    make_spu()
    only = make_key("events", "orders", name="only")[1]
    assert {event["record"]["kind"] for event in told(client, only, "0")["results"]} == {"order"}
    assert "product" in {event["record"]["kind"] for event in told(client, reader, "0")["results"]}
    assert told(client, only, "0", types="product")["results"] == []
    assert client.get("/api/v1/events/", headers=make_key("orders", name="none")[1]).status_code == 403


def test_records_from_before_the_feed_are_told_as_known(client, platform, reader):
    order = make_order()
    positions.give()
    FeedEvent.objects.all().delete()
    triggers.drop_all()
    triggers.make()
    page = told(client, reader, "0", types="order")
    assert [(event["type"], event["record"]["id"]) for event in page["results"]] == [
        ("order.known", order.out_order_id)
    ]
    triggers.make()
    assert told(client, reader, page["position"])["results"] == []


def test_of_old_events_the_newest_of_each_record_is_kept(platform):
    order = make_order()
    positions.give()
    Order.objects.filter(pk=order.pk).update(trace_id="x")
    positions.give()
    FeedEvent.objects.update(numbered_at=timezone.now() - timedelta(days=91))
    assert positions.prune() > 0
    kept = FeedEvent.objects.filter(kind="order")
    assert [(event.record_id, event.name) for event in kept] == [(order.pk, "order.changed")]


def test_every_followed_table_has_its_triggers():
    here = triggers._here(connection)
    for kind in kinds.values():
        table = kind.model._meta.db_table
        for on in ("insert", "update", "delete"):
            assert any(name.startswith(f"feed_{table}_{on}_") for name in here), (table, on)
    assert all(len(name) < 64 for name in here)
    assert {"order.paid", "aftersale.opened", "aftersale.deadline_near", "product.review_rejected"} <= set(
        event_names()
    )


def test_a_migration_finds_no_trigger_in_its_way():
    from django.db.migrations import AlterField, Migration

    plan = Migration("0999_test", "orders")
    plan.operations = [AlterField("Order", "path", Order._meta.get_field("path"))]
    triggers.make_room([(plan, False)])
    left = {name.split("_insert_")[0] for name in triggers._here(connection) if "_insert_" in name}
    assert "feed_orders_order" not in left and "feed_aftersales_aftersale" in left
    triggers.make()
    assert any(name.startswith("feed_orders_order_insert_") for name in triggers._here(connection))


def test_warnings_of_a_deadline_are_told(client, platform, reader):
    start = told(client, reader)["position"]
    order = make_order()
    claim = Aftersale.objects.create(
        family=1, order=order, line=OrderLine.objects.filter(order=order).first(), type=1, orderamt=1
    )
    Aftersale.objects.filter(pk=claim.pk).update(warned=24)
    page = told(client, reader, start, types="aftersale.opened,aftersale.deadline_near")
    assert types(page) == ["aftersale.opened", "aftersale.deadline_near"]
