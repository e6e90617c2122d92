"""A record's timeline: sentences of who did what and what WeChat answered, by kind, page by page, and on paper."""

import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from aftersales.approval import REFUND
from aftersales.models import Aftersale
from aftersales.operations import accept_refund
from aftersales.snapshots import import_aftersale
from catalog.operations import submit_spu
from console import sentences
from console.edits import trace_edit
from console.masking import reveal
from console.models import Edit, Note
from console.timeline import KINDS, LENGTH, Span, page_of, whole
from orders.funds.models import Withdrawal
from orders.operations import refresh_order
from tests.conftest import ROOT
from tests.console.pages import document, words
from tests.factories import make_key, make_order, make_spu, make_user, order_body
from wechat.errors import Refused, Unreachable
from wechat.models import Callback
from wechat.platform_names import ENDPOINTS, EVENTS
from wechat.shop import ecaftersale
from wechat.steps import actors
from wechat.steps.errors import Asked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wang():
    return make_user("product", username="王小明")


def change_of(record) -> str:
    return f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/"


def shown(client, record, **query) -> list[str]:
    """The sentences of a page of the timeline."""
    page = document(client.get(change_of(record), query))
    return [" ".join(what.text_content().split()) for what in page.xpath("//*[@id='timeline']//*[@class='what']")]


def edit(record, user, door="admin", **changes) -> Edit:
    with actors.acting(door, user):
        trace_edit(record, changes or {"title": ["a", "b"]})
    return Edit.objects.latest("id")


def aged(count: int, record, user, at_once: range = range(0)) -> None:
    """Edits one minute apart, the newest now; those with these numbers at one moment."""
    kind, now = ContentType.objects.get_for_model(record), timezone.now()
    ages = [count - 1 - (at_once[1] if nth in at_once else nth) for nth in range(count)]
    Edit.objects.bulk_create(
        Edit(
            user=user,
            door="admin",
            content_type=kind,
            object_id=record.pk,
            changes={"title": ["", str(nth)]},
            at=now - timedelta(minutes=age),
        )
        for nth, age in enumerate(ages)
    )


def test_what_was_asked_and_answered_is_a_sentence(client, platform, wang):
    spu = make_spu()
    with actors.acting("admin", wang):
        submit_spu(spu)
    client.force_login(wang)
    assert shown(client, spu)[1] == "王小明 asked WeChat: “Submit for review”."
    page = client.get(change_of(spu))
    assert "WeChat accepted it." in words(page)
    assert "Add a product and submit it for review · accepted" in words(page)


def test_a_refusal_and_a_silence_are_told_in_words(client, platform, wang):
    refused, silent = make_spu(), make_spu()
    client.force_login(wang)
    with actors.acting("schedule"):
        platform.fault("error", "/shop/spu/add", errcode=48001)
        with pytest.raises(Refused):
            submit_spu(refused)
        platform.fault("timeout_after", "/shop/spu/add")
        with pytest.raises(Unreachable):
            submit_spu(silent)
    assert shown(client, refused)[0] == "The schedule asked WeChat: “Submit for review”."
    assert "WeChat refused it." in words(client.get(change_of(refused)))
    assert "WeChat gave no clear answer." in words(client.get(change_of(silent)))


def test_an_actor_is_a_person_a_key_or_what_came_in_and_never_a_door(wang):
    key, _headers = make_key("products")
    told = [sentences.actor(door) for door in ("admin", "api", "command", "schedule", "callback")]
    assert told == [
        "Somebody on these pages",
        "A program through the API",
        "A command",
        "The schedule",
        "A message from WeChat",
    ]
    assert sentences.actor("api", key.user) == f"The API key “{key.name}”"
    assert sentences.actor("admin", wang) == "王小明"
    assert sentences.actor("admin", make_user("owner", username="li")) == "li"


