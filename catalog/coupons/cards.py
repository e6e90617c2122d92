from django.urls import reverse
from django.utils.translation import gettext as _

from console.today import Card, card

from .models import Coupon, CouponSetup

MOST = 1000


@card("coupons.submit_coupon")
def coupons() -> Card:
    """Coupons running out; before the push address is confirmed, the coupons that wait for it."""
    page = reverse("admin:coupons_coupon_changelist")
    if not CouponSetup.load().is_confirmed:
        waiting = Coupon.objects.all()[:MOST].count()
        text = _("Confirm the push address before they can be sent.") if waiting else _("No coupon has been made yet.")
        setup = reverse("admin:coupons_couponsetup_changelist")
        return Card(_("Coupons"), waiting, text, setup if waiting else page, "amber" if waiting else "grey", order=55)
    out = Coupon.objects.nearly_out()[:MOST].count()
    text = _("A tenth of their stock is left, or less.") if out else _("No coupon runs out.")
    return Card(_("Coupons running out"), out, text, f"{page}?state=out", "amber" if out else "grey", order=55)
