"""The figures of a span: the page, its downloads, the API and the commands say the same."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from books.sales import figures
from books.sales.changed import refresh
from books.sales.figures import Period
from books.sales.models import Figure, SoldOrder
from console.models import Export
from orders.models import Order, OrderLine
from tests.factories import make_key, make_spu, make_user
from wechat.masking import mask

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
SPAN = {"by": "product", "since": "2026-11-19", "until": "2026-11-20"}
PAGE = "/admin/sales/figure/"


def sell(number: str, *, buyer: str = "oBuyer_1", product: str = "dress-1", days: int = 0, refunded: int = 0, **fields):
    """One piece for 100 yuan, 10 of them off, with 5 yuan of freight; paid so many days before the 20th, at noon."""
    order = Order.objects.create(
        **{
            "out_order_id": number,
            "openid": buyer,
            "scene": 1177,
            "path": "p",
            "placed_at": NOON,
            "paid_at": NOON - timedelta(days=days),
            "status": 20,
            "order_price": 9500,
            "discounted_price": 1000,
            "freight": 500,
            **fields,
        }
    )
    OrderLine.objects.create(
        order=order,
        out_product_id=product,
        out_sku_id=f"{product}-1",
        product_cnt=1,
        sale_price=10_000,
        sku_real_price=9000,
        refunded_fen=refunded,
        title="裙",
        path="p",
        head_img="h",
    )
    return order


@pytest.fixture
def sales():
    """On the 20th two orders of one person, on the 19th one of theirs and one of somebody else, on the 18th one."""
    make_spu(out_product_id="dress-1", title="法式碎花连衣裙", head_img=[])
    sell("o-1", refunded=4000, promoter_id="p1", sharer_openid="oSharer_of_the_tests_00000001")
    sell("o-2", product="dress-2", fund_type=0)
    sell("o-3", days=1)
    sell("o-4", days=1, buyer="oBuyer_2", status=200)
    sell("o-5", days=2)
    refresh()


def test_money_adds_up_and_a_person_is_counted_once(sales):
    total = figures.total(Period(DAY - timedelta(days=1), DAY))
    assert (total.orders, total.buyers, total.pieces) == (4, 2, 4)
    assert (total.gross, total.discount, total.freight, total.paid) == (40_000, 4000, 2000, 38_000)
    assert total.refunded == 4000 + 9500
    assert total.fee == 33 + 0 + 57 + 0  # 0.6 % of what is not refunded; none of an own merchant number
    assert total.net == 38_000 - 13_500 - 90
    by_product = figures.rows("product", Period(DAY - timedelta(days=1), DAY))
    assert sum(row.net for row in by_product) == total.net
    assert [(row.key, row.orders, row.buyers) for row in by_product] == [
        ("dress-1", 3, 2),
        ("dress-2", 1, 1),
        ("", 0, 0),
    ]
    days = figures.rows("day", Period(DAY - timedelta(days=1), DAY))
    assert [(row.day.day, row.orders, row.buyers, row.before.orders) for row in days] == [(19, 2, 2, 0), (20, 2, 1, 1)]


@pytest.mark.parametrize("by", figures.Dimension.values)
def test_each_dimension_of_a_span_adds_up_to_it(sales, by):
    period = Period(DAY - timedelta(days=5), DAY)
    rows, total = figures.rows(by, period), figures.total(period)
    assert [sum(getattr(row, name) for row in rows) for name in figures.AMOUNTS] == [
        getattr(total, name) for name in figures.AMOUNTS
    ]
    assert figures.count(by, period) == len(rows)


def test_the_page_shows_a_span_beside_the_one_before(client, sales):
    client.force_login(make_user("product"))
    text = client.get(PAGE, SPAN).content.decode()
    assert "法式碎花连衣裙" in text and "¥244.10" in text and "2026-11-17 – 2026-11-18" in text
    assert "/admin/orders/order/?paid_since=2026-11-19&amp;paid_until=2026-11-20&amp;out_product_id=dress-1" in text
    orders = client.get("/admin/orders/order/?paid_since=2026-11-20&paid_until=2026-11-20").content.decode()
    assert "o-1" in orders and "o-2" in orders and "o-3" not in orders


def test_every_tab_and_a_wrong_span_have_a_page(client, sales):
    client.force_login(make_user("finance"))
    for by in figures.Dimension.values:
        assert client.get(PAGE, SPAN | {"by": by}).status_code == 200
        assert client.get(PAGE, SPAN | {"by": by, "since": "2024-12-01"}).status_code == 200
    wrong = client.get(PAGE, {"since": "2026-11-20", "until": "2026-11-19"}).content.decode()
    assert "errorlist" in wrong
    assert client.get(PAGE, {"by": "x", "since": "y", "p": "z"}).status_code == 200


def test_a_page_asks_as_often_for_many_rows_as_for_few(client, sales):
    client.force_login(make_user("owner"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE, SPAN)
        return len(asked)

    queries()
    few = queries()
    for nth in range(30):
        sell(f"more-{nth}", product=f"hat-{nth}", buyer=f"oBuyer_{nth}")
    refresh()
    assert queries() == few


def test_who_may_not_see_sales_sees_none(client, sales):
    for role in ("warehouse", "customer_service", "developer"):
        client.force_login(make_user(role))
        assert client.get(PAGE).status_code == 403
        assert client.get(f"{PAGE}download/?as=csv").status_code == 403
        assert client.get("/api/v1/sales/?from=2026-11-01&to=2026-11-30").status_code == 403
        assert "/admin/sales/" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_has_all_rows_and_leaves_a_trace(client, sales, kind):
    client.force_login(user := make_user("auditor"))
    answer = client.get(f"{PAGE}download/", SPAN | {"as": kind})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200 and len(body) > 200
    if kind == "csv":
        assert "法式碎花连衣裙,dress-1,,3,2,3,300.00,30.00,0.00,0.00,270.00,130.00,0.84," in body.decode()
    export = Export.objects.get()
    assert (export.user, export.list, export.rows, export.kind) == (user, "sales.figure", 3, kind)
    client.get(f"/admin/console/export/{export.pk}/change/")


def test_a_sharers_openid_is_masked(client, sales):
    client.force_login(make_user("owner"))
    openid = "oSharer_of_the_tests_00000001"
    sheet = client.get(f"{PAGE}download/", SPAN | {"by": "sharer", "as": "csv"})
    texts = [client.get(PAGE, SPAN | {"by": "sharer"}).content.decode(), b"".join(sheet.streaming_content).decode()]
    query = "/api/v1/sales/?by=sharer&from=2026-11-20&to=2026-11-20"
    texts.append(client.get(query, headers=make_key("sales")[1]).content.decode())
    assert all(openid not in text and mask(openid) in text for text in texts)
    assert openid in client.get(query, headers=make_key("sales", "personal", name="all")[1]).content.decode()


def test_the_api_says_the_same(client, sales):
    header = make_key("sales")[1]
    shown = client.get("/api/v1/sales/?by=product&from=2026-11-19&to=2026-11-20&limit=1", headers=header).json()
    assert (shown["total"]["net"], shown["before"]["net"], shown["count"]) == (24_410, 9500 - 57, 3)
    (row,) = shown["rows"]
    assert (row["key"], row["orders"], row["buyers"], row["net_before"]) == ("dress-1", 3, 2, 9000 - 54)
    for query in ("from=2026-11-20&to=2026-11-19", "from=0001-01-01&to=0001-01-02", "from=9999-01-01&to=9999-12-31"):
        empty = client.get(f"/api/v1/sales/?{query}", headers=header).json()
        assert (empty["count"], empty["total"]["net"], empty["total"]["buyers"]) == (0, 0, 0)
    assert (
        client.get("/api/v1/sales/?by=day&from=0001-01-01&to=9999-12-31", headers=header).json()["total"]["orders"] == 5
    )
    assert (shown["days_waiting"], shown["current_until"] is None) == (0, False)
    for query in (
        "",
        "from=x&to=y",
        "from=2026-11-20&to=2026-11-20&by=moon",
        "since=1",
    ):
        assert client.get(f"/api/v1/sales/?{query}", headers=header).status_code == 400
    assert (
        client.get("/api/v1/sales/?from=2026-11-20&to=2026-11-20", headers=make_key("read", name="r")[1]).status_code
        == 403
    )


def test_the_commands_show_and_rebuild(sales):
    out = io.StringIO()
    call_command(
        "show_sales", "--by", "product", "--from", "2026-11-19", "--to", "2026-11-20", stdout=out, stderr=io.StringIO()
    )
    assert "dress-1" in out.getvalue()
    SoldOrder.objects.all().delete()
    assert figures.total(Period(DAY, DAY)).buyers == 0
    call_command("rebuild_sales", stdout=(out := io.StringIO()), stderr=io.StringIO())
    assert (figures.total(Period(DAY, DAY)).buyers, "3 days" in out.getvalue()) == (1, True)
    with pytest.raises(CommandError):
        call_command("rebuild_sales", "--from", "2026-11-20", "--to", "2026-11-19")


def test_a_change_is_seen_whatever_made_it_and_only_its_day_is_counted(sales):
    def keys() -> dict:
        return dict(Figure.objects.filter(dimension="day").values_list("day", "pk"))

    before = keys()
    Order.objects.filter(out_order_id="o-3").update(finder_nickname="晚上的直播", promoter_id="p9")
    refresh()
    changed = [day for day, key in keys().items() if before[day] != key]
    assert changed == [DAY - timedelta(days=1)]
    assert "晚上的直播" in {row.key for row in figures.rows("room", Period(DAY - timedelta(days=1), DAY))}
    again = keys()
    assert (refresh(), keys()) == (0, again)
    assert figures.state()[0] > timezone.now() - timedelta(minutes=1)


def test_rooms_that_began_in_one_minute_are_counted_apart():
    for nth, seconds in enumerate((5, 40)):
        sell(f"room-{nth}", sharer_openid=f"oSharer_{nth}", live_started_at=NOON.replace(second=seconds))
    refresh()
    rooms = figures.rows("room", Period(DAY, DAY))
    assert [row.orders for row in rooms] == [1, 1]


def test_a_day_that_cannot_be_counted_stops_no_other():
    sell("today")
    sell("earlier", days=3)

    def faulty(execute, sql, params, *more):
        if sql.startswith("INSERT INTO sales_soldorder") and str(DAY) in map(str, params):
            raise DatabaseError("integer out of range")
        return execute(sql, params, *more)

    with connection.execute_wrapper(faulty):
        assert refresh() == 1
    assert set(Figure.objects.values_list("day", flat=True)) == {DAY - timedelta(days=3)}
    assert refresh() == 1
    assert set(Figure.objects.values_list("day", flat=True)) == {DAY, DAY - timedelta(days=3)}
