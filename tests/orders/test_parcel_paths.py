import pytest

from orders.models import Order, OrderLine
from tests.factories import make_key

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_fault_names_its_place_in_the_request_beside_a_parcel_reported_before(paid, client):
    order = paid()
    known = {"delivery_id": "SF", "waybill_id": "SF1234567", "product_infos": []}
    line = OrderLine.objects.filter(order=order).first()
    known["product_infos"] = [{"out_product_id": line.out_product_id, "out_sku_id": line.out_sku_id, "product_cnt": 1}]
    url = f"/api/v1/orders/{order.out_order_id}/ship_order/"
    key = make_key("ship")[1]

    def post(*parcels):
        return client.post(url, {"parcels": list(parcels)}, content_type="application/json", headers=key)

    assert post(known).status_code == 200
    answer = post(known, {"delivery_id": "NONE", "waybill_id": "X1234567"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["parcels[1].delivery_id"])
    assert Order.objects.get().status == 21
