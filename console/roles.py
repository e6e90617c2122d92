"""The eight roles: a table in code, synced to groups after migrating.

A pattern is `app.codename` with `*`; an operation's permission has the operation's own name. Groups have exactly the
permissions of this table: each migrate sets them again.
"""

from fnmatch import fnmatchcase
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wechat.steps import operations

EVERYBODY = [
    "console.view_job",
    "console.view_export",
    "console.view_approval",
    "console.add_note",
    "console.view_alert",
    "console.acknowledge_alert",
    "console.*_alertchannel",
    "catalog.view_*",
    "wechat.view_pulledlist",
    "wechat.view_accountinfo",
    "scenes.view_access",
    "scenes.view_scene*",
    "scenes.view_liveday",
]
ROLES: dict[str, tuple[str | Promise, list[str]]] = {
    "owner": (
        _("Owner"),
        [
            "wechat.*", "console.*", "catalog.*", "qualifications.*", "orders.*", "aftersales.*", "scenes.*", "funds.*",
            "coupons.*", "closing.*", "payouts.*", "sales.*", "auth.*_user", "auth.view_group",
        ],
    ),
    "product": (
        _("Products"),
        [
            *EVERYBODY, "catalog.*", "qualifications.*", "wechat.view_image", "wechat.add_image", "wechat.upload_image",
            "wechat.*_account_info", "wechat.change_accountinfo", "wechat.settle_step", "wechat.pull_*",
            "wechat.view_step", "orders.view_*", "scenes.view_*", "scenes.*_liveday", "scenes.*_sharer",
            "scenes.*_sales", "scenes.change_promoter", "scenes.apply_scene", "scenes.refresh_*", "scenes.check_scene",
            "scenes.tick_step", "scenes.finish_products", "scenes.clear_live_price", "coupons.*", "orders.set_stock",
            "sales.view_figure", "console.view_difference", "console.resolve_difference",
            "console.view_reconciliation*",
        ],
    ),
    "live": (
        _("Live"),
        [
            *EVERYBODY, "scenes.add_liveday", "scenes.change_liveday", "scenes.view_board", "catalog.send_live_terms",
            "scenes.clear_live_price", "orders.view_stockedsku",
        ],
    ),
    "warehouse": (
        _("Warehouse"),
        [
            *EVERYBODY, "orders.view_*", "orders.ship_order", "orders.refresh_order", "orders.export_shipping",
            "orders.reveal_personal", "wechat.pull_orders", "wechat.pull_express_companies",
            "aftersales.view_aftersale", "aftersales.refresh_claim", "aftersales.receive_return",
            "orders.set_stock", "console.view_difference",
        ],
    ),
    "customer_service": (
        _("Customer service"),
        [
            *EVERYBODY, "wechat.*_account_info", "wechat.change_accountinfo", "wechat.settle_step", "orders.view_*",
            "orders.close_order", "orders.confirm_receipt", "orders.refresh_order", "orders.place_order",
            "orders.reveal_personal", "wechat.pull_orders", "aftersales.view_*", "aftersales.change_*",
            "aftersales.*_claim", "aftersales.accept_*", "aftersales.confirm_goods", "aftersales.upload_certificates",
            "aftersales.send_return_info", "aftersales.hand_in_evidence", "aftersales.refresh_*",
            "aftersales.*_savedreply", "aftersales.receive_return",
            "wechat.pull_aftersales", "wechat.pull_disputes", "wechat.add_image", "wechat.upload_image",
            "coupons.view_*", "coupons.pull_user_coupons", "console.view_erasure", "console.erase_buyer",
            "console.view_difference", "console.resolve_difference", "console.view_reconciliation*",
        ],
    ),
    "finance": (
        _("Finance"),
        [
            *EVERYBODY, "orders.view_*", "orders.refresh_order", "orders.confirm_payment", "orders.clear_alert",
            "wechat.pull_orders", "aftersales.view_*", "aftersales.accept_refund", "aftersales.confirm_goods",
            "aftersales.approve_refund", "aftersales.refresh_claim", "scenes.view_*", "scenes.pull_*_sales",
            "funds.*", "wechat.settle_step", "wechat.pull_withdrawals", "wechat.pull_payments", "wechat.pull_banks",
            "wechat.pull_cities",
            "scenes.change_sellingsettings", "scenes.change_promoter", "scenes.change_sharer", "wechat.pull_promoters",
            "wechat.pull_sharers", "coupons.view_*", "closing.*", "payouts.*", "sales.view_figure",
            "console.view_difference", "console.resolve_difference", "console.view_reconciliation*",
            "console.start_comparison",
        ],
    ),
    "developer": (
        _("Developer"),
        [*EVERYBODY, "wechat.view_*", "wechat.replay_callback", "wechat.refresh_*", "console.view_*",
         "console.check_setup", "wechat.change_errorcode",
         "console.add_apikey", "console.change_apikey", "console.*_webhookendpoint", "console.reveal",
         "console.manage_channels",
         "qualifications.view_*", "qualifications.refresh_*", "catalog.refresh_*",
         "orders.view_*", "orders.refresh_*", "orders.get_payment_params", "aftersales.view_*", "aftersales.refresh_*",
         "scenes.view_promoter", "scenes.refresh_*", "scenes.check_scene", "scenes.tick_step", "scenes.drive_test",
         "scenes.finish_*", "coupons.view_coupon", "coupons.view_couponsetup", "coupons.confirm_coupons",
         "coupons.refresh_coupon", "scenes.confirm_*", "scenes.apply_scene", "scenes.add_scene"],
    ),
    "auditor": (_("Auditor"), ["*.view_*"]),
}  # fmt: skip
HIDDEN = (
    "wechat.view_image",
    "auth.view_permission",
)  # read by those who need it, not by every auditor of rows


def after_migrate(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """After the last app's permissions exist: create the operations' permissions, then set the groups'."""
    with_models = [config for config in apps.get_app_configs() if config.models_module]
    if using == "default" and app_config == with_models[-1]:
        sync()


def sync() -> None:
    for op in operations.registry.values():
        content_type = ContentType.objects.get_for_model(op.on)
        Permission.objects.get_or_create(
            codename=op.name, content_type=content_type, defaults={"name": str(op.label)[:255]}
        )
    permissions = list(Permission.objects.select_related("content_type"))
    for name, (_label, patterns) in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(permission for permission in permissions if _granted(permission, patterns, name))


def label_of(group_name: str) -> str:
    return str(ROLES[group_name][0]) if group_name in ROLES else group_name


def _granted(permission: Permission, patterns: list[str], role: str) -> bool:
    name = f"{permission.content_type.app_label}.{permission.codename}"
    if role == "auditor" and name in HIDDEN:
        return False
    return any(fnmatchcase(name, pattern) for pattern in patterns)
