"""Transitions of an order's state (BEHAVIOUR 4.4), and their events."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...models import Account, Order
from ...platform import Refusal
from ...pushes import push
from .answers import ids_of

RECEIPT = timedelta(days=10)


def move(order: Order, allowed: tuple[int, ...], status: int, errcode: int = 1000000, **fields: Any) -> None:
    """Make one transition of BEHAVIOUR 4.4; of two at once, one is made."""
    fields |= {"status": status, "updated_at": timezone.now()}
    if status == Order.FINISHED and order.finished_at is None:
        fields["finished_at"] = _received(order)
    if not Order.objects.filter(pk=order.pk, status__in=allowed).update(**fields):
        raise Refusal(errcode, f"order state flow error: {order.status}")
    for name, value in fields.items():
        setattr(order, name, value)


def _received(order: Order) -> datetime:
    """When it was received, by the account's clock; at the latest when it was confirmed automatically."""
    account = Account.only()
    if order.shipped_at and account.on("auto_confirm"):
        return min(order.shipped_at + RECEIPT, account.now())
    return account.now()


def cancel(order: Order, status: int = Order.CANCELLED) -> None:
    """Cancel before payment, by either side or by timeout (BEHAVIOUR 4.4)."""
    move(order, (Order.UNPAID,), status)
    tell(order, "cancel", cancel_type=1)


def confirm(order: Order) -> None:
    """The buyer confirms receipt in the order centre."""
    move(order, (Order.SHIPPED,), Order.FINISHED)
    tell(order, "confirm")


def seen(account: Account, *tasks: str) -> None:
    """Record that the platform has seen these tasks (BEHAVIOUR 1.5)."""
    if not all(account.observed.get(task) for task in tasks):
        account.observed = {**account.observed, **dict.fromkeys(tasks, 1)}
        account.save(update_fields=["observed"])


def lock_order(order: Order) -> None:
    """Lock and reload the order."""
    Order.objects.select_for_update().get(pk=order.pk)
    order.refresh_from_db()


def keep(order: Order, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(order, name, value)
    order.save(update_fields=list(fields))


def pieces_of(order: Order) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for line in order.lines:
        pieces[line["out_sku_id"]] += line["product_cnt"]
    return pieces


def unshipped(order: Order) -> Counter[str]:
    """The pieces that are in no parcel."""
    pieces = pieces_of(order)
    for parcel in order.parcels:
        for item in parcel["product_info_list"]:
            pieces[str(item.get("out_sku_id"))] -= item["product_cnt"]
    return pieces


def tell(order: Order, what: str, **fields: Any) -> None:
    push(f"open_product_order_{what}", {"order_info": ids_of(order) | fields})
