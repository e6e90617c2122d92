"""What people, machines and WeChat do in a month: one function for each act; add one here and it is drawn."""

from . import access, buyers, claims, coupons, finance, goods, papers, payments, people, rounds, warehouse
from .registry import ACTS

__all__ = [
    "ACTS",
    "access",
    "buyers",
    "claims",
    "coupons",
    "finance",
    "goods",
    "papers",
    "payments",
    "people",
    "rounds",
    "warehouse",
]
