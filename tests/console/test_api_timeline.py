"""The timeline through the API: what the page tells, page by page, as a code too, for who may see the record."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.operations import submit_spu
from config.api import router
from console.edits import trace_edit
from console.models import Edit, Note
from console.timeline import LENGTH
from console.timeline_admin import TimelineAdmin
from orders.operations import refresh_order
from tests.factories import OPENID, make_key, make_order, make_spu, make_user, order_body
from wechat.errors import Refused
from wechat.steps import actors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wang():
    return make_user("product", username="王小明")


def aged(count: int, record) -> None:
    """Edits one minute apart, the newest now."""
    kind, now = ContentType.objects.get_for_model(record), timezone.now()
    Edit.objects.bulk_create(
        Edit(
            door="admin",
            content_type=kind,
            object_id=record.pk,
            changes={"title": ["", str(nth)]},
            at=now - timedelta(minutes=count - 1 - nth),
        )
        for nth in range(count)
    )


def test_every_record_with_a_timeline_on_its_page_has_it_in_the_api():
    lacking = [
        prefix
        for prefix, view, _name in router.registry
        if getattr(view, "queryset", None) is not None and prefix != "scene-check"
        if isinstance(admin.site._registry.get(view.queryset.model), TimelineAdmin) and not hasattr(view, "timeline")
    ]
    assert lacking == []


def test_an_entry_has_a_sentence_for_people_and_a_code_for_programs(client, platform, wang):
    spu = make_spu()
    platform.fault("error", "/shop/spu/add", errcode=48001)
    with actors.acting("admin", wang):
        trace_edit(spu, {"title": ["旧", "新"]})
        with pytest.raises(Refused):
            submit_spu(spu)
    _key, header = make_key("products")
    answer = client.get(f"/api/v1/products/{spu.pk}/timeline/", headers=header).json()
    asked, edited = answer["results"]
    assert answer["next"] is None
    assert (asked["kind"], asked["code"], asked["actor"]) == ("step", "asked", "王小明")
    assert asked["sentence"] == "王小明 asked WeChat: “Submit for review”."
    assert asked["values"] == {"operation": "catalog.submit_spu", "state": "refused", "errcode": 48001}
    assert asked["text"].startswith("WeChat refused it. ") and asked["rid"] == asked["calls"][0]["rid"] != ""
    assert (edited["code"], edited["values"], edited["changes"]) == (
        "edited",
        {"fields": ["title"]},
        {"Title": ["旧", "新"]},
    )
    chinese = client.get(f"/api/v1/products/{spu.pk}/timeline/", headers={**header, "Accept-Language": "zh-hans"})
    assert chinese.json()["results"][0]["sentence"] == "王小明 向微信请求“提交审核”。"


def test_pages_follow_each_other_and_one_kind_is_kept(client, wang):
    spu = make_spu()
    aged(2 * LENGTH + 5, spu)
    Note.objects.write(spu, "记一笔")
    client.force_login(wang)
    url, seen = f"/api/v1/products/{spu.pk}/timeline/?kind=edit", []
    while url:
        page = client.get(url).json()
        seen += [entry["changes"]["Title"][1] for entry in page["results"]]
        url = page["next"]
    assert seen == [str(nth) for nth in reversed(range(2 * LENGTH + 5))]
    for wrong, status in (
        ("kind=nonsense", 400),
        ("cursor=nonsense", 404),
        ("cursor=0001-01-01T00:00:00%2B09:00", 404),
    ):
        assert client.get(f"/api/v1/products/{spu.pk}/timeline/?{wrong}").status_code == status


def test_a_long_timeline_asks_no_more_than_a_short_one_and_masks_the_buyer(client, platform):
    short, long = make_order(order_body(openid=OPENID)), make_order(order_body(out_order_id="o-2", openid=OPENID))
    refresh_order(short)
    trace_edit(short, {"openid": ["", "x"]})
    for _time in range(5):
        refresh_order(long)
        trace_edit(long, {"openid": ["", "x"]})
    _key, header = make_key("read")
    counts, texts = [], []
    for order in (short, short, long):
        with CaptureQueriesContext(connection) as queries:
            texts.append(client.get(f"/api/v1/orders/{order.out_order_id}/timeline/", headers=header).content.decode())
        # The count of the key's requests takes one of 16 rows, whose first use is a statement more.
        counts.append(sum("requestcount" not in query["sql"] for query in queries))
    assert "refresh_order" in texts[2] and OPENID not in "".join(texts)
    assert counts[1] == counts[2]


def test_who_may_not_see_the_record_does_not_see_its_timeline(client, platform):
    order = make_order(order_body())
    _key, header = make_key("products")
    assert client.get(f"/api/v1/orders/{order.out_order_id}/timeline/", headers=header).status_code == 403
    _key, header = make_key("read")
    assert client.get("/api/v1/orders/nobody/timeline/", headers=header).status_code == 404
