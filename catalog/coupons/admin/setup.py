from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from console.operation_admin import SingleAdmin
from console.templatetags.console import badge
from wechat.errors import meaning_of

from .. import operations
from ..models import CouponSetup

# What each result of coupon/confirm means, and what to check.
FAULTS = {
    1090020: gettext_lazy(
        "The event arrived and was answered otherwise than WeChat wants. Compare the mode (plaintext or safe), the "
        "format (XML or JSON), the Token and the EncodingAESKey on WeChat's page with WECHAT_CALLBACK_MODE, "
        "WECHAT_TOKEN and WECHAT_AES_KEY here."
    ),
    1090032: gettext_lazy(
        "WeChat did not reach the address within 5 seconds. Look at the URL on WeChat's page, at the certificate and "
        "the firewall, and that more than one worker answers: this request is open meanwhile."
    ),
}


@admin.register(CouponSetup)
class CouponSetupAdmin(SingleAdmin):
    """Confirms the push address before the first coupon, and explains what may fail."""

    menu = ("settings", 40)
    guide = "coupons"
    operations = [operations.confirm_coupons]
    change_form_template = "admin/coupon_setup.html"
    fields = readonly_fields = (
        "confirmed_at",
        "confirmed_url",
        "push_address",
        "heard_at",
    )

    def has_change_permission(self, request: HttpRequest, obj: CouponSetup | None = None) -> bool:
        return False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: CouponSetup | None = None,
    ) -> HttpResponse:
        context["faults"] = [(code, meaning_of(code), what) for code, what in FAULTS.items()]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def state_badge(self, obj: CouponSetup) -> SafeString:
        return badge(obj.state_label, "green" if obj.is_confirmed and not obj.has_moved else "amber")

    @admin.display(description=gettext_lazy("push address set here"))
    def push_address(self, setup: CouponSetup) -> str:
        return settings.WECHAT_CALLBACK_URL
