"""Actions of the buyer and the platform on claims and disputes."""

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..endpoints import complaint as disputes
from ..endpoints import ecaftersale as claims
from ..endpoints import img
from ..models import Account, Claim, Dispute, Order
from ..platform import Refusal
from ..values import LARGEST
from .board import action, number, section, told
from .orders import order_of

MOST_PICTURES = 9


@section
def counter(account: Account) -> dict:
    open_claims = Claim.objects.exclude(status__in=Claim.FINAL).select_related("order").prefetch_related("disputes")
    claimable = Order.objects.filter(fund_type=1, status__in=Order.PAID, settled=False)
    disputes_open = Dispute.objects.exclude(state__in=Dispute.OVER).select_related("claim")
    return {
        "claims": [(claim, claims.possible(claim)) for claim in open_claims.order_by("-created_at")[:20]],
        "claimable": claimable.order_by("-created_at")[:20],
        "disputes": disputes_open.order_by("-created_at")[:20],
    }


PLAYS: dict[str, Callable[[Claim, dict], object]] = {
    "modify": lambda claim, given: claims.modify(claim, orderamt=number(given, "amount")),
    "cancel": lambda claim, given: claims.user_cancel(claim),
    "uploadreturninfo": lambda claim, given: claims.user_return(claim, waybill_id=given.get("waybill_id", "").strip()),
    "change_pickup": lambda claim, given: claims.user_modify_return(claim, waybill_id=given.get("waybill_id", "")),
    "cancel_pickup": lambda claim, given: claims.user_modify_return(claim, back=True),
    "intervene": lambda claim, given: claims.intervene(claim, links=_pictures(given)),
    "confirm_certificate": lambda claim, given: claims.confirm_certificate(claim),
    "refund_arrives": lambda claim, given: claims.refund_arrives(claim),
    "refund_fails": lambda claim, given: claims.refund_fails(claim),
    "close": lambda claim, given: claims.close(claim),
}
DISPUTE_PLAYS: dict[str, Callable[[Dispute, dict], object]] = {
    "ask_merchant": lambda dispute, given: disputes.ask_proof(dispute),
    "ask_buyer": lambda dispute, given: disputes.ask_proof(dispute, of_user=True),
    "buyer_proves": lambda dispute, given: disputes.user_proves(dispute, links=_pictures(given)),
    "call_off": lambda dispute, given: claims.call_off(dispute),
    "buyer_is_right": lambda dispute, given: claims.judge(dispute, buyer_wins=True),
    "buyer_sends_back": lambda dispute, given: claims.judge(dispute, buyer_wins=True, send_back=True),
    "merchant_is_right": lambda dispute, given: claims.judge(dispute, buyer_wins=False),
}


def _pictures(fields: dict) -> list[str]:
    """The number of pictures that the buyer uploads, with the platform's addresses."""
    account = Account.only()
    return [img.new_link(account, secrets.token_hex(16)) for _nth in range(number(fields, "pictures", MOST_PICTURES))]


@action
def apply_for_claim(request: HttpRequest, account: Account) -> str:
    """Open a claim on one line of an order, given as order_id:nth."""
    names = dict(zip(("order_id", "nth"), request.POST.get("line", "").split(":"), strict=False))
    order = get_object_or_404(Order, pk=number(names, "order_id", LARGEST))
    nth = number(names, "nth")
    if nth >= len(order.lines):
        raise Refusal(2747021, _("The goods are not in the order."))
    line, kind = order.lines[nth], 2 if request.POST.get("type") == "2" else 1
    reason = request.POST.get("reason", "").strip() or "不想要了"
    amount = number(request.POST, "amount") if request.POST.get("amount") else None
    how: dict[str, Any] = {
        "amount": amount,
        "reason_type": 2,
        "reason": reason,
        "out_product_id": line["out_product_id"],
        "links": _pictures(request.POST),
    }
    return told(lambda: claims.apply(order, line["out_sku_id"], kind, **how))


@action
def play_claim(request: HttpRequest, account: Account) -> str:
    """Run an action of the buyer or the platform on a claim."""
    claims.expire_due(account)
    play = PLAYS.get(request.POST.get("play", ""))
    if play is None:
        raise Refusal(40097, _("There is no such button."))
    claim = get_object_or_404(Claim, pk=number(request.POST, "aftersale_id", LARGEST))
    return told(lambda: play(claim, request.POST))


@action
def play_dispute(request: HttpRequest, account: Account) -> str:
    claims.expire_due(account)
    play = DISPUTE_PLAYS.get(request.POST.get("play", ""))
    if play is None:
        raise Refusal(40097, _("There is no such button."))
    dispute = get_object_or_404(Dispute, pk=number(request.POST, "complaint_order_id", LARGEST))
    return told(lambda: play(dispute, request.POST))


@action
def complain(request: HttpRequest, account: Account) -> str:
    order = order_of(request)
    return told(lambda: disputes.complain(order))


@action
def set_claim_troubles(request: HttpRequest, account: Account) -> str:
    account.busy_orders = number(request.POST, "busy_orders")
    account.failing_refunds = number(request.POST, "failing_refunds")
    account.save(update_fields=["busy_orders", "failing_refunds"])
    return _("The faults are set.")
