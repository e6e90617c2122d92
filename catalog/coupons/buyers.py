from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import of_buyer

from .models import UserCoupon


@of_buyer("coupons.view_usercoupon", _("user coupons"))
def user_coupons(openid: str) -> QuerySet:
    return UserCoupon.objects.filter(openid=openid).select_related("coupon").order_by("-id")
