from django.db.models import Exists, QuerySet
from django.utils.translation import gettext_lazy as _

from console.today import work

from .models import Coupon, CouponSetup


@work(
    "coupons.submit_coupon",
    group="selling",
    title=_("Coupons running out"),
    text=_("A tenth of their stock is left, or less."),
    page="admin:coupons_coupon_changelist",
    query="state=out",
    order=55,
)
def running_out() -> QuerySet:
    return Coupon.objects.nearly_out()


@work(
    "coupons.submit_coupon",
    group="selling",
    title=_("Coupons that cannot be sent"),
    text=_("Confirm the push address before they can be sent."),
    page="admin:coupons_couponsetup_changelist",
    order=56,
)
def before_the_address_is_confirmed() -> QuerySet:
    confirmed = CouponSetup.objects.exclude(confirmed_at=None)
    return Coupon.objects.exclude(Exists(confirmed))
