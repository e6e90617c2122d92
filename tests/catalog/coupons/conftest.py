from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.coupons.models import Coupon, CouponSetup, CouponType
from catalog.coupons.operations import confirm_coupons, publish_coupon, submit_coupon, update_coupon_stock

TERMS = {
    1: {"discount_num": 9000, "product_cnt": 2, "out_product_ids": ["dress-1"]},
    2: {"discount_fee": 500, "product_price": 5000, "out_product_ids": ["dress-1", "dress-2"]},
    3: {"discount_num": 5100, "out_product_ids": ["dress-1"]},
    4: {"discount_fee": 500, "out_product_ids": ["dress-1"]},
    5: {"tradein_out_product_id": "dress-1", "tradein_price": 100},
    6: {"buy_out_product_id": "dress-1", "buy_product_cnt": 2, "get_out_product_id": "hat-1", "get_product_cnt": 1},
    101: {"discount_num": 9000, "product_price": 5000},
    102: {"discount_fee": 500, "product_price": 5000},
    103: {"discount_num": 9000},
    104: {"discount_fee": 500},
}


def make_coupon(type: int = CouponType.SHOP_REDUCTION, **fields) -> Coupon:
    """Ready to be sent; 30 of them, valid for a week."""
    now = timezone.now().replace(microsecond=0)
    known = {
        "name": "满 50 减 5",
        "total_num": 30,
        "receive_start_time": now - timedelta(hours=1),
        "receive_end_time": now + timedelta(days=1),
        "valid_start_time": now,
        "valid_end_time": now + timedelta(days=7),
    }
    return Coupon.objects.create(**{"type": type, **known, **TERMS[type], **fields})


@pytest.fixture
def confirmed(platform) -> CouponSetup:
    """WeChat has tried the push address."""
    confirm_coupons(CouponSetup.load())
    return CouponSetup.load()


@pytest.fixture
def published(confirmed):
    """A coupon that buyers can receive, its stock told to WeChat."""

    def make(**fields) -> Coupon:
        coupon = make_coupon(**fields)
        for op in (submit_coupon, publish_coupon, update_coupon_stock):
            op(coupon)
        coupon.refresh_from_db()
        return coupon

    return make
