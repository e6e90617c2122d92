from .account import FORMATS, MODES, SWITCHES, Account, Token
from .catalog import Audit, Brand, Category, Picture, Product
from .coupon import Coupon, UserCoupon
from .money import Application, Books, Flow, Sharing, Ticket, Trade, TradeRefund, Withdrawal
from .order import Claim, Dispute, MirroredClaim, Order
from .people import Promoter, Sharer
from .scenario import RecordedLine, Recording
from .traffic import Entry, Fault, Push

__all__ = [
    "FORMATS",
    "MODES",
    "SWITCHES",
    "Account",
    "Application",
    "Audit",
    "Books",
    "Brand",
    "Category",
    "Claim",
    "Coupon",
    "Dispute",
    "Entry",
    "Fault",
    "Flow",
    "MirroredClaim",
    "Order",
    "Picture",
    "Product",
    "Promoter",
    "Push",
    "RecordedLine",
    "Recording",
    "Sharer",
    "Sharing",
    "Ticket",
    "Token",
    "Trade",
    "TradeRefund",
    "UserCoupon",
    "Withdrawal",
]
