from .account import Balance, BankAccount, MerchantAccount
from .bank import Bank, City
from .bank_change import BankChange
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
