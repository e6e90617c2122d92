"""Parcels: what is left to ship net of refunds, part by part, and lists of waybills as warehouses have them."""

import io

import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from console.models import Edit, Job, Reveal
from orders import parcels, payloads, waybills
from orders.models import Order, OrderLine, Parcel
from orders.operations import ship_order
from tests.factories import make_companies, make_key, make_order, make_user
from wechat.errors import Unreachable
from wechat.models import Step
from wechat.steps import recovery
from wechat.steps.errors import Incomplete

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = "/admin/orders/order/"


def goods(**counts) -> list[dict]:
    return [{"out_product_id": "p", "out_sku_id": sku, "product_cnt": count} for sku, count in counts.items()]


@pytest.fixture
def warehouse(client):
    client.force_login(make_user("warehouse"))
    return client


def words(response) -> str:
    import html
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())).split())


# --- one order


def test_goods_go_in_several_parcels_and_the_last_one_finishes(paid, platform):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=1)}])
    ship_order(order)
    order.refresh_from_db()
    assert (order.status, platform.ledger("send")[-1].request["finish_all_delivery"]) == (21, 0)
    parcels.add(order, [{"delivery_id": "YTO", "waybill_id": "2"}])
    ship_order(order)
    sent = platform.ledger("send")[-1].request
    assert (Order.objects.get().status, sent["finish_all_delivery"], len(sent["delivery_list"])) == (30, 1, 1)
    assert sent["delivery_list"][0]["product_info_list"] == goods(red=1, blue=1)
    assert sent["ship_done_time"]
    assert all(parcel.sent_at for parcel in Parcel.objects.all())


def test_the_record_asks_as_much_for_one_parcel_as_for_three(paid, warehouse, django_assert_max_num_queries):
    order = paid()
    url = f"{ORDERS}{order.pk}/change/"
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=1)}])
    warehouse.get(url)
    with django_assert_max_num_queries(17) as one:
        warehouse.get(url)
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "2", "product_infos": goods(red=1)}])
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "3", "product_infos": goods(blue=1)}])
    with django_assert_max_num_queries(len(one)):
        warehouse.get(url)


def test_what_was_refunded_needs_no_parcel(paid, platform):
    order = paid()
    OrderLine.objects.filter(out_sku_id="blue").update(refunded_cnt=1, refunded_unshipped_cnt=1)
    theirs = platform.order(order.out_order_id)
    theirs.refunded = theirs.freed = {"blue": 1}
    theirs.save()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1"}])
    ship_order(order)
    sent = platform.ledger("send")[-1].request
    assert (sent["finish_all_delivery"], sent["delivery_list"][0]["product_info_list"]) == (1, goods(red=2))
    assert Order.objects.get().status == 30


def test_when_the_rest_is_refunded_the_shipping_is_closed(paid, platform):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=2)}])
    ship_order(order)
    order.refresh_from_db()
    with pytest.raises(Incomplete):
        ship_order(order)  # blue is still to be packed
    OrderLine.objects.filter(out_sku_id="blue").update(refunded_cnt=1, refunded_unshipped_cnt=1)
    theirs = platform.order(order.out_order_id)
    theirs.refunded = theirs.freed = {"blue": 1}
    theirs.save()
    order = Order.objects.get()
    ship_order(order)
    assert Order.objects.get().status == platform.order(order.out_order_id).status == 30