def test_a_pushed_event_has_its_name_in_both_languages(client, wang):
    spu = make_spu()
    Callback.objects.create(
        key="1",
        event="open_product_spu_audit",
        state="handled",
        received_at=timezone.now(),
        content_type=ContentType.objects.get_for_model(spu),
        object_id=spu.pk,
    )
    client.force_login(wang)
    assert shown(client, spu) == ["WeChat pushed: Review of a product decided."]
    client.cookies["django_language"] = "zh-hans"
    assert "open_product_spu_audit" not in words(client.get(change_of(spu)))


def test_every_endpoint_and_event_of_the_platform_has_a_name():
    api = json.loads((ROOT / "docs" / "platform" / "api.json").read_text())
    assert set(ENDPOINTS) == set(api["endpoints"])
    assert set(EVENTS) == set(api["events"])


def test_an_edit_names_its_fields_and_shows_before_and_after(client, wang):
    spu = make_spu()
    edit(spu, wang, title=["旧", "新"], desc=["", "说明"])
    edit(spu, wang, **{f"neu · {name}": ["1", "2"] for name in ("sale_price", "stock_num", "a", "b", "c")})
    client.force_login(wang)
    assert shown(client, spu) == [
        "王小明 changed neu · Price, neu · Stock, neu · a, neu · b and 1 more field.",
        "王小明 changed Description, Title.",
    ]
    assert "Title 旧 新" in words(client.get(change_of(spu)))


def test_the_second_persons_asking_and_answer_are_told(client, platform, settings):
    settings.REFUND_SECOND_PERSON = 0
    order = make_order(order_body())
    platform.pay(order.out_order_id)
    refresh_order(order)
    claim = platform.apply(order.out_order_id, "dress-1001-red")
    import_aftersale(ecaftersale.get(aftersale_id=claim.aftersale_id))
    aftersale = Aftersale.objects.get()
    asker, second = make_user("customer_service", username="li"), make_user("finance", username="zhao")
    with actors.acting("admin", asker), pytest.raises(Asked):
        REFUND.ask(accept_refund, aftersale, asker, "")
    with actors.acting("admin", second):
        REFUND.ask(accept_refund, aftersale, second, str(aftersale.orderamt))
    client.force_login(second)
    amount = f"¥{aftersale.orderamt / 100:,.2f}"
    assert shown(client, aftersale, kind="approval") == [
        f"zhao approved it as second person: {amount}.",
        f"li asked for a second person: {amount}.",
    ]
    assert "approved" not in " ".join(shown(client, aftersale, kind="edit"))


def test_a_withdrawal_tells_who_asked_who_approved_and_who_dropped_it(client):
    asker, second = make_user("finance", username="li"), make_user("owner", username="zhao")
    withdrawal = Withdrawal.objects.create(amount=100, asked_by=asker)
    edit(withdrawal, second, approved_by=["", "zhao"])
    edit(withdrawal, asker, dropped_at=["", "dropped"])
    client.force_login(second)
    assert shown(client, withdrawal, kind="approval") == [
        "li dropped it.",
        "zhao approved it as second person.",
        "li asked for a second person.",
    ]


def test_the_filter_shows_one_kind_and_keeps_it_over_the_pages(client, wang):
    spu = make_spu()
    aged(2 * LENGTH + 5, spu, wang)
    with actors.acting("admin", wang):
        Note.objects.write(spu, "记一笔")
    client.force_login(wang)
    assert shown(client, spu, kind="note") == ["王小明 noted:"]
    seen, url = [], f"{change_of(spu)}?kind=edit"
    for _page in range(3):
        page = document(client.get(url))
        seen += page.xpath("//*[@id='timeline']//ins/text()")
        older = page.xpath("//a[.='Older']/@href")
        url = f"{change_of(spu)}{older[0]}" if older else ""
    assert seen == [str(nth) for nth in reversed(range(2 * LENGTH + 5))]
    assert url == ""
    assert shown(client, spu, kind="nonsense")[0] == "王小明 noted:"
    assert client.get(f"{change_of(spu)}?before=nonsense").status_code == 200
    assert client.get(f"{change_of(spu)}?before=2026-13-45T00:00:00Z").status_code == 200


