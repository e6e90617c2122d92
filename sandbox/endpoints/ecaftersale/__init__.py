"""The new family of claims (BEHAVIOUR 5.2 to 5.4): its calls, and actions of buyer, platform and clock on claims."""

from . import endpoints
from .buyer import apply, call_off, confirm_certificate, intervene, modify, user_cancel, user_modify_return, user_return
from .graph import GRAPH, TERMS, possible
from .moves import close, expire_due, judge, move, refund_arrives, refund_fails

__all__ = [
    "GRAPH",
    "TERMS",
    "apply",
    "call_off",
    "close",
    "confirm_certificate",
    "endpoints",
    "expire_due",
    "intervene",
    "judge",
    "modify",
    "move",
    "possible",
    "refund_arrives",
    "refund_fails",
    "user_cancel",
    "user_modify_return",
    "user_return",
]
