"""The pages of a live evening: goods by list, sheet and search, presses, the board, the summary."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import SKU
from console import search_index
from console.models import Edit
from scenes.live_days import board, presses
from scenes.models import LiveBoard, LiveDay, LiveTerm
from tests.console.pages import document, words
from tests.factories import make_spu, make_user
from tests.scenes.test_evenings import make_evening, on_sale, sell, states, there

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(client):
    client.force_login(make_user("live"))
    return client


def at(day: LiveDay, page: str = "evening") -> str:
    return f"/admin/scenes/liveday/{day.pk}/{page}/"


def test_the_live_team_plans_begins_and_ends_an_evening_and_sees_no_money(live, platform, drain):
    spu, other = on_sale(platform), make_spu(title="另一条裙子")
    day = make_evening(spu, price=None, stock=None)
    row, term = day.goods.get(), LiveTerm.objects.get()
    search_index.refresh()
    assert "另一条裙子" in words(live.get(f"{at(day)}?q=另一条裙子"))
    live.post(at(day), {"add": other.pk})
    second = day.goods.get(spu=other)
    assert list(day.goods.in_order()) == [row, second]
    body = {f"row-{row.pk}-position": 9, f"row-{second.pk}-position": 1, f"term-{term.pk}-price": "188"}
    page = words(live.post(at(day), {**body, f"term-{term.pk}-stock": "-1", "save": "1"}))
    assert "Nothing has been saved" in page
    live.post(at(day), {**body, f"term-{term.pk}-stock": "4", "save": "1"})
    assert list(day.goods.in_order()) == [second, row]
    assert Edit.objects.filter(changes__has_key=f"{term.out_sku_id} · price").count() == 1
    live.post(at(day), {"begin": "1"})
    drain()
    assert there(platform, spu) == (18800, 4)
    sell(platform, spu, 3)
    page = words(live.get(at(day, "board")))
    assert "3 pieces sold 11 pieces left" in page
    assert "¥10.00" not in page
    live.post(at(day), {"move": term.pk, f"pieces-{term.pk}": "2"})
    drain()
    assert there(platform, spu) == (18800, 3)
    live.post(at(day), {"end": "1"})
    drain()
    assert there(platform, spu) == (19900, 7)
    assert "3 of 6 left, 7 afterwards" in words(live.get(at(day)))
    assert "1 orders paid, 3 pieces" in words(live.get(at(day, "summary")))
    client_of_finance = type(live)()
    client_of_finance.force_login(make_user("finance"))
    assert "¥" in words(client_of_finance.get(at(day, "board")))


def test_an_evening_without_prices_begins_and_enter_takes_nothing_out(live, platform):
    day = make_evening(on_sale(platform), price=None, stock=None)
    (form,) = [form for form in document(live.get(at(day))).forms if form.get("id") == "goods"]
    assert form.xpath(".//button/@name")[:2] == ["save", "remove"]
    assert "The evening has begun." in words(live.post(at(day), {"begin": "1"}, follow=True))
    assert "Nothing waits to be set." in words(live.post(at(day), {"begin": "1"}, follow=True))
    live.post(at(day), {"end": "1"})
    page = document(live.get(at(day)))
    assert not page.xpath("//form[@id='goods']//input[not(@type='hidden')]")
    assert not page.xpath("//form[@id='goods']//button")


def test_goods_by_a_sheet_come_in_its_order_with_price_and_stock(live):
    first, second = make_spu(), make_spu()
    sku = second.skus.get()
    head, row = "商品编号,SKU编号,直播价,直播库存", f"{second.out_product_id},{sku.out_sku_id},99.9,7"
    rows = f"{head}\n{row}\n{first.out_product_id},,,\n"
    body = {"date": "2026-12-12", "title": "双十二"}
    address = "/admin/scenes/liveday/choose/"
    wrong = rows.replace("99.9", "x").replace(sku.out_sku_id, "nobody")
    page = words(live.post(address, {**body, "sheet": SimpleUploadedFile("a.csv", wrong.encode())}))
    assert "Row 2: “x” is not an amount in yuan" in page
    assert not LiveDay.objects.exists()
    live.post(address, {**body, "sheet": SimpleUploadedFile("a.csv", rows.encode())})
    day = LiveDay.objects.get()
    assert [row.spu for row in day.goods.in_order()] == [second, first]
    assert LiveTerm.objects.values_list("price", "stock").get(sku=sku) == (9990, 7)


def test_the_board_is_one_query_and_304_while_nothing_has_changed(live, platform, drain):
    spu = on_sale(platform)
    day = make_evening(spu)
    presses.begin(day, make_user())
    drain()
    first = live.get(at(day, "board/figures"))
    again = live.get(at(day, "board/figures"), headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        board.current(LiveDay.objects.get())
    assert len(asked) == 2  # the day itself, and the board
    sell(platform, spu, 1)
    LiveBoard.objects.update(made_at=timezone.now() - board.FRESH)
    changed = live.get(at(day, "board/figures"), headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_the_board_asks_as_often_for_one_product_as_for_many(platform):
    counts = []
    for count in (1, 4):
        day = make_evening(*(make_spu() for _nth in range(count)))
        LiveDay.objects.filter(pk=day.pk).update(started_at=timezone.now())
        day.refresh_from_db()
        with CaptureQueriesContext(connection) as asked:
            board.figures_of(day)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_board_says_what_is_wrong(live, platform, drain):
    spu = on_sale(platform)
    day = make_evening(spu)
    presses.begin(day, make_user())
    drain()
    sell(platform, spu, 12)
    platform.take_off_sale(spu.out_product_id)
    from catalog.operations import refresh_spu

    refresh_spu(spu)
    page = words(live.get(at(day, "board")))
    name = spu.skus.get()
    for text in ("not on sale: Taken off sale by WeChat", f"{name}: 2 pieces oversold", f"{name}: sold out, 0 left"):
        assert text in page


def test_looking_at_the_goods_writes_nothing_and_a_press_takes_in_what_is_new(live):
    first, second = make_spu(), make_spu()
    live.post("/admin/scenes/liveday/add/", {"date": "2026-12-12", "title": "双十二", "products": [first.pk]})
    day = LiveDay.objects.get()
    assert day.goods.get().terms.count() == 1
    behind = "were changed since this list was made"
    assert behind not in words(live.get(at(day)))
    day.products.add(second)
    SKU.objects.create(spu=first, out_sku_id="new", sale_price=1)
    with CaptureQueriesContext(connection) as asked:
        assert behind in words(live.get(at(day)))
    assert not [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "DELETE"))]
    live.post(at(day), {"fill": "1"})
    assert (day.goods.count(), LiveTerm.objects.count()) == (2, 3)
    day.products.remove(second)
    assert behind in words(live.get(at(day)))
    live.post(at(day), {"fill": "1"})
    assert behind not in words(live.get(at(day)))


def test_who_may_not_presses_nothing(client, platform, drain):
    spu = on_sale(platform)
    day = make_evening(spu)
    client.force_login(make_user("warehouse"))
    for press in ("begin", "end", "approve", "save", "add"):
        assert client.post(at(day), {press: "1"}).status_code == 403
    assert client.get(at(day, "board")).status_code == 403
    drain()
    assert (states(day), SKU.objects.get().stock_num) == (["planned"], 10)


def test_a_day_is_not_deleted_while_it_runs(client, platform, drain):
    day = make_evening(on_sale(platform))
    client.force_login(make_user("product"))
    presses.begin(day, make_user())
    drain()
    delete = f"/admin/scenes/liveday/{day.pk}/delete/"
    assert client.post(delete, {"post": "yes"}).status_code == 403
    presses.end(LiveDay.objects.get(), make_user())
    drain()
    assert client.post(delete, {"post": "yes"}).status_code == 302
    assert (LiveDay.objects.count(), SKU.objects.values_list("stock_num", "kept_back").get()) == (0, (10, None))
