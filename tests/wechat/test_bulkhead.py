"""Calls inside web requests are bounded apart from the threads that answer WeChat."""

import threading

import pytest

from orders.models import Order
from orders.operations import place_order
from tests.factories import make_key, order_body
from wechat import bulkhead
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places(monkeypatch):
    """One place in this process, which is taken."""
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(bulkhead, "_places", places)
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.01)
    places.acquire()
    return places


@pytest.fixture
def place(client):
    _key, header = make_key("orders")

    def post(body):
        return client.post("/api/v1/orders/", body, content_type="application/json", headers=header)

    return post


def test_without_a_place_an_order_is_stored_and_told_to_come_again(place, places, platform):
    body = order_body()
    for _time in range(2):
        answer = place(body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert Order.objects.get().order_id is None
    assert {step.state for step in Step.objects.all()} == {"skipped"}
    assert platform.ledger("order/add") == []
    places.release()
    assert [place(body).status_code, place(order_body()).status_code] == [201, 201]  # each gives its place back
    assert len(platform.ledger("order/add")) == 2


def test_workers_need_no_place(place, places, platform):
    assert place(order_body()).status_code == 503
    place_order(Order.objects.get())
    assert len(platform.ledger("order/add")) == 1
