"""What WeChat should have been told of an after-sale by now, and where to object to what it decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.lateness import late_push
from aftersales.models import Aftersale, Dispute
from orders.lateness import PUSH_LATE
from tests.console.pages import words
from tests.factories import make_user
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/aftersales/aftersale/"
OBJECT = "objects at WeChat's customer service"


def test_a_state_of_our_own_that_was_not_told_is_late_after_an_hour(bought, client, drain):
    order = bought(own=True)
    fields = {"type": 1, "orderamt": 2000, "product_cnt": 2, "status": 0, "out_aftersale_id": "own-1"}
    aftersale = Aftersale.objects.create(family=0, order=order, line=order.lines.get(out_sku_id="red"), **fields)
    assert late_push(aftersale) == ""
    moved = timezone.now() - PUSH_LATE - timedelta(minutes=1)
    Aftersale.objects.update(moved_at=moved)
    client.force_login(make_user("customer_service"))
    page = f"{DESK}{aftersale.pk}/change/"
    said = "WeChat does not know yet that this after-sale is “Not handled yet”. WeChat counts it as a violation"
    assert said in words(client.get(page))
    client.post(f"{DESK}{aftersale.pk}/do/record_claim/")
    drain()
    assert Step.objects.get(operation="aftersales.record_claim").state == Step.State.DONE
    assert "WeChat counts it as a violation" not in words(client.get(page))


def test_an_after_sale_that_wechat_keeps_is_never_late(raised):
    aftersale = raised()
    Aftersale.objects.update(moved_at=timezone.now() - timedelta(days=2))
    aftersale.refresh_from_db()
    assert late_push(aftersale) == ""


def test_what_wechat_decided_says_where_to_object(raised, client):
    aftersale = raised()
    dispute = Dispute.objects.create(complaint_order_id=77, aftersale=aftersale, order=aftersale.order)
    client.force_login(make_user("customer_service"))
    pages = [f"{DESK}{aftersale.pk}/change/", f"/admin/aftersales/dispute/{dispute.pk}/change/"]
    assert not any(OBJECT in words(client.get(page)) for page in pages)
    Aftersale.objects.update(status=18)
    Dispute.objects.update(judge_result=2)
    assert all(OBJECT in words(client.get(page)) for page in pages)