@pytest.mark.parametrize(
    ("parcel", "path"),
    [
        ({"delivery_id": "NONE", "waybill_id": "1"}, "parcels[0].delivery_id"),
        (
            {"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=3)},
            "parcels[0].product_infos[0].product_cnt",
        ),
        (
            {"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(green=1)},
            "parcels[0].product_infos[0].out_sku_id",
        ),
    ],
)
def test_what_is_wrong_with_a_parcel_is_named_and_nothing_is_put_down(paid, parcel, path):
    sound = {"delivery_id": "SF", "waybill_id": "0", "product_infos": goods(red=1)}
    with pytest.raises(Incomplete) as wrong:
        parcels.add(paid(), [parcel, sound])
    assert list(wrong.value.fields) == [path]
    assert not Parcel.objects.exists()


def test_the_same_waybill_twice_is_one_parcel(paid, client, platform):
    order = paid()
    _key, header = make_key("ship")
    url = f"/api/v1/orders/{order.out_order_id}/ship_order/"
    body = {"parcels": [{"delivery_id": "SF", "waybill_id": "1"}]}
    for _time in range(2):
        answer = client.post(url, body, content_type="application/json", headers=header)
        assert (answer.status_code, answer.json()["status"]) == (200, 30), answer.json()
    assert len(platform.ledger("send")) == 1
    assert answer.json()["parcels"][0]["product_infos"] == goods(red=2, blue=1)


def test_a_waybill_that_wechat_refused_does_not_stand_in_the_way(paid, client, platform):
    order = paid()
    _key, header = make_key("ship")
    url = f"/api/v1/orders/{order.out_order_id}/ship_order/"
    platform.fault("error", "/shop/delivery/send", errcode=40097)
    for waybill, status in (("WRONG", 422), ("RIGHT", 200)):
        body = {"parcels": [{"delivery_id": "SF", "waybill_id": waybill}]}
        assert client.post(url, body, content_type="application/json", headers=header).status_code == status
    assert [parcel.waybill_id for parcel in Parcel.objects.all()] == ["RIGHT"]


@pytest.mark.parametrize("errcode", [45009, 1010011])
def test_parcels_that_wechat_took_are_told_whatever_becomes_of_the_reading(paid, platform, errcode):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=1)}])
    platform.fault("error", "/shop/order/get", errcode=errcode)
    ship_order(order)
    assert Parcel.objects.get().sent_at is not None
    assert len(platform.ledger("send")) == 1


def test_a_parcel_that_wechat_is_being_told_of_is_not_taken_back(paid, platform):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1"}])
    platform.fault("timeout_after", "/shop/delivery/send")
    with pytest.raises(Unreachable):
        ship_order(order)
    assert parcels.drop(Parcel.objects.get()) is False
    assert Parcel.objects.exists()


@pytest.mark.parametrize(("fault", "is_sent"), [("timeout_after", True), ("timeout_before", False)])
def test_a_parcel_without_an_answer_is_told_as_wechat_has_it_though_the_order_was_refunded(
    paid, platform, fault, is_sent
):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1"}])
    platform.fault(fault, "/shop/delivery/send")
    with pytest.raises(Unreachable):
        ship_order(order)
    platform.refund(order.out_order_id)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (Parcel.objects.get().sent_at is not None) is is_sent
    assert (Step.objects.latest("id").state, Order.objects.get().status) == ("done" if is_sent else "skipped", 200)
    assert len(platform.ledger("send")) == is_sent


def test_what_was_refunded_after_it_was_shipped_holds_nothing_up(paid, platform):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=2)}])
    ship_order(order)
    OrderLine.objects.filter(out_sku_id="red").update(refunded_cnt=2)
    order = Order.objects.get()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "2"}])
    ship_order(order)
    assert platform.ledger("send")[-1].request["finish_all_delivery"] == 1
    assert Order.objects.get().status == 30


def test_the_api_names_what_is_wrong_by_its_path(paid, client):
    order = paid()
    _key, header = make_key("ship")
    url = f"/api/v1/orders/{order.out_order_id}/ship_order/"
    for body, path in (
        ({}, "parcels"),
        ({"parcels": [{"delivery_id": "SF"}]}, "parcels[0].waybill_id"),
        ({"parcels": [{"delivery_id": "X", "waybill_id": "1"}]}, "parcels[0].delivery_id"),
    ):
        answer = client.post(url, body, content_type="application/json", headers=header)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [path])


def test_goods_without_delivery_are_shipped_without_a_parcel(platform):
    from tests.factories import own_number

    order = make_order(own_number(delivery_type=2, address_info=None, scene=1001))
    order.payment_report = {"action_type": 1, "transaction_id": "42", "pay_time": "2026-11-25 14:05:25"}
    order.save()
    from orders.operations import confirm_payment

    confirm_payment(order)
    OrderLine.objects.update(refunded_cnt=0)
    order = Order.objects.get()
    assert payloads.shipment(order)["finish_all_delivery"] == 1
    ship_order(order)
    assert Order.objects.get().status == 30


