"""Payment by the buyer, and the platform's attribution of the order to a promoter or sharer."""

import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from ...models import Account, Order
from ...values import stamp
from .. import scene
from .clock import expire_due
from .money import enter_payment
from .moves import keep, move, seen, tell

PROMOTER = {
    "promoter_id": "PROMOTER_1",
    "promoter_openid": "oPromoter_sandbox_00000000001",
    "finder_username": "v2_sandbox_finder",
    "finder_nickname": "茶里的直播间",
}
SHARER = {"sharer_openid": "oSharer_sandbox_000000000001"}


def pay(order: Order, amount: int | None = None, forged: bool = False) -> None:
    """The buyer pays. A forged payment, or one of a smaller amount, is pushed only: the order does not change."""
    account = Account.only()
    expire_due(account)
    order.refresh_from_db()
    amount = order.price if amount is None else amount
    paid: dict[str, Any] = {"transaction_id": f"4200{secrets.randbelow(10**24):024d}", "paid_at": timezone.now()}
    if not forged and amount >= order.price:
        if order.fund_type == 0:
            move(order, (Order.UNPAID,), Order.UNSYNCED, errcode=1010043)
            return
        with transaction.atomic(using="sandbox"):
            move(order, (Order.UNPAID,), Order.TO_SHIP, **paid, ticket="", errcode=1010043)
            enter_payment(order)
        # BEHAVIOUR 1.5: only a fund_type 1 order from a Channels scene counts, paid by getpaymentparams
        if order.frozen and scene.verified(account, order.scene):
            seen(account, "pay_order", "ec_order")
    told = {"transaction_id": paid["transaction_id"], "pay_time": stamp(paid["paid_at"])}
    tell(order, "pay", **told, amount=amount, payer_amount=amount, sp_openid=order.openid)


def attribute(order: Order, promoter: dict | None = None, sharer: dict | None = None) -> None:
    """Attribute the order to a promoter or sharer, which the platform does late (BEHAVIOUR 4.5)."""
    if promoter:
        ids = {name: promoter.get(name, "") for name in ("promoter_id", "promoter_openid")}
        keep(order, promotion=promoter, **ids)
    if sharer:
        live = {"live_start_time": stamp(timezone.now())}
        room = f"LIVE_{timezone.localdate():%Y%m%d}"
        keep(order, sharer=live | sharer, sharer_openid=sharer["sharer_openid"], live_export_id=room)
    keep(order, updated_at=timezone.now())
    tell(order, "analyze", openid=order.openid)
