"""Pick list and packing list: the pieces that are left to ship of the chosen orders, addresses only with a trace."""

import pytest

from console.models import Reveal
from orders import parcels
from orders.models import Order
from orders.operations import ship_order
from tests.console.pages import document, words
from tests.factories import make_image, make_order, make_spu, make_user, order_body

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = "/admin/orders/order/"


@pytest.fixture
def warehouse(client):
    client.force_login(make_user("warehouse"))
    return client


def take_out(client, orders, kind: str, reason: str = ""):
    """As a person does: choose orders in the list, then what is printed."""
    chosen = {"action": "take_out", "_selected_action": [order.pk for order in orders]}
    page = client.post(ORDERS, chosen)
    assert page.status_code == 302
    return client.post(page.url, {"kind": kind, "reason": reason})


def cells(page) -> list[list[str]]:
    rows = document(page).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./td")][1:] for row in rows]


def test_pieces_are_summed_by_sku_over_the_chosen_orders(paid, warehouse):
    first, second, other = paid(red=2, blue=1), paid(red=3), paid(red=7)
    page = take_out(warehouse, [first, second], "picking")
    assert cells(page) == [
        ["裙 blue", "blue", "1", first.out_order_id],
        ["裙 red", "red", "5", f"{first.out_order_id} × 2, {second.out_order_id} × 3"],
    ]
    assert other.out_order_id not in words(page)


def test_a_pick_list_shows_no_buyer_and_needs_no_reason(paid, warehouse):
    page = take_out(warehouse, [paid()], "picking")
    assert "张三" not in words(page) and "13800138000" not in words(page)
    assert not Reveal.objects.exists()


def test_only_what_is_left_is_picked_and_packed(paid, warehouse):
    order = paid(red=3, blue=1)
    red = [{"out_product_id": "p", "out_sku_id": "red", "product_cnt": 2}]
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "SF1", "product_infos": red}])
    ship_order(order)
    blue = order.lines.get(out_sku_id="blue")
    blue.refunded_cnt = blue.refunded_unshipped_cnt = 1
    blue.save()
    assert cells(take_out(warehouse, [order], "picking")) == [["裙 red", "red", "1", order.out_order_id]]
    assert cells(take_out(warehouse, [order], "packing", "evening shift")) == [["裙 red", "red", "1"]]


def test_what_cannot_be_shipped_is_left_out_and_said(paid, warehouse):
    ready, unpaid, doubtful = paid(), make_order(), paid()
    Order.objects.filter(pk=doubtful.pk).update(payment_alert="less was paid")
    page = words(take_out(warehouse, [ready, unpaid, doubtful], "picking"))
    assert "1 order · 2 orders are left out" in page and unpaid.out_order_id not in page
    page = words(take_out(warehouse, [ready, unpaid, doubtful], "packing", "evening shift"))
    assert ready.out_order_id in page and doubtful.out_order_id not in page
    assert [trace.record for trace in Reveal.objects.all()] == [ready]


def test_a_packing_list_is_a_page_per_order_with_its_receiver_and_a_trace(paid, warehouse):
    orders = [paid(red=2, blue=1), paid(red=1)]
    assert "This field is required." in words(take_out(warehouse, orders, "packing"))
    assert not Reveal.objects.exists()
    page = take_out(warehouse, orders, "packing", "evening shift")
    articles = document(page).xpath("//article")
    assert len(articles) == 2
    for order, article in zip(orders, articles, strict=True):
        text = article.text_content()
        assert order.out_order_id in text and "张三" in text and "13800138000" in text
    assert cells(page) == [["裙 red", "red", "2"], ["裙 blue", "blue", "1"], ["裙 red", "red", "1"]]
    assert list(Reveal.objects.values_list("reason", flat=True)) == ["evening shift"] * 2


def test_goods_that_are_products_here_come_with_picture_and_code(platform, warehouse):
    from orders.operations import refresh_order

    image = make_image()
    spu = make_spu(head_img=[image], skus=[{"sku_code": "A-17", "barcode": "6901234567892"}])
    line = {
        "out_product_id": spu.out_product_id,
        "out_sku_id": spu.skus.get().out_sku_id,
        "product_cnt": 2,
        "sale_price": 1000,
        "title": spu.title,
        "path": "p",
        "head_img": "https://mmecimage.cn/p/x/1",
    }
    order = make_order(order_body(product_infos=[line], price_info={}))
    platform.pay(order.out_order_id)
    refresh_order(order)
    page = take_out(warehouse, [order], "picking")
    assert "A-17" in words(page) and "6901234567892" in words(page)
    (source,) = document(page).xpath("//tbody//img/@src")
    assert warehouse.get(source).status_code == 200


def test_all_of_a_filtered_list_can_be_taken(paid, warehouse):
    order, done = paid(), paid()
    Order.objects.filter(pk=done.pk).update(status=100)
    sent = {"action": "take_out", "_selected_action": [order.pk], "select_across": "1"}
    page = warehouse.post(f"{ORDERS}?state=to-ship", sent)
    assert "1 order is in the list." in words(warehouse.get(page.url))


def test_who_may_not_export_addresses_gets_no_list(paid, client):
    order = paid()
    for role in ("product", "finance", "auditor", "customer_service"):
        client.force_login(make_user(role))
        client.post(ORDERS, {"action": "take_out", "_selected_action": [order.pk]})
        assert client.post(f"{ORDERS}shipping/", {"kind": "picking", "reason": ""}).status_code == 403
        assert client.post(f"{ORDERS}shipping/", {"kind": "packing", "reason": "curious"}).status_code == 403
    assert not Reveal.objects.exists()


def test_lists_take_a_constant_number_of_queries(paid, warehouse, django_assert_max_num_queries):
    orders = [paid()]
    with django_assert_max_num_queries(40) as few:
        take_out(warehouse, orders, "packing", "evening shift")
    most = len(few.captured_queries)
    orders += [paid(), paid()]
    with django_assert_max_num_queries(most):
        assert len(document(take_out(warehouse, orders, "packing", "evening shift")).xpath("//article")) == 3
