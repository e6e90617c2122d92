"""What the clock does to orders: unpaid they time out, receipt confirms itself, money settles."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q

from ...models import Account, Order
from ...platform import Refusal
from .money import settle
from .moves import RECEIPT, cancel, confirm

SETTLEMENT = timedelta(days=7)  # after the days for claims


def expire_due(account: Account) -> None:
    """What the clock has brought: unpaid orders time out (4.2), receipt confirms itself (4.4), money settles (7.1)."""
    # Of two calls that find the same order due, one moves it.
    for order in Order.objects.filter(status=Order.UNPAID, expire_at__lte=account.now()).order_by("pk"):
        with suppress(Refusal):
            cancel(order, Order.TIMED_OUT)
    if account.on("auto_confirm"):
        due = account.now() - RECEIPT
        for order in Order.objects.filter(status=Order.SHIPPED, shipped_at__lte=due).order_by("pk"):
            with suppress(Refusal):
                confirm(order)
    if account.on("settles_by_itself"):
        for order in _to_settle(account.now() - SETTLEMENT):
            with suppress(Refusal):
                settle(order)


def _to_settle(over: datetime) -> list[Order]:
    """Those whose days for claims ended before; an open claim is looked at when settling."""
    finished = Order.objects.filter(fund_type=1, settled=False, status=Order.FINISHED)
    found = finished.filter(Q(finished_at__lte=over) | Q(claims_until__lte=over)).order_by("pk")
    return [order for order in found if order.claimable_until and order.claimable_until <= over]
