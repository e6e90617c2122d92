"""Actions of the buyer on coupons."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..endpoints import coupon as coupons
from ..models import Account, Coupon, UserCoupon
from ..platform import Refusal
from .board import action, number, section

BUYER = "oBuyer_sandbox_0000000000001"
MOST = 20


@section
def booklet(account: Account) -> dict:
    given = UserCoupon.objects.filter(status=UserCoupon.VALID).select_related("coupon")
    return {
        "coupons": Coupon.objects.exclude(status__in=(Coupon.EXPIRED, Coupon.VOIDED)).order_by("-pk")[:20],
        "user_coupons": given.order_by("-pk")[:20],
        "coupon_buyer": BUYER,
    }


@action
def receive_coupon(request: HttpRequest, account: Account) -> str:
    """Request a coupon the given number of times; stops when the console refuses one."""
    coupon = get_object_or_404(Coupon, out_coupon_id=request.POST.get("out_coupon_id"))
    openid, times = request.POST.get("openid", "").strip() or BUYER, number(request.POST, "times", MOST) or 1
    for time in range(times):
        try:
            coupons.receive(coupon, openid)
        except Refusal as no:
            said = _("after %(count)d were received: %(reason)s") % {"count": time, "reason": no.errmsg}
            raise Refusal(no.errcode, said) from None
    return ngettext("%(count)d coupon was received.", "%(count)d coupons were received.", times) % {"count": times}


@action
def set_user_coupon(request: HttpRequest, account: Account) -> str:
    """Set a buyer's coupon to used or expired; no event is sent."""
    kept = get_object_or_404(UserCoupon, pk=number(request.POST, "user_coupon"))
    status = UserCoupon.USED if request.POST.get("play") == "use" else UserCoupon.EXPIRED
    coupons.set_user_status(kept, status, account)
    return _("Done; no event is sent.")
