from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from console.lists import state_filter
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge
from wechat.masking import mask

from .. import operations
from ..models import UserCoupon, UserCouponStatus

TONES: dict[int | None, str] = {
    UserCouponStatus.VALID: "green",
    UserCouponStatus.EXPIRED: "grey",
    UserCouponStatus.USED: "grey",
}
STATES = {
    "unseen": (gettext_lazy("Not seen at WeChat yet"), Q(status=None)),
    "valid": (UserCouponStatus.VALID.label, Q(status=UserCouponStatus.VALID)),
    "used": (UserCouponStatus.USED.label, Q(status=UserCouponStatus.USED)),
    "expired": (UserCouponStatus.EXPIRED.label, Q(status=UserCouponStatus.EXPIRED)),
}


@admin.register(UserCoupon)
class UserCouponAdmin(OperationAdmin):
    """Who has which coupon; it is not edited, but its use or expiry can be sent to WeChat."""

    empty_text = gettext_lazy("Coupons that buyers received; one appears when a buyer takes a coupon.")
    menu = ("selling", 60)
    guide = "coupons"
    operations = [
        operations.use_user_coupon,
        operations.expire_user_coupon,
        operations.add_user_coupon,
        operations.pull_user_coupons,
    ]
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "received_at"
    list_display = ["out_user_coupon_id", "coupon", "shown_openid", "state", "received", "ends_at"]
    list_select_related = ["coupon"]
    list_filter = [state_filter(STATES)]
    search_fields = ["=openid", "=out_user_coupon_id", "=coupon__out_coupon_id"]
    search_help_text = gettext_lazy("An openid, out_user_coupon_id or out_coupon_id, in full.")
    sortable_by = ()
    fields = readonly_fields = (
        "out_user_coupon_id",
        "coupon",
        "shown_openid",
        "state",
        "received_at",
        "starts_at",
        "ends_at",
        "used_at",
        "read_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: UserCoupon | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UserCoupon | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("coupon")

    def state_badge(self, obj: UserCoupon) -> SafeString:
        return self.state(obj)

    @admin.display(description="openid")
    def shown_openid(self, user_coupon: UserCoupon) -> str:
        return mask(user_coupon.openid) or "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, user_coupon: UserCoupon) -> SafeString:
        tone = "amber" if user_coupon.is_unseen else TONES.get(user_coupon.status, "grey")
        return badge(user_coupon.state_label, tone)

    @admin.display(description=gettext_lazy("received"))
    def received(self, user_coupon: UserCoupon) -> str:
        return ago(user_coupon.received_at)