def test_a_row_of_goods_that_are_all_packed_is_a_fault_and_no_empty_parcel(paid):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1", "product_infos": goods(red=2)}])
    (row,) = waybills.looked_up(waybills.from_text(f"{order.out_order_id} SF 2 red"))
    assert row.fault == "0 pieces are left to ship."
    with pytest.raises(Incomplete):
        parcels.add(order, [{"delivery_id": "SF", "waybill_id": "2", "product_infos": goods(red=0)}])
    assert Parcel.objects.count() == 1


# --- a list of waybills


@pytest.mark.parametrize(
    ("said", "delivery_id", "candidates"),
    [
        ("SF", "SF", []),
        ("sf", "SF", []),
        ("顺丰速运", "SF", []),
        ("顺丰", "SF", []),
        ("顺丰快递", "SF", []),
        ("圆通快递", "YTO", []),
        ("中通 快递", "ZTO", []),
        ("ems", "EMS", []),
        ("圆", "", ["YTO"]),
        ("飞鸽传书", "", []),
        ("", "", []),
    ],
)
def test_a_company_is_found_by_what_people_call_it_and_doubt_is_shown(said, delivery_id, candidates):
    make_companies()
    found, maybe = waybills.Companies().find(said)
    assert (found, [pk for pk, _name in maybe]) == (delivery_id, candidates)


@pytest.mark.parametrize(
    "text",
    [
        "o1\t顺丰\tSF1\no2\t圆通\tYT2",
        "o1,顺丰,SF1\r\no2，圆通，YT2\n\n",
        "订单号 快递公司 运单号\no1  顺丰  SF1\no2 圆通 YT2",
    ],
)
def test_lines_are_read_as_they_are_pasted(text):
    rows = waybills.from_text(text)
    assert [(row.out_order_id, row.express, row.waybill_id) for row in rows] == [
        ("o1", "顺丰", "SF1"),
        ("o2", "圆通", "YT2"),
    ]


def as_sheet(rows) -> io.BytesIO:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    file.seek(0)
    file.name = "waybills.xlsx"
    return file


def test_a_sheet_is_read_by_its_headers_whatever_their_order():
    rows = waybills.from_sheet(as_sheet([["备注"], ["运单号", "订单编号", "快递公司"], [73500012345, "o1", "中通"]]))
    assert [(row.out_order_id, row.express, row.waybill_id) for row in rows if row.waybill_id] == [
        ("o1", "中通", "73500012345")
    ]


def test_many_orders_are_shipped_from_a_pasted_list_with_the_doubtful_shown(paid, platform, warehouse, drain):
    one, two, three = paid(), paid(), paid()
    text = "\n".join(
        [
            f"{one.out_order_id} 顺丰 SF1",
            f"{two.out_order_id} 圆 YT2",
            f"{three.out_order_id} 飞鸽 X3",
            "nobody 顺丰 SF4",
        ]
    )
    page = warehouse.post(f"{ORDERS}ship-many/", {"text": text})
    assert "3 of 4 lines can be shipped" in words(page)
    assert "There is no order “nobody”" in words(page)
    assert page.content.decode().count("which one?") == 2
    assert platform.ledger("send") == [] and not Parcel.objects.exists()
    confirmed = {
        "confirmed": "1",
        "row": ["1", "2"],
        "order-1": one.out_order_id,
        "delivery-1": "SF",
        "waybill-1": "SF1",
        "order-2": two.out_order_id,
        "delivery-2": "YTO",
        "waybill-2": "YT2",
    }
    response = warehouse.post(f"{ORDERS}ship-many/", confirmed)
    assert response.url == f"/admin/console/job/{Job.objects.get().pk}/change/"
    drain()
    assert set(Order.objects.filter(status=30)) == {one, two}
    assert Order.objects.get(pk=three.pk).status == 20


