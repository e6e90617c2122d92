from .account import (
    apply_merchant,
    find_bank,
    pull_branches,
    pull_merchant_branches,
    refresh_balance,
    refresh_bank_account,
    refresh_merchant,
    show_known,
)
from .bank import ask_scan, check_scan, submit_bank_account
from .lists import pull_banks, pull_cities, pull_flow_day, pull_withdrawals
from .trades import (
    ask_refund,
    ask_sharing,
    close_payment,
    make_payment,
    pull_payments,
    refresh_payment,
    refund_trade,
    share_trade,
)
from .withdrawals import check_withdrawal_scan, refresh_withdrawal, renew_withdrawal, submit_withdrawal

__all__ = [
    "apply_merchant",
    "ask_refund",
    "ask_scan",
    "ask_sharing",
    "check_scan",
    "check_withdrawal_scan",
    "close_payment",
    "find_bank",
    "make_payment",
    "pull_banks",
    "pull_branches",
    "pull_cities",
    "pull_flow_day",
    "pull_merchant_branches",
    "pull_payments",
    "pull_withdrawals",
    "refresh_balance",
    "refresh_bank_account",
    "refresh_merchant",
    "refresh_payment",
    "refresh_withdrawal",
    "refund_trade",
    "renew_withdrawal",
    "share_trade",
    "show_known",
    "submit_bank_account",
    "submit_withdrawal",
]
