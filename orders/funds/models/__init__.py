from .account import Balance, Bank, BankAccount, BankChange, City, MerchantAccount
from .flow import Flow, FlowDay, Settlement
from .trade import PaymentOrder, Trade, TradeRefund, TradeSharing
from .withdrawal import Withdrawal

__all__ = [
    "Balance",
    "Bank",
    "BankAccount",
    "BankChange",
    "City",
    "Flow",
    "FlowDay",
    "MerchantAccount",
    "PaymentOrder",
    "Settlement",
    "Trade",
    "TradeRefund",
    "TradeSharing",
    "Withdrawal",
]
