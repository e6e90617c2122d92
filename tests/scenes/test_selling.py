"""Scene checks, sales and commission, the live-day board, and Today's way to selling."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.content import update_unsent
from catalog.models import SPU
from catalog.operations import delist_spu, refresh_spu, submit_spu
from console.money import percent
from orders.operations import refresh_order
from qualifications.models import Document
from sandbox.endpoints import register as platform_register
from sandbox.models import Product
from scenes.live_days.findings import looks, time_left
from scenes.models import Access, LiveDay, Promoter, Scene, SceneGroup, SellingSettings, Sharer
from scenes.operations import check_scene, confirm_released
from scenes.people import sales
from scenes.tasks import check_scenes
from tests.console.pages import words
from tests.factories import (
    make_category,
    make_category_qualification,
    make_document,
    make_key,
    make_order,
    make_spu,
    make_user,
    order_body,
)
from tests.scenes.conftest import SEEN, person, read
from wechat.models import Step
from wechat.steps.operations import new_step

pytestmark = pytest.mark.django_db(transaction=True)
SCENE = "/api/v1/scene-check/"


# --- scene/check


def ask(client, header, scene=1177):
    return client.post(SCENE, {"scene": scene}, content_type="application/json", headers=header)


def test_a_scene_is_asked_for_once_a_day(client, platform, settings):
    _key, header = make_key("scenes")
    assert ask(client, header).json()["is_matched"] is True
    assert ask(client, header, 1001).json()["is_matched"] is False
    for _nth in range(3):
        assert ask(client, header).json()["is_stale"] is False
    assert len(platform.ledger("check")) == 2
    Scene.objects.update(read_at=timezone.now() - timedelta(hours=25))
    ask(client, header)
    assert len(platform.ledger("check")) == 3


def test_an_old_answer_is_given_as_such_while_wechat_is_away(client, platform):
    _key, header = make_key("scenes")
    ask(client, header)
    Scene.objects.update(read_at=timezone.now() - timedelta(hours=25))
    platform.fault("timeout_before", "/shop/scene/check")
    answer = ask(client, header)
    assert (answer.status_code, answer.json()["is_matched"], answer.json()["is_stale"]) == (200, True, True)


def test_without_any_answer_the_caller_is_told_to_come_again(client, platform):
    _key, header = make_key("scenes")
    platform.fault("timeout_before", "/shop/scene/check")
    answer = ask(client, header)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


def test_the_no_of_before_the_release_is_forgotten_with_it(client, platform, access):
    platform.configure(opened_at=timezone.now(), observed=SEEN, declared=[6, 7, 8, 9, 10])
    read(access)
    _key, header = make_key("scenes")
    assert ask(client, header).json()["is_matched"] is False
    platform_register.release(platform.account)
    Access.objects.update(released_at=timezone.now())
    access.refresh_from_db()
    confirm_released(access)
    platform.fault("timeout_before", "/shop/scene/check")
    assert ask(client, header).status_code == 503
    assert ask(client, header).json()["is_matched"] is True


@pytest.mark.parametrize("turn", ["opened", "released", "ended"])
def test_what_a_scene_was_said_to_be_holds_only_until_the_access_turns(client, platform, access, drain, turn):
    platform.configure(access="closed" if turn == "opened" else "open")
    read(access)
    Scene.objects.create(scene=1001, is_matched=True, read_at=timezone.now())
    _key, header = make_key("scenes")
    assert ask(client, header, 1001).json()["is_matched"] is True
    platform.configure(access="closed" if turn == "ended" else "open", declared=[11] if turn == "released" else [])
    read(access)
    answer = ask(client, header, 1001)
    assert (answer.status_code, answer.json().get("is_matched")) == ((422, None) if turn == "ended" else (200, False))


def test_the_schedule_asks_again_for_what_was_said_before_the_access_turned(platform, access, drain):
    Scene.objects.create(scene=1001, is_matched=True, read_at=timezone.now())
    check_scenes()
    drain()
    assert Scene.objects.get(scene=1001).is_matched is True
    read(access)
    check_scenes()
    drain()
    assert Scene.objects.get(scene=1001).is_matched is False


@pytest.mark.parametrize("answered", [True, False])
def test_the_same_question_under_way_is_waited_for(client, platform, monkeypatch, answered):
    _key, header = make_key("scenes")
    scene, _new = Scene.objects.get_or_create(scene=1177)
    step = new_step(check_scene, scene.pk, state="sent")
    step.save()

    def the_other_ends(seconds):
        if answered:
            Scene.objects.update(is_matched=True, read_at=timezone.now())
        Step.objects.filter(pk=step.pk).update(state="done")

    monkeypatch.setattr("time.sleep", the_other_ends)
    answer = ask(client, header)
    assert (answer.status_code, answer.json()) == (
        200,
        answer.json() | {"scene": 1177, "is_matched": True, "is_stale": False},
    )
    assert len(platform.ledger("check")) == (0 if answered else 1)


@pytest.mark.parametrize("scene", ["x", -1, 2**31, None])
def test_what_is_no_scene_is_400(client, platform, scene):
    _key, header = make_key("scenes")
    assert ask(client, header, scene).status_code == 400


def test_a_key_without_the_scope_asks_nothing(client, platform):
    _key, header = make_key("read")
    assert ask(client, header).status_code == 403


# --- sales


def sold(platform, price: int = 10_000, *, sharer=None, promoter=None, refund: int = 0):
    line = {
        "out_product_id": "p",
        "out_sku_id": "p-1",
        "product_cnt": 1,
        "sale_price": price,
        "title": "裙",
        "path": "pages/p",
        "head_img": "https://mmecimage.cn/p/x/1",
    }
    order = make_order(order_body(product_infos=[line], price_info={"freight": 0}))
    platform.pay(order.out_order_id)
    if sharer:
        platform.attribute(order.out_order_id, sharer={"sharer_openid": sharer})
    if promoter:
        platform.attribute(
            order.out_order_id, promoter={"promoter_id": promoter, "promoter_openid": "o", "finder_nickname": "茶里"}
        )
    refresh_order(order)
    order.lines.update(refunded_fen=refund)
    return order


def today():
    return timezone.localdate(), timezone.localdate()


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [(10_000, "10", 1000), (5, "10", 1), (4, "10", 0), (15, "10", 2), (333, "7.77", 26), (0, "50", 0), (99, "100", 99)],
)
def test_commission_is_rounded_half_up_to_the_fen(amount, rate, expected):
    assert percent(amount, Decimal(rate)) == expected


def test_sales_by_person_count_what_was_paid_less_what_was_refunded(platform):
    SellingSettings.objects.update(promoter_rate=Decimal("5"))
    Promoter.objects.create(promoter_id="A", finder_nickname="甲", rate=Decimal("12.5"))
    sold(platform, 10_000, promoter="A")
    sold(platform, 3_000, promoter="A", refund=1_000)
    sold(platform, 20_000, promoter="B")
    sold(platform, 50_000)
    gone = sold(platform, 7_000, promoter="B")
    platform.refund(gone.out_order_id)
    refresh_order(gone)
    best, second = sales.lines(sales.PROMOTERS, *today())
    assert (best.key, best.orders, best.amount, best.refunded, best.net) == ("B", 2, 27_000, 7_000, 20_000)
    assert (best.rate, best.commission) == (Decimal("5"), 1_000)
    assert (second.name, second.orders, second.net, second.commission) == ("甲", 2, 12_000, 1_500)
    (room,) = sales.lines(sales.ROOMS, *today())
    assert (room.orders, room.net, room.commission) == (4, 32_000, None)


def test_sales_of_sharers_keep_openids_masked(platform):
    sharer = person(1, name="小王")
    sold(platform, 100, sharer=sharer.openid)
    sold(platform, 200, sharer="oSomebody_nobody_knows_00001")
    unknown, known = sales.lines(sales.SHARERS, *today())
    assert (known.name, known.net, "****" in unknown.name) == ("小王", 100, True)


def test_days_are_shanghais(platform):
    order = sold(platform, promoter="A")
    midnight = sales.span(*today())[0]
    for paid_at, counted in ((midnight, 1), (midnight - timedelta(seconds=1), 0), (midnight + timedelta(days=1), 0)):
        type(order).objects.update(paid_at=paid_at)
        assert len(sales.lines(sales.PROMOTERS, *today())) == counted


def test_the_leaderboard_is_a_page_a_sheet_an_endpoint_and_a_command(client, platform, capsys):
    sold(platform, promoter="A")
    client.force_login(make_user("finance"))
    assert "¥100.00" in client.get("/admin/scenes/promoter/sales/").content.decode()
    sheet = b"".join(client.get("/admin/scenes/promoter/sales/?as=csv").streaming_content).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(sheet)))["Net (yuan)"] == "100.00"
    assert client.get("/admin/scenes/promoter/sales/?as=xlsx").content[:2] == b"PK"
    assert (
        "From an earlier day"
        in client.get("/admin/scenes/promoter/sales/?first=2026-02-01&last=2026-01-01").content.decode()
    )
    day = timezone.localdate()
    asked = f"/api/v1/sharers/sales/?kind=promoters&first={day}&last={day}"
    assert client.get(asked).json()[0]["net"] == 10_000
    call_command("sharer_report", "--by", "promoters")
    assert "100.00" in capsys.readouterr().out
    client.force_login(make_user("warehouse"))
    assert client.get("/admin/scenes/promoter/sales/").status_code in (302, 403)
    assert client.get(asked).status_code == 403


def test_a_name_is_no_formula_in_the_sheet(client, platform):
    Promoter.objects.create(promoter_id="A", finder_nickname="=1+1")
    sold(platform, promoter="A")
    client.force_login(make_user("finance"))
    sheet = b"".join(client.get("/admin/scenes/promoter/sales/?as=csv").streaming_content).decode()
    assert "'=1+1" in sheet


# --- the live day


def listed(platform, **fields) -> SPU:
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    spu.refresh_from_db()
    return spu


def findings(*products, day=None) -> list[list[str]]:
    live = LiveDay.objects.create(date=day or timezone.localdate() + timedelta(days=7), title="双十一")
    live.products.set(products)
    return [[finding.text for finding in look.findings] for look in looks(live)]


def test_what_is_on_sale_as_it_stands_here_is_ready(platform):
    assert findings(listed(platform)) == [[]]


def test_what_cannot_be_sold_that_evening_is_named(platform):
    draft, off, empty, priced, elsewhere = (
        make_spu(),
        listed(platform),
        listed(platform),
        listed(platform),
        listed(platform, scene_group_list=[3]),
    )
    delist_spu(off)
    empty.skus.update(stock_num=0)
    priced.skus.update(sale_price=18_800)
    assert findings(draft, off, empty, priced, elsewhere) == [
        ["not approved: Draft"],
        ["not on sale: Off sale"],
        ["out of stock"],
        [f"“{priced.skus.get()}” costs ¥199.00 at WeChat, ¥188.00 here"],
        ["not reviewed for the Channels scene"],
    ]


def sold_out_there(spu: SPU, *out_sku_ids: str) -> None:
    """Buyers took what WeChat had; the next read tells it."""
    theirs = Product.objects.get(out_product_id=spu.out_product_id)
    for sku in theirs.online["skus"]:
        if not out_sku_ids or sku["out_sku_id"] in out_sku_ids:
            sku["stock_num"] = 0
    theirs.save()
    refresh_spu(spu)


def test_what_wechat_has_none_left_of_cannot_be_sold(platform):
    every, some, mixed = (
        listed(
            platform,
            skus=[
                {"out_sku_id": f"{name}-{colour}", "sku_attrs": [{"attr_key": "颜色", "attr_value": colour}]}
                for colour in ("red", "blue")
            ],
        )
        for name in ("every", "some", "mixed")
    )
    sold_out_there(every)
    sold_out_there(some, "some-red")
    sold_out_there(mixed, "mixed-red")
    mixed.skus.filter(out_sku_id="mixed-blue").update(stock_num=0)
    live = LiveDay.objects.create(date=timezone.localdate(), title="双十一")
    live.products.set([every, some, mixed])
    assert [look.findings for look in looks(live)] == [
        [("WeChat has none left: push the stock", "red")],
        [("WeChat has none left of red: push the stock", "amber")],
        [("out of stock: blue", "red"), ("WeChat has none left of red: push the stock", "red")],
    ]


def test_the_scene_is_the_one_of_the_approved_review_and_not_what_was_ticked_since(platform):
    since, dropped, adopted = listed(platform, scene_group_list=[3]), listed(platform), listed(platform)
    SPU.objects.filter(pk=since.pk).update(scene_group_list=[1, 3])
    SPU.objects.filter(pk=dropped.pk).update(scene_group_list=[3])
    adopted.rounds.all().delete()
    assert findings(since, dropped, adopted) == [
        ["not reviewed for the Channels scene"],
        [],
        ["approved outside this console: for which scenes is not known here"],
    ]
    since.refresh_from_db()
    update_unsent(since)
    submit_spu(since)
    assert "not reviewed for the Channels scene" in findings(since)[0]
    platform.approve_product(since.out_product_id)
    refresh_spu(since)
    assert findings(since) == [[]]


def test_papers_that_do_not_hold_until_that_day_are_named(platform):
    category = make_category(granted=True)
    paper = make_document(Document.Kind.CERTIFICATE, expires_on=date(2026, 12, 1))
    make_category_qualification(category, certificate=[paper])
    spu = make_spu(category=category)
    assert f"“{paper}” holds until 2026-12-01 only" in findings(spu, day=date(2026, 12, 2))[0]
    assert not any("holds until" in text for text in findings(spu, day=date(2026, 12, 1))[0])


def test_the_board_tells_how_long_reviews_have_been_taking(platform):
    live = LiveDay.objects.create(date=timezone.localdate() + timedelta(days=2), title="x")
    assert "No review has been decided yet" in time_left(live)
    spu = listed(platform)
    spu.rounds.update(submitted_at=timezone.now() - timedelta(days=3), decided_at=timezone.now())
    assert "Reviews have lately been taking 3 days." in time_left(live)
    assert "hardly be ready" in time_left(live)
    live.date = timezone.localdate() - timedelta(days=1)
    assert time_left(live) == "The day is over."


def test_the_live_day_asks_as_much_for_two_products_as_for_twenty(platform, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (2, 20):
        live = LiveDay.objects.create(date=timezone.localdate(), title=str(number))
        live.products.set([make_spu() for _nth in range(number)])
        with CaptureQueriesContext(connection) as asked:
            looks(live)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_live_day_is_a_page(client, platform):
    spu = make_spu()
    live = LiveDay.objects.create(date=timezone.localdate(), title="双十一")
    live.products.add(spu)
    client.force_login(make_user("product"))
    page = words(client.get(f"/admin/scenes/liveday/{live.pk}/change/"))
    assert "0 of 1 can be sold as they stand." in page
    assert "not approved: Draft" in page


# --- what a scene lacks, and Today


def test_the_scene_group_names_products_that_were_not_reviewed_for_it(client, platform):
    make_spu(title="草稿")
    listed(platform, title="有这个场景的连衣裙")
    listed(platform, title="没有场景的连衣裙", scene_group_list=[3])
    listed(platform, title="别处通过的连衣裙").rounds.all().delete()
    client.force_login(make_user("owner"))
    group = SceneGroup.objects.get(group_id=1)
    page = words(client.get(f"/admin/scenes/scenegroup/{group.pk}/change/"))
    assert "1 approved products were reviewed for it, 1 were not. Of 1 more it is not known here" in page
    assert [name in page for name in ("草稿", "有这个场景", "没有场景", "别处通过")] == [False, False, True, False]


def test_a_scene_that_cannot_be_applied_for_yet_says_why(client, platform, access):
    client.force_login(make_user("owner"))
    group = SceneGroup.objects.get(group_id=1)
    press = f"/admin/scenes/scenegroup/{group.pk}/do/apply_scene/"
    assert "Not sent: Not possible while the access is “Not read yet”." in words(client.post(press, follow=True))
    read(access)
    assert "Not sent: Declare the six tasks of the access done first" in words(client.post(press, follow=True))
    assert platform.ledger("apply_scene") == []


def test_today_shows_the_way_until_its_end_and_a_new_merchant_begins_at_the_board(client, platform, access):
    client.force_login(make_user("owner"))
    assert client.get("/").headers["Location"] == "/admin/scenes/access/"
    assert "0 of 17 · next: Request access" in words(client.get("/admin/progress/"))
    read(access)
    assert client.get("/").headers["Location"] == "/admin/"
    assert "1 of 17 · next: Merchant code development (Developers)" in words(client.get("/admin/progress/"))


def test_a_stranger_begins_at_the_door(client):
    assert client.get("/").headers["Location"] == "/admin/login/?next=/"


def test_people_nobody_invited_yet_are_on_today(client):
    Sharer.objects.create(openid="oSharer_of_the_tests_00000009")
    client.force_login(make_user("product"))
    assert "1 Sharers to invite" in words(client.get("/admin/"))


# --- goods of a coming live day


def test_an_edit_or_a_submission_of_goods_on_a_coming_live_day_warns(client, platform, drain):
    spu, other, past = make_spu(), make_spu(), make_spu()
    today = timezone.localdate()
    for days, title, goods in ((9, "双十二", spu), (2, "双十一", spu), (-1, "昨天", past)):
        LiveDay.objects.create(date=today + timedelta(days=days), title=title).products.add(goods)
    text = f"It is on the live day “{today + timedelta(days=2)} 双十一”"
    client.force_login(make_user("product"))
    pages = [words(client.get(f"/admin/catalog/spu/{one.pk}/change/")) for one in (spu, other, past)]
    assert [text in page for page in pages] == [True, False, False]
    assert not any("live day “" in page for page in pages[1:])
    assert f"{spu.title} : {text}" in words(client.get(f"/admin/catalog/spu/edit-many/?ids={spu.pk},{other.pk}"))
    chosen = {"action": "submit_spu", "_selected_action": [spu.pk, other.pk]}
    page = words(client.post("/admin/catalog/spu/", chosen))
    assert "2 rows · 1 row to look at first" in page
    assert f"Look at this first Why {spu.title} {text}" in page
    answer = client.post(f"/api/v1/products/{spu.pk}/submit_spu/", headers=make_key("products")[1])
    assert [one.startswith(text) for one in answer.json()["cautions"]] == [True]
    answer = client.post(f"/api/v1/products/{other.pk}/submit_spu/", headers=make_key("products")[1])
    assert answer.json()["cautions"] == []
