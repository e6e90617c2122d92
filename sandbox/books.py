"""The balances of the merchant account, changed by one movement at a time (BEHAVIOUR 7)."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from .ids import new_id
from .models import Books, Flow, Withdrawal


def current() -> Books:
    return Books.objects.first() or Books()


def locked() -> Books:
    """The balances, locked until the caller's transaction ends."""
    Books.objects.get_or_create(pk=1)
    return Books.objects.select_for_update().get(pk=1)


def enter(kind: str, request_no: str, pending: int = 0, available: int = 0) -> None:
    """Book one movement; moving money from pending to available creates no flow."""
    with transaction.atomic(using="sandbox"):
        books = locked()
        books.pending += pending
        books.available += available
        books.save()
        if amount := pending + available:
            Flow.objects.create(
                funds_flow_id=str(new_id()),
                kind=kind,
                request_no=request_no,
                amount=amount,
                balance=books.pending + books.available,
                booked_at=timezone.now(),
            )


def entered(kind: str, request_no: str) -> bool:
    return Flow.objects.filter(kind=kind, request_no=request_no).exists()


def free(books: Books) -> int:
    """The amount that can be withdrawn: available, less what withdrawals in progress hold."""
    held = Withdrawal.objects.filter(status__in=Withdrawal.HELD).aggregate(held=Sum("amount"))["held"]
    return books.available - (held or 0)


def fee(amount: int) -> int:
    """The fee: 0.6 %, rounded half up to the fen."""
    return (amount * 6 + 500) // 1000
