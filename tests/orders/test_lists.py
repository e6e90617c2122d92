"""The list of orders, orders pulled whole, stock that follows sales, and the commands."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from catalog.models import SKU, SPU
from catalog.operations import submit_spu
from orders import parcels, stock
from orders.models import ExpressCompany, Order, Parcel
from orders.operations import pull_express_companies, pull_orders, refresh_order
from orders.tasks import erase_addresses, forget_idempotency_keys, pull_all_orders, pull_companies, push_sold_stock
from sandbox.models import Order as TheirOrder
from tests.console.pages import words
from tests.factories import OPENID, make_companies, make_key, make_order, make_spu, make_user, order_body, own_number
from wechat.models import PulledList

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = "/admin/orders/order/"


def run(name, *args, **options) -> tuple[str, str, int]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(name, *args, stdout=out, stderr=err, **options)
    except SystemExit as stop:
        code = stop.code
    return out.getvalue(), err.getvalue(), code


def listed(name) -> PulledList:
    return PulledList.objects.get(name=name)


# --- pulled whole


def test_a_pull_heals_what_was_missed_and_brings_what_was_never_known(platform):
    paid, cancelled, lost = make_order(), make_order(), make_order()
    platform.pay(paid.out_order_id)
    platform.cancel(cancelled.out_order_id)
    number = lost.out_order_id
    from wechat.models import Step

    Step.objects.all().delete()
    lost.delete()
    pull_orders(listed("orders"))
    assert Order.objects.get(pk=paid.pk).status == 20
    assert Order.objects.get(pk=cancelled.pk).status == 250
    found = Order.objects.get(out_order_id=number)
    assert (found.status, found.order_price, found.lines.get().product_cnt) == (10, 40480, 2)
    assert listed("orders").count == 3


def test_many_pages_are_read_whole(platform, settings):
    settings.WECHAT_PACE = {"default": (10**6, 1, 10**5)}
    order = make_order()
    theirs = platform.order(order.out_order_id)
    for nth in range(1, 205):
        theirs.pk, theirs.out_order_id = theirs.order_id + nth * 1000, f"pulled-{nth}"
        TheirOrder(**{field.attname: getattr(theirs, field.attname) for field in TheirOrder._meta.fields}).save(
            force_insert=True
        )
    pull_orders(listed("orders"))
    assert Order.objects.count() == 205
    assert [entry.request["page"] for entry in platform.ledger("order/get_list")] == [1, 2, 3]


def test_express_companies_are_pulled_and_an_empty_list_is_not_believed(platform):
    pull_express_companies(listed("express_companies"))
    assert ExpressCompany.objects.get(delivery_id="SF").delivery_name == "顺丰速运"
    ExpressCompany.objects.create(delivery_id="OLD", delivery_name="旧")
    pull_companies()
    assert ExpressCompany.objects.get(delivery_id="OLD").gone is True


def test_the_schedule_survives_a_refusal(platform):
    platform.fault("error", errcode=48001, left=9)
    pull_all_orders()
    assert listed("orders").pulled_at is None


# --- the list in the admin


@pytest.fixture
def staff(client):
    client.force_login(make_user("owner"))
    return client


def test_an_order_is_found_by_any_of_its_numbers_in_full(staff, platform):
    order, other = make_order(), make_order()
    make_companies()
    platform.pay(order.out_order_id)
    refresh_order(order)
    order.refresh_from_db()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "SF123"}])
    for term in (order.out_order_id, str(order.order_id), order.transaction_id, "SF123"):
        page = staff.get(ORDERS, {"q": term}).content.decode()
        assert f"{ORDERS}{order.pk}/change/" in page, term
        assert f"{ORDERS}{other.pk}/change/" not in page, term
    assert "/change/" not in staff.get(ORDERS, {"q": OPENID}).content.decode()  # “Find a buyer” keeps a trace
    assert staff.get(ORDERS, {"q": "9" * 30}).status_code == 200
    assert order.out_order_id in staff.get("/admin/search/", {"q": "SF123"}).content.decode()


@pytest.mark.parametrize("state", ["to-ship", "to-pay", "on-the-way", "finished", "over", "unplaced", "in-doubt"])
def test_the_chips_count_and_show_the_same(staff, platform, state):
    statuses = {"to-ship": 20, "to-pay": 10, "on-the-way": 30, "finished": 100, "over": 181}
    orders = [make_order() for _nth in range(7)]
    for order, status in zip(orders, (20, 10, 30, 100, 181), strict=False):
        Order.objects.filter(pk=order.pk).update(status=status)
    Order.objects.filter(pk=orders[5].pk).update(order_id=None, status=None)
    Order.objects.filter(pk=orders[6].pk).update(payment_alert="?", status=77)
    wanted = (
        Order.objects.filter(status=statuses[state])
        if state in statuses
        else Order.objects.filter(pk=orders[5 if state == "unplaced" else 6].pk)
    )
    page = staff.get(ORDERS, {"state": state}).content.decode()
    assert set(re.findall(rf"{ORDERS}(\d+)/change/", page)) == {str(wanted.get().pk)}


def test_the_list_asks_a_constant_number_of_questions(staff, platform, django_assert_max_num_queries):
    make_order()
    with django_assert_max_num_queries(14) as few:
        staff.get(ORDERS)
    most = len(few)
    for _nth in range(8):
        make_order(order_body(product_infos=order_body()["product_infos"] * 1))
    with django_assert_max_num_queries(most):
        staff.get(ORDERS)


def test_the_api_pages_by_key_with_three_questions(client, platform, known_keys, django_assert_num_queries):
    for _nth in range(5):
        make_order()
    _key, header = make_key("read")
    client.get("/api/v1/orders/", headers=header)
    with django_assert_num_queries(3):  # all of them for the rows
        page = client.get("/api/v1/orders/?page_size=3", headers=header).json()
    assert len(page["results"]) == 3
    rest = client.get(page["next"], headers=header).json()
    assert len(rest["results"]) == 2
    assert client.get("/api/v1/orders/?status=20", headers=header).json()["results"] == []


def test_no_page_calls_wechat(staff, platform):
    order = make_order()
    calls = len(platform.ledger(""))
    for url in ("/admin/", ORDERS, f"{ORDERS}{order.pk}/change/", f"/api/v1/orders/{order.out_order_id}/"):
        assert staff.get(url).status_code == 200
    from sandbox.models import Entry

    assert (
        Entry.objects.count() == Entry.objects.filter(endpoint__in=["/shop/order/add", "/cgi-bin/stable_token"]).count()
    )
    assert calls == 0


# --- stock


def sold(platform, spu, pieces=3) -> Order:
    line = {
        "out_product_id": spu.out_product_id,
        "out_sku_id": f"{spu.out_product_id}-0",
        "product_cnt": pieces,
        "sale_price": 19900,
    }
    order = make_order(order_body(product_infos=[line], price_info={}))
    platform.pay(order.out_order_id)
    refresh_order(order)
    return order


@pytest.fixture
def on_sale(platform, hear):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    hear()
    return SPU.objects.get()


def test_what_is_paid_leaves_the_stock_once_and_wechat_is_told(platform, hear, drain, on_sale):
    order = sold(platform, on_sale)
    hear()
    refresh_order(order)
    assert SKU.objects.get().stock_num == 7
    assert push_sold_stock() == 1
    drain()
    assert platform.product(on_sale.out_product_id).online["skus"][0]["stock_num"] == 7
    assert SPU.objects.get().unsent == 0
    assert push_sold_stock() == 0


def test_a_price_that_nobody_has_sent_stays_unsent_when_stock_is_told(platform, drain, on_sale):
    SKU.objects.update(sale_price=100)
    SPU.objects.update(unsent=1)
    sold(platform, on_sale)
    push_sold_stock()
    drain()
    online = platform.product(on_sale.out_product_id).online["skus"][0]
    assert (online["stock_num"], online["sale_price"]) == (7, 19900)
    assert SPU.objects.get().unsent == 1


def test_stock_that_could_not_be_told_now_is_told_the_next_time(platform, drain, on_sale):
    from wechat.models import Step

    sold(platform, on_sale)
    known = Step.objects.filter(operation="catalog.submit_spu").first().content_type
    step = Step.objects.create(operation="catalog.submit_spu", object_id=on_sale.pk, state="sent", content_type=known)
    push_sold_stock()
    step.delete()
    assert push_sold_stock() == 1
    drain()
    assert platform.product(on_sale.out_product_id).online["skus"][0]["stock_num"] == 7


def test_stock_is_never_below_nothing(platform, on_sale):
    sold(platform, on_sale, pieces=8)
    sold(platform, on_sale, pieces=8)
    assert SKU.objects.get().stock_num == 0


def test_stock_stays_where_the_setting_says_so(platform, on_sale, settings):
    settings.STOCK_FOLLOWS_ORDERS = False
    sold(platform, on_sale)
    assert SKU.objects.get().stock_num == 10
    assert stock.push() == 0


# --- commands and housekeeping


def test_orders_are_pulled_by_span_promoter_and_sharer(platform):
    order = make_order()
    platform.pay(order.out_order_id)
    platform.attribute(
        order.out_order_id, promoter={"promoter_id": "P1", "promoter_openid": "o1", "finder_nickname": "店"}
    )
    platform.attribute(order.out_order_id, sharer={"sharer_openid": "oS"})
    assert run("pull_orders", promoter="P1")[0].startswith("1 orders read, 0 new")
    order.refresh_from_db()
    assert (order.status, order.promoter_id) == (20, "P1")
    assert run("pull_orders", sharer="oS")[0].startswith("1 orders read")
    assert run("pull_orders", promoter="nobody")[0].startswith("0 orders read")
    today = timezone.localdate().isoformat()
    assert run("pull_orders", since=today, until=today)[0].startswith("1 orders read")
    assert run("pull_orders")[0].startswith("1 orders read")
    with pytest.raises(CommandError):
        call_command("pull_orders", since="yesterday")
    platform.fault("error", errcode=48001)
    assert run("pull_orders")[2] == 1


def test_a_dry_run_reads_nothing(platform):
    run("pull_orders", dry_run=True)
    run("close_overdue_orders", "--all", dry_run=True)
    run("pull_express_companies", dry_run=True)
    assert platform.ledger("order/get_list") == []


def test_overdue_orders_are_closed_by_command(platform):
    order, own = make_order(own_number()), make_order(own_number())
    Order.objects.filter(pk=order.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(CommandError, match=f"Not overdue: {own.out_order_id}. Nothing was done"):
        run("close_overdue_orders", "--yes", order.out_order_id, own.out_order_id)
    out, _err, code = run("close_overdue_orders", "--all", "--yes")
    assert (Order.objects.get(pk=order.pk).status, Order.objects.get(pk=own.pk).status, code) == (250, 10, 0)
    assert "1 done" in out
    assert order.out_order_id


def test_a_sheet_of_waybills_is_shipped_and_its_faults_named(platform, tmp_path):
    make_companies()
    orders = [make_order() for _nth in range(3)]
    for order in orders:
        platform.pay(order.out_order_id)
        refresh_order(order)
    sheet = tmp_path / "w.csv"
    sheet.write_text(
        "订单号,快递公司,运单号\n"
        f"{orders[0].out_order_id},顺丰,SF1\n{orders[1].out_order_id},飞鸽,X2\nnobody,顺丰,SF3\n{orders[2].out_order_id},中通,Z4\n"
    )
    out, err, code = run("ship_orders", str(sheet), dry_run=True)
    assert platform.ledger("send") == []
    ship = [f"ship_order\t{order.out_order_id}\twould be done" for order in (orders[0], orders[2])]
    assert (code, out.splitlines()) == (1, ship)
    assert "row 3" in err and "row 4" in err
    assert not Parcel.objects.exists()
    out, err, code = run("ship_orders", "--yes", str(sheet))
    assert code == 1
    assert "2 done" in out
    assert "row 3" in err and "飞鸽" in err and "row 4" in err and "nobody" in err
    assert Order.objects.filter(status=30).count() == 2
    with pytest.raises(CommandError):
        call_command("ship_orders", "--yes", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="There is no order nobody"):
        run("ship_orders", "--yes", "--order", orders[1].out_order_id, "--order", "nobody")
    out, _err, _code = run("ship_orders", "--dry-run", "--order", orders[1].out_order_id)
    assert out.startswith(f"ship_order\t{orders[1].out_order_id}\twould be skipped: ")


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_orders_are_exported_masked(platform, tmp_path, name):
    order = make_order()
    file = tmp_path / name
    out, _err, code = run("export_orders", "--output", str(file))
    assert (code, "1 orders" in out) == (0, True)
    if name.endswith("csv"):
        text = file.read_text()
        assert order.out_order_id in text and "404.80" in text
        assert OPENID not in text and "张三" not in text
    with pytest.raises(CommandError):
        call_command("export_orders", "--output", str(tmp_path / "orders.pdf"))


def test_addresses_are_erased_when_an_order_has_long_been_over(platform):
    old, waiting, new = make_order(), make_order(), make_order()
    Order.objects.filter(pk__in=[old.pk, waiting.pk]).update(placed_at=timezone.now() - timedelta(days=181))
    Order.objects.filter(pk__in=[old.pk, new.pk]).update(status=100)
    Order.objects.filter(pk=waiting.pk).update(status=20)
    assert erase_addresses() == 1
    assert Order.objects.get(pk=old.pk).address == {}
    assert Order.objects.get(pk=waiting.pk).address["receiver_name"] == "张三"
    assert erase_addresses() == 0


def test_idempotency_keys_are_forgotten_after_a_day(platform):
    old, new = make_order(idempotency_key="a"), make_order(idempotency_key="b")
    Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_idempotency_keys() == 1
    assert Order.objects.get(pk=new.pk).idempotency_key == "b"
    assert Order.objects.get(pk=old.pk).idempotency_key is None


def test_an_order_leads_to_all_of_its_buyer(staff, platform):
    for number in ("o-1", "o-2"):
        make_order(order_body(out_order_id=number))
    other = make_order(order_body(out_order_id="o-3"))
    Order.objects.filter(pk=other.pk).update(openid="oSomebody_else_0000000000000001")
    order = Order.objects.get(out_order_id="o-1")
    page = staff.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    (link,) = re.findall(r'href="(/admin/buyer/[^"]*)"', page)
    assert order.openid not in link
    text = words(staff.get(link))
    assert "o-1" in text and "o-2" in text and "o-3" not in text
    assert order.openid not in text
    assert staff.get("/admin/buyer/bm90aGluZw==/").status_code == 404
    assert staff.get("/admin/buyer/x/").status_code == 404


# --- plans


def fill(count: int) -> None:
    """Finished orders, one a minute."""
    placed = timezone.now()
    Order.objects.bulk_create(
        Order(
            out_order_id=f"full-{nth}",
            order_id=nth + 1,
            openid="oBuyer",
            scene=1177,
            path="p",
            order_price=100,
            placed_at=placed - timedelta(minutes=nth),
            status=100,
        )
        for nth in range(count)
    )


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("state=to-ship", "order_status|order_waiting|order_to_read"),  # the last has the orders that are not over
        ("state=unplaced", "order_unplaced|order_id"),
        ("state=in-doubt", "order_alert"),
        ("promoter_id=p1", "order_promoter"),
        ("sharer_openid=o1", "order_sharer"),
        ("fund_type=0", "order_own_number"),
        ("fund_type=1", "order_of_account|PRIMARY KEY|pkey|^\\d+ \\d+ \\d+ SCAN orders_order$"),
        ("out_product_id=p-1", "line_of_product"),
        ("since=2026-11-01&until=2026-11-30", "order_placed"),
    ],
)
def test_a_filter_of_the_list_has_an_index(staff, rf, query, index):
    model_admin = admin.site._registry[Order]
    request = rf.get(f"{ORDERS}?{query}")
    request.user = get_user_model().objects.get()
    rows = model_admin.get_changelist_instance(request).get_queryset(request)[:50]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            fill(3_000)  # in an empty table one index is as good as another
            cursor.execute("ANALYZE orders_order")
            cursor.execute("SET enable_seqscan = off")  # small tables are read whole
        plan = rows.explain()
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")
    assert re.search(index, plan), plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan or query == "state=to-ship", plan
