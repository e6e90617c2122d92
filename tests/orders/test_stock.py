"""The stock beside WeChat's: who takes how much, what is oversold, counts by sheet, pushes by version."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU, SPU, Unsent
from catalog.operations import submit_spu
from orders import stock, stock_counts, stock_figures
from orders.models import MoveKind, Oversold, StockCount, StockMove, StockPush
from orders.operations import refresh_order
from orders.tasks import go_on_with_counts, push_sold_stock
from scenes.live_days import presses
from scenes.models import LiveDay
from tests.console.pages import words
from tests.factories import make_key, make_order, make_spu, make_user, order_body
from tests.scenes.test_evenings import make_evening, on_sale, rest, sell, there
from wechat.models import Step
from wechat.steps import queue

pytestmark = pytest.mark.django_db(transaction=True)
STOCK = "/admin/orders/stockedsku/"


@pytest.fixture
def api(client):
    headers = make_key("stock")[1]

    def push(*rows):
        answer = client.post("/api/v1/stock/push/", {"rows": rows}, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    return push


def row_of(spu, stock: int, version: int, **more) -> dict:
    sku = spu.skus.get()
    return {
        "out_product_id": spu.out_product_id,
        "out_sku_id": sku.out_sku_id,
        "stock": stock,
        "version": version,
        **more,
    }


def sheet(*rows: tuple) -> SimpleUploadedFile:
    lines = ["SKU编号,盘点数量", *(",".join(map(str, row)) for row in rows)]
    return SimpleUploadedFile("counts.csv", "\n".join(lines).encode())


# --- pushes


def test_a_push_is_taken_once_by_its_version_and_wechat_is_told(api, platform, drain):
    spu = on_sale(platform)
    status, answer = api(row_of(spu, 25, 7))
    assert (status, answer["taken"], answer["changed"], answer["refused"]) == (200, 1, 1, [])
    drain()
    assert there(platform, spu) == (19900, 25)
    sell(platform, spu, 2)
    for again in (row_of(spu, 25, 7), row_of(spu, 25, 7)):
        assert api(again)[1] | {"job": None} == {"taken": 1, "changed": 0, "refused": [], "job": None}
    assert SKU.objects.get().stock_num == 23  # a repeat does not bring the sold pieces back
    for older in (row_of(spu, 99, 6), row_of(spu, 99, 7)):
        status, answer = api(older)
        assert (status, "is 7, with a stock of 25." in answer["detail"]) == (409, True)
    assert SKU.objects.get().stock_num == 23
    assert list(StockMove.objects.values_list("kind", "was", "now", "reference")) == [("push", 10, 25, "v7")]


def test_a_push_during_an_evening_changes_the_shops_part_and_knows_what_was_sold_since(api, platform, drain):
    spu = on_sale(platform)
    day = make_evening(spu)
    presses.begin(day, make_user())
    drain()
    counted_at = timezone.now().isoformat()
    sell(platform, spu, 3)
    api(row_of(spu, 30, 1, as_of=counted_at))
    assert SKU.objects.values_list("stock_num", "kept_back").get() == (1, 26)
    api(row_of(spu, 0, 2))
    assert SKU.objects.values_list("stock_num", "kept_back").get() == (0, 0)
    api(row_of(spu, 5, 3))
    presses.end(LiveDay.objects.get(), make_user())  # while the push is under way
    rest(drain)
    assert SKU.objects.values_list("stock_num", "kept_back").get() == (5, None)


def test_unknown_goods_take_nothing_and_a_key_without_the_scope_may_not(api, client, platform):
    spu = make_spu()
    status, answer = api(row_of(spu, 5, 1), {**row_of(spu, 5, 1), "out_sku_id": "nobody"})
    assert (status, "rows[1].out_sku_id" in str(answer)) == (409, True) or status == 400
    assert not StockPush.objects.exists()
    headers = make_key("read")[1]
    body = {"rows": [row_of(spu, 5, 1)]}
    answer = client.post("/api/v1/stock/push/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    (row,) = client.get("/api/v1/stock/", headers=headers).json()["results"]
    assert (row["stock_num"], row["kept_back"], row["total"], row["version"]) == (10, None, 10, None)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(pushes=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), max_size=12))
def test_of_pushes_in_any_order_the_first_of_the_highest_version_holds(api, platform, pushes):
    spu = make_spu()
    for version, count in pushes:
        api(row_of(spu, count, version))
    highest = max((version for version, _count in pushes), default=0)
    expected = next((count for version, count in pushes if version == highest), 10)
    assert SKU.objects.get(spu=spu).stock_num == expected


# --- counts


def test_a_sheet_of_counts_is_looked_at_taken_and_undone(client, platform, drain):
    first, second = on_sale(platform), on_sale(platform)
    ids = [spu.skus.get().out_sku_id for spu in (first, second)]
    client.force_login(make_user("warehouse"))
    brought = sheet((ids[0], 8), (ids[1], 10), ("nobody", 1), (ids[0], 2), (ids[1], ""))
    page = words(client.post(f"{STOCK}count/", {"sheet": brought}, follow=True))
    assert "1 of 2 rows differ" in page
    assert "Row 4: No SKU “nobody”." in page
    assert "Row 5: Row 2 has the same SKU." in page
    count = StockCount.objects.get()
    assert SKU.objects.get(spu=first).stock_num == 10
    client.post(f"/admin/orders/stockcount/{count.pk}/take/")
    go_on_with_counts()
    drain()
    assert (there(platform, first), there(platform, second)) == ((19900, 8), (19900, 10))
    sell(platform, first, 3)
    client.post(f"/admin/orders/stockcount/{count.pk}/undo/")
    go_on_with_counts()
    assert SKU.objects.get(spu=first).stock_num == 7  # what was sold since stays sold
    kinds = StockMove.objects.values_list("kind", "was", "now").order_by("id")
    assert list(kinds) == [(MoveKind.COUNT, 10, 8), (MoveKind.UNDO, 5, 7)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_downloaded_list_with_a_column_counted_is_a_sheet_of_counts(client, platform, language):
    spu = on_sale(platform)
    client.force_login(make_user("warehouse"))
    client.cookies["django_language"] = language
    answer = client.get(f"{STOCK}download/?as=csv")
    header, *rows = b"".join(answer.streaming_content).decode().splitlines()
    lines = [f"{header},counted", *(f"{row},8" for row in rows)]
    brought = SimpleUploadedFile("stock.csv", "\n".join(lines).encode())
    client.post(f"{STOCK}count/", {"sheet": brought})
    row = StockCount.objects.get().rows.get()
    assert (row.sku, row.ours, row.counted) == (spu.skus.get(), 10, 8)


def test_a_worker_that_dies_between_products_leaves_each_row_to_be_taken_once(platform, monkeypatch):
    spus = [make_spu() for _nth in range(4)]
    count = stock_counts.bring(sheet(*((spu.skus.get().out_sku_id, 4) for spu in spus)), "a.csv")
    stock_counts.press(count, "preview", "taking")
    real, calls = stock.set_total, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(stock, "set_total", dies)
    with pytest.raises(KeyboardInterrupt):
        stock_counts.work(count.pk)
    assert count.rows.exclude(taken_at=None).count() == 2
    SKU.objects.filter(spu=spus[0]).update(stock_num=3)  # sold meanwhile: its row is not taken again
    go_on_with_counts()
    assert list(SKU.objects.order_by("pk").values_list("stock_num", flat=True)) == [3, 4, 4, 4]
    assert (StockCount.objects.get().state, StockMove.objects.count()) == ("taken", 4)


def test_a_count_that_another_step_was_in_the_way_of_is_told_once_it_is_over(platform, drain):
    spu = on_sale(platform)
    (step,) = queue.create(submit_spu, [spu.pk])  # in a long job
    count = stock_counts.bring(sheet((spu.skus.get().out_sku_id, 0)), "a.csv")
    stock_counts.press(count, "preview", "taking")
    stock_counts.work(count.pk)
    assert push_sold_stock() == 0
    Step.objects.filter(pk=step.pk).delete()
    assert there(platform, spu) == (19900, 10)
    SPU.objects.update(unsent=Unsent.NOTHING)  # a submission that was under way says so at its end
    assert push_sold_stock() == 1
    drain()
    assert there(platform, spu) == (19900, 0)
    SKU.objects.update(sale_price=18000)
    assert push_sold_stock() == 0


def test_a_number_of_any_length_is_a_fault_of_its_row():
    spu = make_spu()
    count = stock_counts.bring(sheet((spu.skus.get().out_sku_id, "9" * 5000)), "a.csv")
    assert [(number, kind) for number, kind, _text in count.errors] == [(2, "cell")]


# --- the ledger


def test_the_page_of_a_sku_says_who_takes_how_much(client, platform, drain):
    spu = on_sale(platform)
    sku = spu.skus.get()
    sell(platform, spu, 3)
    line = {"out_product_id": "p", "out_sku_id": sku.out_sku_id, "product_cnt": 2, "sale_price": 1, "title": "x"}
    line |= {"path": "p", "head_img": "https://mmecimage.cn/p/x/1", "out_product_id": spu.out_product_id}
    gone = make_order(order_body(product_infos=[line], price_info={}))
    make_order(order_body(product_infos=[line], price_info={}))
    platform.cancel(gone.out_order_id)
    refresh_order(gone)
    taken = stock_figures.taken_by(sku)
    assert taken == {"unpaid": 2, "paid": 3, "to_ship": 3, "refunded": 0, "cancelled": 2}
    sell(platform, spu, 9)
    client.force_login(make_user("warehouse"))
    page = words(client.get(f"{STOCK}{sku.pk}/change/"))
    assert "0 for sale" in page
    assert "10 at WeChat" in page
    assert "-9" in page
    over = Oversold.objects.open().get()
    assert over.missing == 2
    assert "Oversold 1" in words(client.get(f"{STOCK}?state=oversold"))
    client.post(f"{STOCK}oversold/{over.pk}/")
    assert not Oversold.objects.open().exists()
    client.force_login(make_user("auditor"))
    assert client.get(f"{STOCK}count/").status_code == 403
    assert client.post(f"{STOCK}oversold/{over.pk}/").status_code == 403
    assert client.get(STOCK).status_code == 200
