"""Changes of a claim's state along the graph, by the platform and the clock too."""

import secrets
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ...models import Account, Claim, Dispute, Order
from ...platform import Refusal
from ...pushes import push
from .. import complaint
from .. import order as orders
from .graph import OVERDUE, TERMS, arrow_for, arrow_or_refuse


def move(claim: Claim, event: str, at: datetime | None = None, **fields: Any) -> None:
    """Make one transition of BEHAVIOUR 5.3; of two at once, one is made. The next state's time counts from `at`."""
    account, now = Account.only(), timezone.now()
    with transaction.atomic(using="sandbox"):
        lock_claim(claim)
        arrow = arrow_or_refuse(claim, event)
        term = TERMS.get(arrow.goal)
        fields |= {
            "status": arrow.goal,
            "updated_at": now,
            "due_at": (at or account.now()) + term if term else None,
            "log": [*claim.log, {"event": event, "who": arrow.who, "from": claim.status, "to": arrow.goal}],
        }
        for name, value in fields.items():
            setattr(claim, name, value)
        claim.save(update_fields=list(fields))
        for dispute in claim.disputes.exclude(state__in=Dispute.OVER):
            complaint.withdraw(dispute)
        if arrow.callback:
            _tell(claim, arrow.callback)
        if arrow.goal in Claim.DONE:
            # The merchant paid offline: no money of the account moves.
            paid = claim.orderamt if event == "refund_arrives" else 0
            returned = claim.type != 1  # 1: only the money
            orders.refund(claim.order, claim.out_sku_id, claim.product_cnt, paid, claim.refund_id, returned)
        elif arrow.goal == Claim.REFUNDING and account.on("refunds_arrive_at_once"):
            _pay_back(claim, at)


def lock_claim(claim: Claim) -> None:
    """Lock the claim's order and reload the claim: claims are written one at a time per order."""
    order = Order.objects.select_for_update().get(pk=claim.order_id)
    claim.refresh_from_db()
    claim.order = order


def expire_due(account: Account) -> None:
    """Make the transitions that are due (BEHAVIOUR 5.3), one state after the other."""
    complaint.expire_due(account)
    due = Claim.objects.filter(due_at__lte=account.now()).order_by("due_at", "pk")
    if not account.on("offline_refund_overdue"):
        due = due.exclude(status=Claim.REFUND_FAILED)
    # No more than four states follow each other by time alone.
    for _step in range(4):
        claims = list(due.select_related("order"))
        if not claims:
            return
        for claim in claims:
            event = next(event for event in OVERDUE if arrow_for(claim, event))
            # Of two calls that find the same claim due, one moves it.
            with suppress(Refusal):
                be_overdue(account, claim, event, at=claim.due_at)


def be_overdue(account: Account, claim: Claim, event: str, at: datetime | None = None) -> None:
    fields = {}
    if event == "merchant_handle_return_overdue":
        default = claim.order.content.get("default_receiving_address")
        fields["address"] = default or account.info.get("default_receiving_address") or {}
    move(claim, event, at=at, **fields)


def refund_arrives(claim: Claim) -> None:
    move(claim, "refund_arrives", refund_id=_refund_id())


def refund_fails(claim: Claim) -> None:
    move(claim, "refund_fails")


def close(claim: Claim) -> None:
    move(claim, "close")


def judge(dispute: Dispute, buyer_wins: bool, send_back: bool = False) -> None:
    """The platform's decision (BEHAVIOUR 9): no refund, a refund, or (send_back) a refund once the goods are back."""
    event = ("judge_return" if send_back else "judge_refund") if buyer_wins else "judge_for_merchant"
    dispute.refresh_from_db()
    if dispute.state in Dispute.OVER:
        raise Refusal(2747008, f"dispute state {dispute.state} does not allow {event}")
    arrow_or_refuse(dispute.claim, event)
    complaint.finish(dispute, buyer_wins)
    move(dispute.claim, event)


def _pay_back(claim: Claim, at: datetime | None) -> None:
    if Account.objects.filter(failing_refunds__gt=0).update(failing_refunds=F("failing_refunds") - 1):
        move(claim, "refund_fails", at=at)
        return
    try:
        refund_arrives(claim)
    except Refusal:
        # The balance is too low.
        move(claim, "refund_fails", at=at)


def _refund_id() -> str:
    return f"5030{secrets.randbelow(10**24):024d}"


def _tell(claim: Claim, what: str) -> None:
    ids = {"aftersale_id": claim.aftersale_id, "out_aftersale_id": claim.out_aftersale_id}
    push(f"aftersale_{what}", {"aftersale_info": ids})
