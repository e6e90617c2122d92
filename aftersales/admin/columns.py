"""The columns of the list of after-sales, and the read-only fields of the page."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from console.operation_admin import OperationAdmin
from console.templatetags.console import badge

from ..deadlines import CLOCKS
from ..limits import most_refundable
from ..models import Aftersale, ECStatus, Kind

REASONS = {
    1: gettext_lazy("wrong or too many ordered"),
    2: gettext_lazy("no longer wanted"),
    3: gettext_lazy("no express information"),
    4: gettext_lazy("empty parcel"),
    5: gettext_lazy("parcel refused"),
    6: gettext_lazy("not delivered for too long"),
    7: gettext_lazy("not as described"),
    8: gettext_lazy("quality"),
    9: gettext_lazy("wrong goods sent"),
    10: gettext_lazy("no brand, no maker"),
    11: gettext_lazy("counterfeit"),
    12: gettext_lazy("other"),
}
GOOD = (ECStatus.REFUNDED, ECStatus.RETURNED)


class AftersaleColumns(OperationAdmin):
    """Columns of the list, and read-only fields of the page."""

    @admin.display(description=gettext_lazy("claim"))
    def claim(self, claim: Aftersale) -> str:
        return format_html("<code>{}</code><br><small>{}</small>", claim, claim.order.out_order_id)

    @admin.display(description=gettext_lazy("state"))
    def state(self, claim: Aftersale) -> str:
        if claim.refusal:
            return badge(claim.state_label, "red")
        if claim.status in GOOD:
            return badge(claim.state_label, "green")
        return badge(claim.state_label, "amber" if claim.is_ours else "blue" if claim.is_open else "grey")

    @admin.display(description=gettext_lazy("time left"))
    def time_left(self, claim: Aftersale) -> str:
        if claim.deadline_at is None:
            return "–"
        clock = CLOCKS.get(ECStatus(claim.status)) if claim.status in ECStatus.values else None
        return format_html(
            '<time class="clock{}" data-until="{}" title="{}">{}</time>',
            "" if clock and clock.ours else " theirs",
            claim.deadline_at.isoformat(),
            timezone.localtime(claim.deadline_at).strftime("%Y-%m-%d %H:%M"),
            left(claim.seconds_left or 0),
        )

    @admin.display(description=gettext_lazy("goods"))
    def goods(self, claim: Aftersale) -> str:
        return f"{claim.line.title} × {claim.product_cnt}" if claim.line else "–"

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, claim: Aftersale) -> str:
        return str(Kind(claim.type).label if claim.type in Kind.values else claim.type)

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, claim: Aftersale) -> str:
        return format_html('<span class="amount">{}</span>', yuan(claim.orderamt, "¥"))

    @admin.display(description=gettext_lazy("buyer's words"))
    def words(self, claim: Aftersale) -> str:
        return claim.refund_reason[:40]

    @admin.display(description=gettext_lazy("order"))
    def shown_order(self, claim: Aftersale) -> str:
        url = reverse("admin:orders_order_change", args=[claim.order_id])
        return format_html('<a href="{}">{}</a> · {}', url, claim.order, claim.order.state_label)

    @admin.display(description=gettext_lazy("goods"))
    def shown_goods(self, claim: Aftersale) -> str:
        return self.goods(claim)

    @admin.display(description=gettext_lazy("at most"))
    def most(self, claim: Aftersale) -> str:
        if claim.line is None:
            return "–"
        return _("%(most)s can be refunded at most.") % {"most": yuan(most_refundable(claim.line), "¥")}

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, claim: Aftersale) -> str:
        known = str(REASONS.get(claim.refund_reason_type, claim.refund_reason_type))
        return f"{known} · {claim.refund_reason}" if claim.refund_reason else known

    @admin.display(description=gettext_lazy("buyer's pictures"))
    def pictures(self, claim: Aftersale) -> str:
        links = [item.get("url") for item in claim.media_list if isinstance(item, dict) and _is_web(item.get("url"))]
        if not links:
            return "–"
        return format_html_join(
            " · ",
            '<a href="{}" target="_blank" rel="noreferrer noopener">{}</a>',
            ((link, _("picture %(nth)d") % {"nth": nth}) for nth, link in enumerate(links, 1)),
        )

    @admin.display(description=gettext_lazy("coming back with"))
    def shown_return(self, claim: Aftersale) -> str:
        info = claim.return_info
        return f"{info.get('delivery_name', '')} {info.get('waybill_id', '')}".strip() or "–"


def _is_web(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("https://", "http://"))


def left(seconds: float) -> str:
    """Format a time left as 1:20 (one hour, twenty minutes); a text where it is over."""
    if seconds <= 0:
        return _("over")
    hours, minutes = int(seconds // 3600), int(seconds % 3600 // 60)
    return f"{hours}:{minutes:02d}"
