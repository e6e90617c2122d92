"""What happens on the platform as its clock moves."""

from .endpoints import ecaftersale, funds, order, pay, wxpay
from .models import Account


def expire_due(account: Account) -> None:
    """Do everything whose time has come."""
    for endpoint in (order, ecaftersale, funds, pay, wxpay):
        endpoint.expire_due(account)
