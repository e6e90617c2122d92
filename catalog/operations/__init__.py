from . import ahead  # noqa: F401  registers how products are loaded
from .lists import (
    pull_categories,
    pull_granted_brands,
    pull_granted_categories,
)
from .products import (
    delist_spu,
    list_spu,
    refresh_spu,
    remove_spu,
    resubmit_spu,
    submit_spu,
    update_spu_stock,
    update_spu_without_audit,
    updated,
    withdraw_spu,
)
from .pull import pull_products

__all__ = [
    "delist_spu",
    "list_spu",
    "pull_categories",
    "pull_granted_brands",
    "pull_granted_categories",
    "pull_products",
    "refresh_spu",
    "remove_spu",
    "resubmit_spu",
    "submit_spu",
    "update_spu_stock",
    "update_spu_without_audit",
    "updated",
    "withdraw_spu",
]
