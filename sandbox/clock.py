"""Runs everything that the platform does when time passes."""

from .endpoints import ecaftersale, funds, order, pay, wxpay
from .models import Account


def expire_due(account: Account) -> None:
    """Run everything that is due."""
    for endpoint in (order, ecaftersale, funds, pay, wxpay):
        endpoint.expire_due(account)
