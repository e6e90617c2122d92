"""The platform's ids: what reads them as floats gets other ones (BEHAVIOUR 0)."""

from sandbox.endpoints import complaint, ecaftersale, spu
from sandbox.ids import new_id
from sandbox.models import Application, Product

from .test_money import applied
from .test_orders import added


def changed_by_a_float(number):
    return int(float(number)) != number


def test_no_id_survives_as_a_float_nor_do_the_numbers_after_it():
    for _time in range(200):
        number = new_id()
        assert 2**62 < number < 2**63 - 1023
        assert all(changed_by_a_float(number + nth) for nth in range(1023))


def test_a_product_and_each_of_its_skus_change_as_floats(shop, link):
    sku = {"thumb_img": link, "sale_price": 1, "market_price": 1, "stock_num": 1}
    attributes = [{"attr_key": "n", "attr_value": "1"}]
    skus = [{**sku, "out_sku_id": str(nth), "sku_attrs": attributes} for nth in range(500)]
    product = {
        "out_product_id": "p1",
        "title": "连衣裙",
        "path": "p",
        "head_img": [link],
        "third_cat_id": 6040,
        "brand_id": spu.NO_BRAND,
        "skus": skus,
    }
    data = shop("spu/add", product)["data"]
    assert data["product_id"] == Product.objects.get().pk
    assert all(changed_by_a_float(number) for number in (data["product_id"], *[row["sku_id"] for row in data["skus"]]))


def test_claims_disputes_and_applications_change_as_floats(shop):
    claim = ecaftersale.apply(added(shop, status=30), "1")
    dispute = complaint.start(claim, "x")
    applied(shop)
    ids = (claim.pk, dispute.pk, Application.objects.get().applyment_id)
    assert all(changed_by_a_float(number) for number in ids)
