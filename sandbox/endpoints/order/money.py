"""An order's money: paid, refunded, settled (BEHAVIOUR 7.1, 7.2)."""

import secrets

from django.db import transaction
from django.utils import timezone

from ... import books
from ...models import Account, Claim, Flow, Order
from ...platform import Refusal
from ...values import stamp
from .moves import keep, lock_order, move, pieces_of, tell, unshipped


def enter_payment(order: Order) -> None:
    """Book the payment, once. A payment older than the books is booked when its money next moves."""
    if order.fund_type == 1 and not books.entered(Flow.ORDER, order.out_order_id):
        books.enter(Flow.ORDER, order.out_order_id, pending=order.price)


def refund_all(order: Order) -> None:
    """Everything was refunded (BEHAVIOUR 4.4)."""
    with transaction.atomic(using="sandbox"):
        lock_order(order)
        _give_back(order, order.price, f"5030{secrets.randbelow(10**24):024d}")
        move(order, Order.PAID, Order.REFUNDED, refunded=dict(pieces_of(order)))
        tell(order, "refund")


def refund(
    order: Order, out_sku_id: str, count: int, amount: int = 0, number: str = "", returned: bool = False
) -> None:
    """Pieces of one sku are refunded, `amount` fen by the platform; the last piece ends the order (BEHAVIOUR 4.4).

    returned: they came back. Others, as far as they are in no parcel, are no longer to be shipped (4.6).
    """
    with transaction.atomic(using="sandbox"):
        order = Order.objects.select_for_update().get(pk=order.pk)
        _give_back(order, amount, number)
        refunded = {**order.refunded, out_sku_id: order.refunded.get(out_sku_id, 0) + count}
        had = order.freed.get(out_sku_id, 0)
        free = 0 if returned else max(0, min(count, unshipped(order)[out_sku_id] - had))
        keep(order, refunded=refunded, freed={**order.freed, out_sku_id: had + free}, updated_at=timezone.now())
        over = all(refunded.get(sku, 0) >= ordered for sku, ordered in pieces_of(order).items())
        if over and order.status in Order.PAID:
            move(order, Order.PAID, Order.REFUNDED)
            tell(order, "refund")


def settle(order: Order) -> None:
    """The after-sale window is over: what was not refunded goes to the merchant, less the fee (BEHAVIOUR 7.1)."""
    with transaction.atomic(using="sandbox"):
        lock_order(order)
        if order.settled:
            raise Refusal(1000000, "the order is settled already")
        waits = Account.only().on("settlement_waits_for_claims")
        if waits and order.claims.exclude(status__in=Claim.FINAL).exists():
            raise Refusal(1000000, "a claim of the order is open")
        move(order, (Order.FINISHED,), Order.FINISHED, settled=True)
        enter_payment(order)
        left = order.price - order.paid_back if order.fund_type == 1 else 0
        if left:
            number, net = f"SETTLE{secrets.token_hex(10)}", left - books.fee(left)
            books.enter(Flow.FEE, order.out_order_id, pending=-left, available=net)
            tell(order, "settle", settle_no=number, amount=net, settle_time=stamp(timezone.now()))


def _give_back(order: Order, amount: int, number: str) -> None:
    """A refund takes pending money; after a settlement, which BEHAVIOUR 5.4 rules out, available money."""
    amount = min(amount, order.price - order.paid_back)
    if order.fund_type != 1 or amount <= 0 or order.status not in Order.PAID:
        return
    if order.settled and books.free(books.locked()) < amount:
        raise Refusal(2747009, "the refund failed: the balance does not hold it")
    enter_payment(order)
    keep(order, paid_back=order.paid_back + amount)
    books.enter(Flow.ORDER_REFUND, number, **{"available" if order.settled else "pending": -amount})
