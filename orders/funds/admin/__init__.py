from .account import BalanceAdmin, BankAccountAdmin, BankAdmin, BankChangeAdmin, CityAdmin, MerchantAccountAdmin
from .flows import FlowAdmin, FlowDayAdmin, SettlementAdmin
from .trades import PaymentOrderAdmin
from .withdrawals import WithdrawalAdmin

__all__ = [
    "BalanceAdmin",
    "BankAccountAdmin",
    "BankAdmin",
    "BankChangeAdmin",
    "CityAdmin",
    "FlowAdmin",
    "FlowDayAdmin",
    "MerchantAccountAdmin",
    "PaymentOrderAdmin",
    "SettlementAdmin",
    "WithdrawalAdmin",
]
