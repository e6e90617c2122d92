"""Coupons, their stock, and the coupons of buyers (BEHAVIOUR 8)."""

from . import endpoints
from .receiving import give, receive
from .states import set_status, set_user_status

__all__ = [
    "endpoints",
    "give",
    "receive",
    "set_status",
    "set_user_status",
]
