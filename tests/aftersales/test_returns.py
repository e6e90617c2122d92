"""Goods that buyers send back: expected, found by their waybill, printed, and marked as received by the warehouse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.models import Aftersale
from aftersales.operations import accept_return, confirm_goods
from console.models import Edit
from sandbox.endpoints import ecaftersale as counter
from tests.aftersales.conftest import ours
from tests.console.pages import words
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/aftersales/aftersale/"


@pytest.fixture
def warehouse(client):
    client.force_login(make_user("warehouse"))
    return client


@pytest.fixture
def coming(platform, raised, hear):
    """An after-sale whose goods the buyer has handed to the carrier."""

    def make(waybill: str = "SF1000000000001", sku: str = "red") -> Aftersale:
        aftersale = raised(sku=sku, type=2, shipped=True)
        accept_return(aftersale)
        counter.user_return(platform.aftersale(aftersale.aftersale_id), "SF", waybill)
        hear()
        return ours(aftersale)

    return make


def receive(client, aftersale, **fields):
    return client.post(f"{DESK}{aftersale.pk}/receive/", fields)


def test_what_comes_back_is_a_list_with_its_waybills(coming, raised, warehouse):
    aftersale = coming()
    other = raised()
    page = words(warehouse.get(DESK, {"state": "coming-back"}))
    assert "SF1000000000001" in page and str(aftersale) in page and str(other) not in page
    assert "Goods coming back 1" in words(warehouse.get("/admin/")).replace(
        "1 Goods coming back", "Goods coming back 1"
    )


def test_a_return_is_found_by_its_waybill(coming, warehouse):
    coming("SF1"), coming("SF2")
    page = words(warehouse.get(DESK, {"q": "SF2"}))
    assert "SF2" in page and "SF1 " not in page


def test_the_warehouse_marks_what_arrived_and_by_whom(coming, warehouse, client):
    aftersale = coming()
    receive(warehouse, aftersale)
    aftersale.refresh_from_db()
    first = aftersale.received_at
    assert abs(first - timezone.now()) < timedelta(minutes=1)
    assert aftersale.received_by.username.startswith("warehouse")
    assert Edit.objects.get().changes["received_at"][1].startswith("20")
    receive(warehouse, aftersale)  # a second press changes nothing
    aftersale.refresh_from_db()
    assert (aftersale.received_at, Edit.objects.count()) == (first, 1)
    assert str(aftersale) not in words(warehouse.get(DESK, {"state": "coming-back"}))
    assert str(aftersale) in words(warehouse.get(DESK, {"state": "received"}))
    # Who decides reads it beside the operation that refunds.
    client.force_login(make_user("customer_service"))
    page = words(client.get(f"{DESK}{aftersale.pk}/change/"))
    assert "The goods are here: warehouse" in page and "then press “Goods arrived: refund”" in page


def test_the_mark_can_be_taken_back(coming, warehouse):
    aftersale = coming()
    receive(warehouse, aftersale)
    receive(warehouse, aftersale, undo="1")
    aftersale.refresh_from_db()
    assert (aftersale.received_at, aftersale.received_by) == (None, None)


def test_many_are_marked_at_once_without_those_that_send_nothing_back(coming, raised, warehouse):
    aftersales = [coming("SF1"), coming("SF2"), raised()]
    page = warehouse.post(
        DESK, {"action": "mark_received", "_selected_action": [one.pk for one in aftersales]}, follow=True
    )
    assert "2 returns are received." in words(page)
    assert Aftersale.objects.exclude(received_at=None).count() == 2


def test_a_read_from_wechat_leaves_the_mark(coming, warehouse, client, hear):
    aftersale = coming()
    receive(warehouse, aftersale)
    confirm_goods(ours(aftersale))
    hear()
    aftersale.refresh_from_db()
    assert aftersale.status in (14, 15) and aftersale.received_at


def test_who_may_not_receive_changes_nothing(coming, client):
    aftersale = coming()
    for role in ("finance", "auditor", "developer"):
        client.force_login(make_user(role))
        assert receive(client, aftersale).status_code == 403
    assert client.get(f"{DESK}{aftersale.pk}/receive/").status_code == 405
    assert not Aftersale.objects.exclude(received_at=None).exists()


def test_the_sheet_names_waybill_goods_pieces_and_when_wechat_refunds(coming, raised, warehouse):
    aftersale, other = coming(), raised()
    page = words(warehouse.get(f"{DESK}returns/"))
    for text in ("SF1000000000001", aftersale.line.title, "red", str(aftersale), "WeChat refunds in your place"):
        assert text in page, text
    assert str(other) not in page
    receive(warehouse, aftersale)
    assert str(aftersale) not in words(warehouse.get(f"{DESK}returns/"))
    assert "warehouse" in words(warehouse.get(f"{DESK}returns/", {"state": "received"}))


def test_the_sheet_asks_a_constant_number_of_questions(coming, warehouse, django_assert_max_num_queries):
    coming("SF1")
    with django_assert_max_num_queries(12) as few:
        warehouse.get(f"{DESK}returns/")
    most = len(few.captured_queries)
    coming("SF2"), coming("SF3", "blue")
    with django_assert_max_num_queries(most):
        assert "SF3" in words(warehouse.get(f"{DESK}returns/"))


def test_returns_near_their_end_turn_the_card_red(coming, warehouse):
    aftersale = coming()
    Aftersale.objects.filter(pk=aftersale.pk).update(deadline_at=timezone.now() + timedelta(hours=3))
    assert "WeChat refunds within 24 h: 1" in words(warehouse.get("/admin/"))
