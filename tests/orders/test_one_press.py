"""Shipping in one press: the company is guessed from the waybill, shown as a guess, and never taken where two fit."""

import pytest

from orders import guessing
from orders.models import ExpressCompany, Order, Parcel
from tests.catalog.test_products import on_sale
from tests.console.pages import document, words
from tests.factories import make_companies, make_order, make_user
from tests.shop import sign_in, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def warehouse(client):
    client.force_login(make_user("warehouse"))
    return client


@pytest.mark.parametrize(
    ("waybill", "fits"),
    [
        ("SF1234567890123", ["SF"]),
        (" sf1234567890123 ", ["SF"]),
        ("YT1234567890123", ["YTO"]),
        ("773123456789012", ["STO"]),
        ("312345678901234", ["YD"]),
        ("12345", []),
        ("飞鸽", []),
    ],
)
def test_a_company_is_guessed_by_the_form_of_a_waybill(waybill, fits):
    make_companies()
    for pk in fits:
        ExpressCompany.objects.get_or_create(delivery_id=pk, defaults={"delivery_name": pk})
    assert guessing.companies(waybill) == fits


def test_a_company_that_wechat_does_not_list_is_not_guessed():
    ExpressCompany.objects.all().delete()
    assert guessing.companies("SF1234567890123") == []


def post(client, order, **fields):
    return client.post(f"/admin/orders/order/{order.pk}/add_parcel/", fields, follow=True)


def test_added_and_sent_with_one_press(paid, warehouse, platform, drain):
    order = paid()
    post(warehouse, order, waybill_id="SF1234567890123", ship="1")
    drain()
    assert (Order.objects.get().status, platform.order(order.out_order_id).status) == (30, 30)
    assert Parcel.objects.get().delivery_id == "SF"


def test_only_added_is_not_sent(paid, warehouse, platform, drain):
    order = paid()
    post(warehouse, order, waybill_id="SF1234567890123", delivery_id="YTO")
    drain()
    assert platform.ledger("send") == []
    assert Parcel.objects.get().delivery_id == "YTO"


def test_a_button_that_asks_first_is_never_the_main_one(warehouse, client, platform):
    order = make_order()
    client.force_login(make_user("owner"))
    page = document(client.get(f"/admin/orders/order/{order.pk}/change/"))
    bar = page.xpath("//div[@class='record-buttons'][1]")[0]
    assert not bar.xpath(".//button[contains(@class, 'primary')]")
    assert [button.text_content() for button in bar.xpath(".//span[@class='apart']//button")] == ["Close"]
    spu = on_sale(platform)
    page = document(client.get(f"/admin/catalog/spu/{spu.pk}/change/"))
    bar = page.xpath("//div[@class='record-buttons'][1]")[0]
    assert not bar.xpath(".//button[contains(@class, 'primary')]")
    apart = [button.text_content() for button in bar.xpath(".//span[@class='apart']//button")]
    assert apart == ["Take off sale", "Delete at WeChat"]


def test_what_is_not_clear_is_asked_and_never_ems(paid, warehouse, monkeypatch):
    order = paid()
    assert "Choose the express company" in words(post(warehouse, order, waybill_id="0000", ship="1"))
    monkeypatch.setattr(guessing, "FORMS", [("SF", "X[0-9]+"), ("YTO", "X[0-9]+")])
    assert "Choose the express company" in words(post(warehouse, order, waybill_id="X1", ship="1"))
    assert not Parcel.objects.exists()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_an_order_is_shipped_in_one_press(page, live_server, workers, platform, paid, width, monkeypatch):
    page.set_viewport_size({"width": width, "height": 844})
    order = paid()
    sign_in(page, live_server, make_user("warehouse"))
    page.goto(f"{live_server.url}/admin/orders/order/{order.pk}/change/")
    company = page.locator("select[name=delivery_id]")
    assert company.input_value() == ""
    page.fill("input[name=waybill_id]", "YT1234567890123")
    assert company.input_value() == "YTO"
    assert "Guessed from the form" in page.inner_text(".guess")
    company.select_option("SF")
    page.fill("input[name=waybill_id]", "YT12345678901234")
    assert company.input_value() == "SF"  # chosen by a person: no guess any more
    company.select_option("")
    assert company.input_value() == "YTO"
    page.focus("input[name=waybill_id]")
    page.keyboard.press("Enter")
    wait_for(lambda: Order.objects.get().status == 30)
    assert Parcel.objects.get().delivery_id == "YTO"
    assert page.complaints == []
