"""The columns of the list of orders and of an order's page."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from console.templatetags.console import ago, badge, with_thumb
from wechat.entry_scenes import scene_label
from wechat.masking import mask, masked

from .. import shipping
from ..models import Order, OrderStatus
from ..models.order import UNSHIPPED

TONES: dict[int | None, str] = {
    OrderStatus.TO_PAY: "grey",
    OrderStatus.PAID_UNSYNCED: "amber",
    OrderStatus.TO_SHIP: "amber",
    OrderStatus.PART_SHIPPED: "amber",
    OrderStatus.SHIPPED: "blue",
    OrderStatus.FINISHED: "green",
    OrderStatus.TIMED_OUT: "grey",
    OrderStatus.REFUNDED: "red",
    OrderStatus.CANCELLED: "grey",
}


class OrderColumns:
    """The columns of orders, for OrderAdmin."""

    @admin.display(description=gettext_lazy("order"))
    def number(self, order: Order) -> SafeString:
        note = (
            format_html(' <span class="badge badge-red">{}</span>', _("payment in doubt"))
            if order.payment_alert
            else ""
        )
        return format_html("<code>{}</code>{}", order.out_order_id, note)

    @admin.display(description=gettext_lazy("state"))
    def state(self, order: Order) -> SafeString:
        is_waiting = order.status is None and order.given_up_at is None
        tone = "red" if order.refusal else TONES.get(order.status, "amber" if is_waiting else "grey")
        return badge(order.state_label, tone)

    @admin.display(description=gettext_lazy("goods"))
    def goods(self, order: Order) -> str:
        return with_thumb(getattr(order, "picture", None), order.goods_label)

    @admin.display(description=gettext_lazy("price"))
    def price(self, order: Order) -> SafeString:
        return format_html('<span class="amount">{}</span>', yuan(order.order_price, "¥"))

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, order: Order) -> str:
        return order.buyer

    @admin.display(description=gettext_lazy("sold by"))
    def promoter(self, order: Order) -> str:
        return order.finder_nickname or order.promoter_id or (mask(order.sharer_openid) if order.sharer_openid else "")

    @admin.display(description=gettext_lazy("since"))
    def waited(self, order: Order) -> SafeString:
        return ago(order.paid_at if order.status in UNSHIPPED and order.paid_at else order.placed_at)

    @admin.display(description=gettext_lazy("entry scene"))
    def shown_scene(self, order: Order) -> str:
        return scene_label(order.scene)

    @admin.display(description=gettext_lazy("sharer"))
    def shown_sharer(self, order: Order) -> str:
        return mask(order.sharer_openid) if order.sharer_openid else "–"

    @admin.display(description=gettext_lazy("address"))
    def shown_address(self, order: Order) -> str:
        hidden = masked(order.address)
        parts = [hidden.get("receiver_name", ""), hidden.get("tel_number", ""), shipping.whole_address(hidden)]
        return " · ".join(part for part in parts if part) or "–"

    @admin.display(description=gettext_lazy("amounts"))
    def money(self, order: Order) -> str:
        parts = [
            (_("price"), order.order_price),
            (_("freight"), order.freight),
            (_("discount"), order.discounted_price),
            (_("extra charge"), order.additional_price),
        ]
        return " · ".join(
            f"{name} {yuan(amount, '¥')}" for nth, (name, amount) in enumerate(parts) if amount or not nth
        )

    @admin.display(description=gettext_lazy("settlement"))
    def settlement(self, order: Order) -> str:
        if order.settled_fen is None:
            return "–"
        return f"{yuan(order.settled_fen, '¥')} · {order.settle_no}"
