"""What people, machines and WeChat do in a month: one function for each act; add one here and it is drawn."""

from . import (
    access,
    books,
    buyers,
    claims,
    coupons,
    differences,
    evening,
    finance,
    goods,
    merchant,
    papers,
    payments,
    people,
    rounds,
    stock,
    warehouse,
)
from .registry import ACTS

__all__ = [
    "ACTS",
    "access",
    "books",
    "buyers",
    "claims",
    "coupons",
    "differences",
    "evening",
    "finance",
    "goods",
    "merchant",
    "papers",
    "payments",
    "people",
    "rounds",
    "stock",
    "warehouse",
]
