from .coupon import SHOP, Coupon, CouponStatus, CouponType, ValidType
from .setup import CouponSetup
from .user_coupon import CouponRequest, RetCode, UserCoupon, UserCouponStatus

__all__ = [
    "SHOP",
    "Coupon",
    "CouponRequest",
    "CouponSetup",
    "CouponStatus",
    "CouponType",
    "RetCode",
    "UserCoupon",
    "UserCouponStatus",
    "ValidType",
]
