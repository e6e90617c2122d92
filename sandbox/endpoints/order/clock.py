"""What happens to orders as time passes: payment times out, receipt is confirmed, money settles."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q

from ...models import Account, Order
from ...platform import Refusal
from .money import settle
from .moves import RECEIPT, cancel, confirm

SETTLEMENT = timedelta(days=7)  # after the days for claims


def expire_due(account: Account) -> None:
    """Do what is due: time out unpaid orders, confirm receipt, settle (BEHAVIOUR 4.2, 4.4 and 7.1)."""
    # Two calls may find the same order due; `move` lets only one of them through.
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
    """Orders whose after-sale window ended before `over`; `settle` itself refuses while a claim is open."""
    finished = Order.objects.filter(fund_type=1, settled=False, status=Order.FINISHED)
    found = finished.filter(Q(finished_at__lte=over) | Q(claims_until__lte=over)).order_by("pk")
    return [order for order in found if order.claimable_until and order.claimable_until <= over]