def test_several_parcels_of_one_order_name_their_goods(paid, warehouse, drain, platform):
    order = paid()
    number = order.out_order_id
    page = warehouse.post(f"{ORDERS}ship-many/", {"text": f"{number} 顺丰 SF1\n{number} 顺丰 SF2"})
    assert "name the SKU id and the pieces of each" in words(page)
    rows = [
        ["订单号", "快递", "运单号", "SKU", "数量"],
        [number, "顺丰", "SF1", "red", 2],
        [number, "顺丰", "SF2", "blue", 1],
    ]
    page = warehouse.post(f"{ORDERS}ship-many/", {"sheet": as_sheet(rows)})
    assert "2 of 2 lines" in words(page)
    confirmed = {"confirmed": "1", "row": ["1", "2"]}
    for nth, (sku, pieces) in enumerate((("red", "2"), ("blue", "1")), 1):
        confirmed |= {
            f"order-{nth}": number,
            f"delivery-{nth}": "SF",
            f"waybill-{nth}": f"SF{nth}",
            f"sku-{nth}": sku,
            f"pieces-{nth}": pieces,
        }
    warehouse.post(f"{ORDERS}ship-many/", confirmed)
    drain()
    sent = platform.ledger("send")[-1].request
    assert [parcel["product_info_list"] for parcel in sent["delivery_list"]] == [goods(red=2), goods(blue=1)]
    assert sent["finish_all_delivery"] == 1


