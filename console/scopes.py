"""What each scope of an API key grants: patterns of permissions."""

from fnmatch import fnmatchcase

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

SCOPES: dict[str, tuple[str | Promise, list[str]]] = {
    "read": (
        gettext_lazy("Read products, orders and after-sales"),
        ["catalog.view_*", "orders.view_*", "aftersales.view_*", "orders.refresh_*", "console.view_job"],
    ),
    "products": (
        gettext_lazy("Write products and send them"),
        ["catalog.*", "wechat.add_image", "wechat.view_image", "console.view_job"],
    ),
    "orders": (
        gettext_lazy("Place orders, have them paid, received or closed"),
        [
            "orders.place_order",
            "orders.get_payment_params",
            "orders.confirm_payment",
            "orders.close_order",
            "orders.confirm_receipt",
            "orders.refresh_order",
            "orders.view_*",
        ],
    ),
    "ship": (
        gettext_lazy("Ship orders"),
        ["orders.ship_order", "orders.view_*", "orders.confirm_receipt", "console.view_job"],
    ),
    "after-sale": (
        gettext_lazy("Open, change and cancel after-sales for the buyer"),
        [
            "aftersales.open_claim",
            "aftersales.record_claim",
            "aftersales.change_claim",
            "aftersales.cancel_claim",
            "aftersales.send_return_info",
            "aftersales.refresh_claim",
            "aftersales.view_aftersale",
        ],
    ),
    "after-sale-decide": (
        gettext_lazy("Decide after-sales: refund, take back, refuse"),
        [
            "aftersales.accept_refund",
            "aftersales.accept_return",
            "aftersales.confirm_goods",
            "aftersales.reject_claim",
            "aftersales.refresh_claim",
            "aftersales.view_*",
            "console.view_job",
        ],
    ),
    "scenes": (
        gettext_lazy("Ask which scenes are verified, and read who sells"),
        ["scenes.check_scene", "scenes.view_scenegroup", "scenes.view_promoter", "scenes.view_access"],
    ),
    "sharers": (
        gettext_lazy("Invite sharers and read what they sold"),
        [
            "scenes.invite_sharer",
            "scenes.refresh_sharer",
            "scenes.view_sharer",
            "scenes.view_sales",
            "scenes.pull_sharer_sales",
            "console.view_job",
        ],
    ),
    "sharers-unbind": (
        gettext_lazy("Unbind sharers"),
        ["scenes.unbind_sharer", "scenes.refresh_sharer", "scenes.view_sharer", "console.view_job"],
    ),
    "coupons": (
        gettext_lazy("Make, publish and give coupons, and say what became of them"),
        ["coupons.*", "console.view_job"],
    ),
    "payments": (
        gettext_lazy("Make, close, refund and release payments without a component order"),
        [
            "funds.make_payment",
            "funds.close_payment",
            "funds.refund_trade",
            "funds.share_trade",
            "funds.refresh_payment",
            "funds.view_paymentorder",
            "console.view_job",
        ],
    ),
    "funds": (
        gettext_lazy("Read balance, movements, settlements and daily closes"),
        [
            "funds.view_balance",
            "funds.view_flow",
            "funds.view_flowday",
            "funds.view_settlement",
            "funds.view_withdrawal",
            "funds.view_merchantaccount",
            "closing.view_*",
        ],
    ),
    "sales": (gettext_lazy("Read sales figures"), ["sales.view_figure"]),
    "payouts": (
        gettext_lazy("Read commission rates, and what promoters and sharers are paid"),
        ["payouts.view_*"],
    ),
    "lists": (
        gettext_lazy("Pull the lists of WeChat, such as orders or brands"),
        ["wechat.view_pulledlist", "wechat.pull_*", "console.view_job"],
    ),
    "disputes": (
        gettext_lazy("Hand in evidence in disputes, and mark complaints as answered"),
        [
            "aftersales.view_dispute",
            "aftersales.hand_in_evidence",
            "aftersales.refresh_dispute",
            "aftersales.view_complaint",
            "aftersales.change_complaint",
            "wechat.add_image",
            "wechat.view_image",
            "console.view_job",
        ],
    ),
    "live-days": (
        gettext_lazy("Plan live days, and read what prevents their products from being sold"),
        ["scenes.view_liveday", "scenes.add_liveday", "scenes.change_liveday", "catalog.view_spu"],
    ),
    "evenings": (
        gettext_lazy("Begin and end live evenings with their prices and stock, and read the board"),
        [
            "scenes.view_liveday",
            "scenes.change_liveday",
            "scenes.view_board",
            "scenes.clear_live_price",
            "catalog.send_live_terms",
            "console.view_job",
        ],
    ),
    "stock": (
        gettext_lazy("Read the stock, and push that of a connected shop"),
        ["orders.view_stockedsku", "orders.set_stock", "catalog.update_spu_stock", "console.view_job"],
    ),
    "events": (
        gettext_lazy("Read what changed, of what its other scopes may read"),
        ["console.view_feedevent"],
    ),
    "webhooks": (
        gettext_lazy("Make and change webhooks, for what its other scopes may read"),
        ["console.*_webhookendpoint", "console.view_webhookdelivery"],
    ),
    "alerts": (
        gettext_lazy("See and acknowledge alerts, of what its other scopes may read"),
        ["console.view_alert", "console.acknowledge_alert"],
    ),
    "reconciliation": (
        gettext_lazy("See and resolve differences with WeChat, and compare anew, of what its other scopes may read"),
        [
            "console.view_difference",
            "console.resolve_difference",
            "console.view_reconciliation*",
            "console.start_comparison",
            "console.view_job",
        ],
    ),
    "personal": (gettext_lazy("See addresses and openids in full"), ["orders.reveal_personal"]),
}


def grants(scope: str, permission: str) -> bool:
    """Whether a scope includes a permission."""
    patterns = SCOPES[scope][1] if scope in SCOPES else []
    return any(fnmatchcase(permission, pattern) for pattern in patterns)


def described(scope: str) -> SafeString:
    """A scope's name beside what it is for; one that this version does not know has its name only."""
    return format_html("<code>{}</code> {}", scope, SCOPES[scope][0] if scope in SCOPES else "")
