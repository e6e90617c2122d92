"""Anything is found by any part: records, pages, actions."""

import pytest

from tests.console.pages import document, words
from tests.factories import make_brand, make_order, make_spu, make_user, order_body
from tests.shop import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def search(client, query: str) -> list[str]:
    found = document(client.get("/admin/search/", {"q": query, "part": 1}))
    return [link.text_content() for link in found.xpath("//li//a | //li//button")]


@pytest.mark.parametrize("part", ["裙", "连衣", "连衣裙", "花连衣裙", "dress-", "RED-RED-R"])
def test_a_product_is_found_by_any_part_of_its_title_or_ids(client, part):
    client.force_login(make_user("product"))
    spu = make_spu(title="法式碎花连衣裙")
    spu.skus.update(out_sku_id="red-RED-RED-red")
    make_spu(title="帆布包", out_product_id="bag-1")
    titles = search(client, part)
    assert any("法式碎花连衣裙" in title for title in titles)
    assert not any("帆布包" in title for title in titles)


@pytest.mark.parametrize("part", ["o-2026-55512", "2026-555", "55512"])
def test_an_order_is_found_by_any_part_of_its_number(client, platform, part):
    client.force_login(make_user("warehouse"))
    make_order(order_body(out_order_id="o-2026-55512"))
    assert "o-2026-55512" in search(client, part)


def test_pages_and_actions_are_found_by_those_who_may(client):
    client.force_login(make_user("owner"))
    assert {"Disputes", "Pull disputes"} <= set(search(client, "disputes"))
    client.force_login(make_user("warehouse"))
    assert search(client, "disputes") == []


def test_a_brand_of_somebody_elses_work_is_not_shown(client):
    make_brand(brand_wording="寻找的品牌")
    client.force_login(make_user("warehouse"))
    assert search(client, "寻找") == []
    client.force_login(make_user("product"))
    assert search(client, "寻找") == ["寻找的品牌"]


def test_nothing_asked_and_nothing_found_are_said(client):
    client.force_login(make_user("owner"))
    assert "Type what you are looking for." in words(client.get("/admin/search/"))
    assert "Nothing is called “nirgends”." in words(client.get("/admin/search/", {"q": "nirgends"}))


@pytest.mark.browser
def test_the_palette_opens_by_a_key_and_leads_there(page, live_server):
    spu = make_spu(title="法式碎花连衣裙")
    sign_in(page, live_server, make_user("product"))
    page.keyboard.press("/")
    page.keyboard.type("连衣")
    page.wait_for_selector(".palette a:has-text('法式碎花连衣裙')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/catalog/spu/{spu.pk}/change/")
    assert page.complaints == []