@pytest.mark.parametrize("from_oldest", [False, True])
def test_what_happened_at_one_moment_is_not_torn_apart(wang, from_oldest):
    spu = make_spu()
    aged(6, spu, wang, at_once=range(2, 5))
    span, told = Span(most=4, from_oldest=from_oldest), []
    while True:
        page = page_of(spu, span)
        told += [entry.changes["Title"][1] for entry in page.entries]
        if page.end is None:
            break
        span = span._replace(end=page.end)
    assert sorted(told) == list("012345")


def test_a_long_timeline_asks_the_database_no_more_than_a_short_one(client, wang):
    short, long = make_spu(), make_spu()
    edit(short, wang)
    for nth in range(30):
        edit(long, make_user("product") if nth % 3 else make_key("products")[0].user)
    client.force_login(wang)
    counts = []
    for spu in (short, short, long):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(change_of(spu))
        counts.append(len(queries))
    assert counts[1] == counts[2]


def printed(client, record, query="") -> str:
    answer = client.get(f"/admin/catalog/spu/{record.pk}/timeline/{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", b"".join(answer.streaming_content).decode())


def test_the_whole_timeline_is_printed_from_the_beginning(client, platform, wang):
    spu = make_spu(title="法式碎花连衣裙")
    first = edit(spu, wang, title=["旧标题", "第一版"])
    with actors.acting("admin", wang):
        submit_spu(spu)
        reveal(spu, "电话", "客诉")
        Note.objects.write(spu, "只给同事看")
    client.force_login(wang)
    page = printed(client, spu)
    for part in (
        "法式碎花连衣裙",
        "Printed by 王小明",
        "Asia/Shanghai (UTC+0800)",
        "Notes for colleagues are left out.",
    ):
        assert part in page
    assert f"{timezone.localtime(first.at):%Y-%m-%d %H:%M:%S}" in page
    assert page.index("王小明 changed Title.") < page.index("asked WeChat: “Submit for review”")
    assert "只给同事看" not in page
    assert "只给同事看" in printed(client, spu, "?notes=1")
    link = document(client.get(change_of(spu))).xpath("//a[.='Print all of it']/@href")
    assert link == [f"/admin/catalog/spu/{spu.pk}/timeline/"]


def test_a_printed_timeline_is_in_the_readers_language(client, wang):
    spu = make_spu()
    edit(spu, None, "schedule")
    client.force_login(wang)
    client.cookies["django_language"] = "zh-hans"
    page = printed(client, spu)
    assert '<html lang="zh-hans">' in page
    with translation.override("zh-hans"):
        assert str(sentences.NOBODY["schedule"]) in page


def test_who_may_not_see_the_record_prints_nothing_of_it(client, platform):
    order = make_order(order_body())
    url = f"/admin/orders/order/{order.pk}/timeline/"
    assert client.get(url).status_code == 302
    client.force_login(make_user("developer"))
    assert client.get(url).status_code == (200 if client.get(change_of(order)).status_code == 200 else 403)
    nobody = make_user("product")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(url).status_code == 403
    client.force_login(make_user("warehouse"))
    assert client.get("/admin/orders/order/999999/timeline/").status_code == 404


def test_a_long_timeline_is_printed_whole_and_in_parts(wang):
    spu = make_spu()
    aged(12 * LENGTH, spu, wang)
    pages = list(whole(spu, tuple(KINDS)))
    assert max(len(page) for page in pages) <= 5 * LENGTH
    told = [entry.changes["Title"][1] for page in pages for entry in page]
    assert told == [str(nth) for nth in range(12 * LENGTH)]


def test_the_printed_timeline_masks_what_the_page_masks(client, platform, wang):
    order = make_order(order_body(openid="oBuyer_0123456789abcdefghij"))
    refresh_order(order)
    client.force_login(make_user("owner"))
    answer = client.get(f"/admin/orders/order/{order.pk}/timeline/")
    page = b"".join(answer.streaming_content).decode()
    assert "oBuyer_0123456789abcdefghij" not in page
    assert quote("oBuyer_0123456789abcdefghij") not in page
