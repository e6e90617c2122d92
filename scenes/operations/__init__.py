from .access import (
    FINISHING,
    apply_access,
    apply_scene,
    confirm_released,
    confirm_tested,
    finish_aftersales,
    finish_delivery,
    finish_orders,
    finish_products,
    refresh_access,
    refresh_scene,
)
from .evening import clear_live_price, send_live_terms
from .lists import pull_promoters, pull_sharers
from .people import (
    import_sharer,
    invite_sharer,
    pull_promoter_sales,
    pull_sharer_sales,
    refresh_sharer,
    send_share_mode,
    unbind_sharer,
)
from .scenes import check_scene, checked

__all__ = [
    "FINISHING",
    "apply_access",
    "apply_scene",
    "check_scene",
    "checked",
    "clear_live_price",
    "confirm_released",
    "confirm_tested",
    "finish_aftersales",
    "finish_delivery",
    "finish_orders",
    "finish_products",
    "import_sharer",
    "invite_sharer",
    "pull_promoter_sales",
    "pull_promoters",
    "pull_sharer_sales",
    "pull_sharers",
    "refresh_access",
    "refresh_scene",
    "refresh_sharer",
    "send_live_terms",
    "send_share_mode",
    "unbind_sharer",
]
