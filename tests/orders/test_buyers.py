"""Buyers are found by whole values only, by those who may, and each search is kept."""

import pytest
from django.utils import timezone

from console.models import Reveal, SearchMark
from orders import buyer_hashes, tasks
from orders.models import BuyerHash, Order, OrderStatus
from tests.console.pages import document, words
from tests.factories import make_order, make_user, order_body

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = {
    "receiver_name": "张 三丰",
    "detailed_address": "海珠区新港中路 397 号",
    "tel_number": "020-8116-7777",
    "country": "中国",
    "province": "广东省",
    "city": "广州市",
    "town": "海珠区",
}


@pytest.fixture
def order(platform):
    order = make_order(order_body(out_order_id="o-buyer-1"))
    Order.objects.filter(pk=order.pk).update(address=ADDRESS)
    buyer_hashes.refresh()
    return order


def search(client, by: str, value: str, reason: str = "asks on the phone"):
    return client.post("/admin/buyers/", {"by": by, "value": value, "reason": reason})


@pytest.mark.parametrize(
    ("by", "value", "found"),
    [
        ("name", "张三丰", True),
        ("name", " 张 三丰 ", True),
        ("name", "张三", False),
        ("phone", "7777", True),
        ("phone", "020-8116-7777", True),
        ("phone", "777", False),
        ("phone", "8116", False),
        ("openid", "", False),
    ],
)
def test_a_buyer_is_found_by_a_whole_value_only(client, order, by, value, found):
    client.force_login(make_user("customer_service"))
    shown = document(search(client, by, value))
    assert [code.text_content() for code in shown.xpath("//table//code")] == (["o-buyer-1"] if found else [])


def test_from_the_search_to_all_of_the_buyer(client, order):
    client.force_login(make_user("customer_service"))
    (link,) = document(search(client, "openid", order.openid)).xpath("//table//a/@href")
    assert order.openid not in link
    assert "o-buyer-1" in words(client.get(link))


def test_a_search_is_kept_with_its_reason_and_without_its_value(client, order):
    user = make_user("customer_service")
    client.force_login(user)
    search(client, "name", "张三丰", "asks for her parcel")
    trace = Reveal.objects.get()
    assert (trace.user, trace.record, trace.reason) == (user, user, "asks for her parcel")
    assert "张三丰" not in str(vars(trace))
    assert "This field is required" in words(search(client, "name", "张三丰", ""))
    assert Reveal.objects.count() == 1


def test_searches_are_limited(client, order, monkeypatch):
    monkeypatch.setattr("console.buyers.SEARCHES", 2)
    client.force_login(make_user("customer_service"))
    for _nth in range(2):
        search(client, "phone", "7777")
    assert "You have searched for 2 buyers within an hour." in words(search(client, "phone", "7777"))
    assert Reveal.objects.count() == 2


def test_who_may_not_reveal_may_not_search(client, order):
    client.force_login(make_user("product"))
    assert client.get("/admin/buyers/").status_code == 403
    assert search(client, "phone", "7777").status_code == 403
    assert Reveal.objects.count() == 0
    client.force_login(make_user("auditor"))
    assert "o-buyer-1" not in words(client.get("/admin/orders/order/", {"q": order.openid}))


def test_the_hashes_go_with_the_address(order, settings):
    Order.objects.filter(pk=order.pk).update(
        status=OrderStatus.FINISHED, placed_at=timezone.now() - timezone.timedelta(days=200)
    )
    assert BuyerHash.objects.count() == 2
    tasks.erase_addresses()
    assert BuyerHash.objects.count() == 0
    assert buyer_hashes.refresh() == 0


def test_orders_of_before_are_filled_in_batches_and_with_another_key_anew(order, settings, monkeypatch):
    monkeypatch.setattr(buyer_hashes, "BATCH", 2)
    monkeypatch.setattr(buyer_hashes, "LATE", 0)
    for nth in range(5):
        make_order(order_body(out_order_id=f"o-{nth}"))
    assert buyer_hashes.refresh() > 0
    assert buyer_hashes.refresh() == 0
    stored = set(BuyerHash.objects.values_list("digest", flat=True))
    settings.LOOKUP_KEY = "another"
    assert not buyer_hashes.with_digest("name", "张三丰").exists()
    assert buyer_hashes.refresh() > 0
    assert buyer_hashes.with_digest("name", "张三丰").count() == 1
    assert not stored & set(BuyerHash.objects.values_list("digest", flat=True))
    assert SearchMark.objects.filter(kind__startswith="buyers").count() == 2
