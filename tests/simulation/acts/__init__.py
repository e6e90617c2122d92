"""What people, machines and WeChat do in a month: one function for each act; add one here and it is drawn."""

from . import books, buyers, claims, differences, evening, finance, goods, payments, rounds, stock, warehouse
from .registry import ACTS

__all__ = [
    "ACTS",
    "books",
    "buyers",
    "claims",
    "differences",
    "evening",
    "finance",
    "goods",
    "payments",
    "rounds",
    "stock",
    "warehouse",
]
