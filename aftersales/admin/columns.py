"""The columns of the list of after-sales, and the read-only fields of the page."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from console.operation_admin import OperationAdmin
from console.templatetags.console import badge, left, with_thumb

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

    @admin.display(description=gettext_lazy("after-sale"))
    def number(self, aftersale: Aftersale) -> str:
        return format_html("<code>{}</code><br><small>{}</small>", aftersale, aftersale.order.out_order_id)

    @admin.display(description=gettext_lazy("state"))
    def state(self, aftersale: Aftersale) -> str:
        if aftersale.refusal:
            return badge(aftersale.state_label, "red")
        if aftersale.status in GOOD:
            return badge(aftersale.state_label, "green")
        return badge(aftersale.state_label, "amber" if aftersale.is_ours else "blue" if aftersale.is_open else "grey")

    @admin.display(description=gettext_lazy("time left"))
    def time_left(self, aftersale: Aftersale) -> str:
        if aftersale.deadline_at is None:
            return "–"
        clock = CLOCKS.get(ECStatus(aftersale.status)) if aftersale.status in ECStatus.values else None
        return format_html(
            '<time class="clock{}" data-until="{}" title="{}">{}</time>',
            "" if clock and clock.ours else " theirs",
            aftersale.deadline_at.isoformat(),
            timezone.localtime(aftersale.deadline_at).strftime("%Y-%m-%d %H:%M"),
            left(aftersale.seconds_left or 0),
        )

    @admin.display(description=gettext_lazy("goods"))
    def goods(self, aftersale: Aftersale) -> str:
        return with_thumb(getattr(aftersale, "picture", None), aftersale.goods_label)

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, aftersale: Aftersale) -> str:
        return str(Kind(aftersale.type).label if aftersale.type in Kind.values else aftersale.type)

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, aftersale: Aftersale) -> str:
        return format_html('<span class="amount">{}</span>', yuan(aftersale.orderamt, "¥"))

    @admin.display(description=gettext_lazy("buyer's words"))
    def words(self, aftersale: Aftersale) -> str:
        return aftersale.refund_reason[:40]

    @admin.display(description=gettext_lazy("order"))
    def shown_order(self, aftersale: Aftersale) -> str:
        url = reverse("admin:orders_order_change", args=[aftersale.order_id])
        return format_html('<a href="{}">{}</a> · {}', url, aftersale.order, aftersale.order.state_label)

    @admin.display(description=gettext_lazy("goods"))
    def shown_goods(self, aftersale: Aftersale) -> str:
        return aftersale.goods_label

    @admin.display(description=gettext_lazy("at most"))
    def most(self, aftersale: Aftersale) -> str:
        if aftersale.line is None:
            return "–"
        return _("%(most)s can be refunded at most.") % {"most": yuan(most_refundable(aftersale.line), "¥")}

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, aftersale: Aftersale) -> str:
        label = str(REASONS.get(aftersale.refund_reason_type, aftersale.refund_reason_type))
        return f"{label} · {aftersale.refund_reason}" if aftersale.refund_reason else label

    @admin.display(description=gettext_lazy("buyer's pictures"))
    def pictures(self, aftersale: Aftersale) -> str:
        links = [
            item.get("url") for item in aftersale.media_list if isinstance(item, dict) and _is_web(item.get("url"))
        ]
        if not links:
            return "–"
        return format_html_join(
            " · ",
            '<a href="{}" target="_blank" rel="noreferrer noopener">{}</a>',
            ((link, _("picture %(nth)d") % {"nth": nth}) for nth, link in enumerate(links, 1)),
        )

    @admin.display(description=gettext_lazy("coming back with"))
    def coming_back(self, aftersale: Aftersale) -> str:
        if aftersale.received_at is None:
            return aftersale.return_info.get("waybill_id") or "–"
        word = badge(_("has arrived"), "green")
        return format_html("{}<br>{}", aftersale.return_info.get("waybill_id", ""), word)

    @admin.display(description=gettext_lazy("coming back with"))
    def shown_return(self, aftersale: Aftersale) -> str:
        info = aftersale.return_info
        return f"{info.get('delivery_name', '')} {info.get('waybill_id', '')}".strip() or "–"


def _is_web(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("https://", "http://"))
