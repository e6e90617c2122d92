from django.utils.translation import gettext_lazy as _

from console.keeping import keep

keep("coupons.Coupon", "coupons.CouponSetup", why=_("Made by people: few rows."))
keep(
    "coupons.UserCoupon",
    why=_("A coupon in a buyer's hands belongs to the orders that are paid with it."),
    buyer=["openid"],
    blank={"openid": ""},
)
keep(
    "coupons.CouponRequest",
    why=_("A repeated request of WeChat has to get the answer that it got before."),
    buyer=["openid"],
    blank={"openid": ""},
)
