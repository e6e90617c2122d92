"""Leases: how long a worker keeps what it claimed, by the database's clock; after that any worker may claim it."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def lease() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.WECHAT_LEASE)


def free() -> Q:
    """Rows without a lease, or whose lease has expired."""
    return Q(lease_until=None) | Q(lease_until__lt=Now())
