"""What people, machines and WeChat do in a month: one function for each act; add one here and it is drawn."""

from . import buyers, claims, finance, goods, payments, rounds, warehouse
from .registry import ACTS

__all__ = ["ACTS", "buyers", "claims", "finance", "goods", "payments", "rounds", "warehouse"]
