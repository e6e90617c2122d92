"""Orders of both generations (BEHAVIOUR 4): their calls, and actions of buyer, platform and clock on them."""

from . import endpoints
from .answers import platform_ids, show
from .buyer import PROMOTER, SHARER, attribute, pay
from .clock import expire_due
from .endpoints import find
from .money import refund, refund_all, settle
from .moves import cancel, confirm, move, seen

__all__ = [
    "PROMOTER",
    "SHARER",
    "attribute",
    "cancel",
    "confirm",
    "endpoints",
    "expire_due",
    "find",
    "move",
    "pay",
    "platform_ids",
    "refund",
    "refund_all",
    "seen",
    "settle",
    "show",
]
