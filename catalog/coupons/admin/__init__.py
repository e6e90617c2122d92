from .coupons import CouponAdmin
from .setup import CouponSetupAdmin
from .user_coupons import UserCouponAdmin

__all__ = ["CouponAdmin", "CouponSetupAdmin", "UserCouponAdmin"]
