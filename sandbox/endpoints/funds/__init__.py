"""The merchant account's money (BEHAVIOUR 7.3): balance, withdrawals that the administrator confirms, and the bank."""

from . import balance, bank_accounts, tickets, withdrawals
from .bank import accept, fail, give_back, succeed
from .bank_accounts import BUSINESS, PRIVATE, bank_account
from .checks import NO_DATA
from .tickets import cancel, confirm, expire_due, scan

__all__ = [
    "BUSINESS",
    "NO_DATA",
    "PRIVATE",
    "accept",
    "balance",
    "bank_account",
    "bank_accounts",
    "cancel",
    "confirm",
    "expire_due",
    "fail",
    "give_back",
    "scan",
    "succeed",
    "tickets",
    "withdrawals",
]
