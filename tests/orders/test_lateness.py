"""What WeChat should have been told of by now is said on the order's page, as it counts as a violation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import SPU, Status
from orders import parcels
from orders.lateness import PUSH_LATE, late_push
from orders.models import Order, Parcel
from tests.console.pages import words
from tests.factories import make_order, make_spu, make_user, order_body, own_number

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timezone.now() - PUSH_LATE - timedelta(minutes=1)
VIOLATION = "WeChat counts it as a violation where orders, shipping and after-sales are not synchronised."
OBJECT = "objects at WeChat's customer service"


@pytest.fixture
def page(client):
    client.force_login(make_user("owner"))
    return lambda record: words(client.get(f"/admin/{record._meta.label_lower.replace('.', '/')}/{record.pk}/change/"))


def test_an_order_that_wechat_does_not_have_is_late_after_an_hour(db, page):
    order = make_order(order_body(), place=False)
    assert VIOLATION not in page(order)
    Order.objects.update(created_at=LONG_AGO)
    assert "WeChat does not have this order yet. " + VIOLATION in page(order)
    Order.objects.update(refusal={"errcode": 1010004, "errmsg": ""})  # it will never have it
    assert VIOLATION not in page(order)


def test_a_parcel_that_was_only_added_is_late_after_an_hour(paid, page):
    order = paid()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "SF1"}])
    assert VIOLATION not in page(order)
    Parcel.objects.update(created_at=LONG_AGO)
    assert "WeChat does not know yet of the parcel SF1. " + VIOLATION in page(order)
    Parcel.objects.update(sent_at=timezone.now())
    assert VIOLATION not in page(order)


def test_a_payment_to_the_own_number_that_was_not_reported_is_late(platform, page):
    order = make_order(own_number())
    Order.objects.update(placed_at=LONG_AGO)
    assert VIOLATION not in page(order)
    Order.objects.update(payment_report={"action_type": 1})
    assert "WeChat does not know yet that this order is paid. " + VIOLATION in page(order)


def test_a_paid_order_without_parcels_is_not_late_to_be_told(paid):
    order = paid()
    Order.objects.update(created_at=LONG_AGO, placed_at=LONG_AGO)
    order.refresh_from_db()
    assert late_push(order) == ""


def test_a_product_taken_off_sale_says_where_to_object(db, page):
    spu = make_spu()
    assert OBJECT not in page(spu)
    SPU.objects.update(status=Status.VIOLATION)
    assert OBJECT in page(spu)
