"""Checks of a claim's content (BEHAVIOUR 5.4), and of the order, goods and pictures in its calls."""

from typing import Any

from django.db.models import QuerySet

from ...models import Account, Claim, Dispute, Order, Product
from ...platform import Refusal
from ...values import LARGEST, whole
from .. import img
from .. import order as orders
from ..complaint import number
from .graph import REFUND, RETURN, not_allowed

CLAIMS = 5  # of one sku


def read_claim(account: Account, given: dict) -> dict[str, Any]:
    """The claim's content; a picture's thumb_url may be left out, as in the platform's samples."""
    type = number(given, "type")
    if type not in (REFUND, RETURN):
        raise Refusal(2747002, "type is 1 or 2")
    asked = {
        "type": type,
        "orderamt": number(given, "orderamt"),
        "refund_reason_type": number(given, "refund_reason_type"),
        "refund_reason": need_text(given, "refund_reason"),
    }
    media = given.get("media_list")
    if media is None:
        return asked
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise Refusal(2747002, "media_list is a list of objects")
    for item in media:
        number(item, "type")
        for name in ("url", "thumb_url"):
            if name == "url" or item.get(name):
                check_picture(account, item.get(name))
    return asked | {"media_list": media}


def read_goods(account: Account, info: Any) -> tuple[tuple[str, str], int]:
    """One sku (an object, not a list), by the merchant's numbers or by the platform's."""
    if not isinstance(info, dict):
        raise Refusal(2747002, "product_info is an object")
    count = number(info, "product_cnt")
    if not count:
        raise Refusal(2747002, "product_cnt counts from 1")
    ours, theirs = (info.get("out_product_id"), info.get("out_sku_id")), info.get("product_id")
    if theirs and (account.on("platform_id_wins") or not all(ours)):
        ours = goods_by_platform_ids(theirs, info.get("sku_id"))
    if not all(isinstance(name, str) and name for name in ours):
        raise Refusal(2747021, "the goods are not in the order")
    return (str(ours[0]), str(ours[1])), count


def goods_by_platform_ids(product_id: Any, sku_id: Any) -> tuple[str, str]:
    product = Product.objects.filter(pk=product_id).first() if whole(product_id, LARGEST) else None
    skus = [sku["out_sku_id"] for sku in product.draft["skus"]] if product else []
    for sku in skus:
        if product and orders.platform_ids(product, sku)["sku_id"] == sku_id:
            return product.out_product_id, sku
    raise Refusal(2747021, "the goods are not in the order")


def check_picture(account: Account, link: object) -> None:
    if not isinstance(link, str) or not link:
        raise Refusal(2747010, "the picture's url is illegal")
    try:
        img.check(account, link)
    except (Refusal, ValueError):
        raise Refusal(2747010, "the picture's url is illegal") from None


def need_text(given: dict, name: str) -> str:
    if not isinstance(given.get(name), str) or not given[name]:
        raise Refusal(2747002, f"{name} is missing")
    return given[name]


def claimable_pieces(account: Account, order: Order, line: tuple[str, str]) -> int:
    """The number of pieces of a sku that can be claimed; 0 in the cases of BEHAVIOUR 5.4."""
    if order.fund_type != 1:
        raise Refusal(2747027, "this is not a second-level merchant order")
    if order.status not in (*Order.PAID, Order.REFUNDED):
        raise Refusal(2747006, "the order does not exist, or is not paid")
    ordered = sum(item["product_cnt"] for item in _lines(order, line))
    if not ordered:
        raise Refusal(2747021, "the goods are not in the order")
    claims = list(_claims(order, line))
    left = ordered - sum(claim.product_cnt for claim in claims if claim.status in Claim.DONE)
    until = order.claimable_until
    reasons = {
        "a claim is open": any(claim.status not in Claim.FINAL for claim in claims),
        f"there were {CLAIMS} claims": len(claims) >= CLAIMS,
        "the order is settled": order.settled,
        "everything is refunded": order.status == Order.REFUNDED or left <= 0,
        "the after-sale window is over": until is not None and until < account.now(),
    }
    for reason, holds in reasons.items():
        if holds:
            raise Refusal(2747020, f"the goods cannot be claimed: {reason}")
    check_changes(account, order, line)
    return left


def check_changes(account: Account, order: Order, line: tuple[str, str]) -> None:
    if sum(claim.changes for claim in _claims(order, line)) >= account.claim_changes:
        raise Refusal(2747016, "the total number of claims and changes is exceeded")


def refundable_amount(order: Order, line: tuple[str, str], type: int, amount: int | None) -> int:
    """BEHAVIOUR 5.4: what was paid for the sku, with the freight where it is the last one of an unshipped order."""
    unshipped = order.status == Order.TO_SHIP
    if unshipped and type == RETURN:
        raise Refusal(2747024, "goods that were not shipped can only be refunded")
    most = sum(item["sku_real_price"] for item in _lines(order, line))
    most -= sum(claim.orderamt for claim in _claims(order, line) if claim.status in Claim.DONE)
    others = {(item["out_product_id"], item["out_sku_id"]) for item in order.lines} - {line}
    if unshipped and all(_is_refunded(order, other) for other in others):
        most += order.content["order_detail"]["price_info"].get("freight", 0)
    most = max(0, most)  # an earlier claim may have taken the freight, too
    amount = most if amount is None else amount
    if amount > most:
        raise Refusal(2747014, f"the amount is illegal, {most} fen at most")
    return amount


def _is_refunded(order: Order, line: tuple[str, str]) -> bool:
    refunded = sum(claim.product_cnt for claim in _claims(order, line) if claim.status in Claim.DONE)
    return refunded >= sum(item["product_cnt"] for item in _lines(order, line))


def _lines(order: Order, line: tuple[str, str]) -> list[dict]:
    return [item for item in order.lines if (item["out_product_id"], item["out_sku_id"]) == line]


def _claims(order: Order, line: tuple[str, str]) -> QuerySet[Claim]:
    return order.claims.filter(out_product_id=line[0], out_sku_id=line[1])


def check_undisputed(claim: Claim, event: str) -> None:
    if claim.disputes.exclude(state__in=Dispute.OVER).exists():
        raise not_allowed(claim, event)


def check_not_stuck(account: Account, claim: Claim, event: str) -> None:
    """BEHAVIOUR 14.18: rejected after the goods came back, then changed by the buyer."""
    if account.on("modified_return_stuck") and claim.status == Claim.HANDLING and claim.return_info:
        raise not_allowed(claim, event)
