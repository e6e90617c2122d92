from .account import SWITCHES, Account, Token
from .catalog import Audit, Brand, Category, Picture, Product
from .order import Claim, Dispute, MirroredClaim, Order
from .people import Promoter, Sharer
from .wire import Entry, Fault, Push

__all__ = [
    "SWITCHES",
    "Account",
    "Audit",
    "Brand",
    "Category",
    "Claim",
    "Dispute",
    "Entry",
    "Fault",
    "MirroredClaim",
    "Order",
    "Picture",
    "Product",
    "Promoter",
    "Push",
    "Sharer",
    "Token",
]