@pytest.mark.parametrize("content", [b"", b"no sheet at all", b"PK\x03\x04broken"])
def test_a_file_that_is_no_sheet_says_so(warehouse, content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = warehouse.post(f"{ORDERS}ship-many/", {"sheet": SimpleUploadedFile("w.xlsx", content)})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


def test_a_list_that_is_too_long_says_so_and_a_long_one_can_be_confirmed(warehouse):
    text = "\n".join(f"o{nth} 顺丰 SF{nth}" for nth in range(2001))
    assert "There are more than 2000 lines" in words(warehouse.post(f"{ORDERS}ship-many/", {"text": text}))
    fields = {"confirmed": "1", "row": [str(nth) for nth in range(500)]}
    fields |= {f"{name}-{nth}": "x" for nth in range(500) for name in ("order", "delivery", "waybill", "sku", "pieces")}
    assert warehouse.post(f"{ORDERS}ship-many/", fields).status_code == 302


def test_a_line_from_a_spreadsheet_is_cut_at_its_tabs_alone():
    (row,) = waybills.from_text("o1\tSF Express\tSF1234")
    assert (row.out_order_id, row.express, row.waybill_id) == ("o1", "SF Express", "SF1234")


def test_a_parcel_without_goods_or_for_an_unpaid_order_is_not_put_down(paid, warehouse):
    order, unpaid = paid(), make_order()
    none = {f"line-{line.pk}": "0" for line in order.lines.all()}
    for one, goods_in in ((order, none), (order, {f"line-{order.lines.first().pk}": "²"}), (unpaid, {})):
        sent = {"delivery_id": "SF", "waybill_id": "1"} | goods_in
        assert warehouse.post(f"{ORDERS}{one.pk}/add_parcel/", sent).status_code == 302
    assert not Parcel.objects.exists()


def test_nothing_pasted_says_so(warehouse):
    assert "There is no line with an order number" in words(warehouse.post(f"{ORDERS}ship-many/", {"text": "  "}))


# --- the record's page


def test_a_parcel_is_put_down_seen_and_then_sent(paid, warehouse, drain, platform):
    order = paid()
    page = f"{ORDERS}{order.pk}/change/"
    assert "Add a parcel" in words(warehouse.get(page))
    line = order.lines.get(out_sku_id="red")
    warehouse.post(
        f"{ORDERS}{order.pk}/add_parcel/", {"delivery_id": "SF", "waybill_id": "SF1", f"line-{line.pk}": "2"}
    )
    assert "that more will follow" in words(warehouse.get(page))
    warehouse.post(f"{ORDERS}{order.pk}/add_parcel/", {"delivery_id": "SF", "waybill_id": "SF2"})
    assert "that everything is on its way" in words(warehouse.get(page))
    warehouse.post(f"{ORDERS}{order.pk}/parcel/{Parcel.objects.last().pk}/drop/")
    warehouse.post(f"{ORDERS}{order.pk}/add_parcel/", {"delivery_id": "SF", "waybill_id": "SF3"})
    assert platform.ledger("send") == []
    warehouse.post(f"{ORDERS}{order.pk}/do/ship_order/")
    drain()
    assert Order.objects.get().status == 30
    assert "the state went from “To be shipped” to “On its way”" in words(warehouse.get(page))


def test_pressing_ship_without_a_parcel_says_what_is_missing(paid, warehouse):
    order = paid()
    page = warehouse.post(f"{ORDERS}{order.pk}/do/ship_order/", follow=True)
    assert "Not sent: Enter at least one parcel" in words(page)


# --- addresses


@pytest.mark.parametrize("kind", ["xlsx", "csv", "labels"])
def test_addresses_leave_with_one_reason_and_a_trace_at_every_order(paid, warehouse, kind):
    orders = [paid(), paid()]
    make_order()  # not paid: not taken out
    assert warehouse.post(f"{ORDERS}shipping/", {"kind": kind, "reason": ""}).status_code == 200
    assert not Reveal.objects.exists()
    response = warehouse.post(f"{ORDERS}shipping/", {"kind": kind, "reason": "evening shift"})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        assert sorted(row[0] for row in rows) == sorted(order.out_order_id for order in orders)
        assert rows[0][3:5] == ["张三", "13800138000"]
    else:
        assert content.decode().count("张三") == 2
    assert list(Reveal.objects.values_list("reason", flat=True)) == ["evening shift"] * 2
    assert {trace.record for trace in Reveal.objects.all()} == set(orders)


def test_addresses_of_what_the_list_shows_leave_with_a_reason_too(paid, warehouse):
    order, other = paid(), paid()
    Order.objects.filter(pk=order.pk).update(status=100)
    page = warehouse.get(f"{ORDERS}?state=finished")
    assert "shipping/?state=finished" in page.content.decode()
    url = f"{ORDERS}shipping/?state=finished"
    assert "1 order is in the list." in words(warehouse.get(url))
    content = b"".join(
        warehouse.post(url, {"kind": "csv", "reason": "asked by the carrier"}).streaming_content
    ).decode()
    assert order.out_order_id in content and other.out_order_id not in content and "张三" in content
    assert Reveal.objects.get().record == order


def test_the_shipping_sheet_filled_in_is_a_list_of_waybills(paid, warehouse):
    order = paid()
    content = warehouse.post(f"{ORDERS}shipping/", {"kind": "xlsx", "reason": "evening shift"}).content
    book = load_workbook(io.BytesIO(content))
    book.active["B2"], book.active["C2"] = "顺丰", "SF1"
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "shipping.xlsx"
    page = warehouse.post(f"{ORDERS}ship-many/", {"sheet": file})
    assert "1 of 1 lines can be shipped" in words(page)
    assert order.out_order_id in words(page)


def test_who_may_not_take_addresses_out_gets_none(paid, client):
    paid()
    for role in ("product", "finance", "auditor", "developer"):
        client.force_login(make_user(role))
        assert client.post(f"{ORDERS}shipping/", {"kind": "csv", "reason": "curious"}).status_code == 403
    assert not Reveal.objects.exists()


def test_an_address_is_masked_until_somebody_says_why(paid, warehouse, client):
    order = paid()
    assert "13800138000" not in words(warehouse.get(f"{ORDERS}{order.pk}/change/"))
    assert "13800138000" not in words(warehouse.post(f"{ORDERS}{order.pk}/reveal/", {"reason": ""}))
    assert "13800138000" in words(warehouse.post(f"{ORDERS}{order.pk}/reveal/", {"reason": "buyer asked"}))
    assert Reveal.objects.get().reason == "buyer asked"
    client.force_login(make_user("auditor"))
    assert client.post(f"{ORDERS}{order.pk}/reveal/", {"reason": "buyer asked"}).status_code == 403
    assert not Edit.objects.exists()
