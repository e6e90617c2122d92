"""Products, each with a draft and an online copy (BEHAVIOUR 3)."""

from . import endpoints
from .checks import NO_BRAND
from .reviews import decide, drift, hand_over, set_status

__all__ = [
    "NO_BRAND",
    "decide",
    "drift",
    "endpoints",
    "hand_over",
    "set_status",
]
