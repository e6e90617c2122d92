"""The buyer's actions on claims, in WeChat or through the merchant's mini program."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ...ids import new_id
from ...models import Account, Claim, Dispute, Order
from ...platform import Refusal
from ...pushes import push
from .. import complaint
from .. import order as orders
from ..delivery import COMPANIES
from .checks import check_changes, check_undisputed, claimable_pieces, refundable_amount
from .graph import DISPUTABLE, REFUND, TERMS, USER, arrow_or_refuse, not_allowed
from .moves import move


def apply(
    order: Order,
    out_sku_id: str,
    type: int = REFUND,
    amount: int | None = None,
    count: int | None = None,
    reason_type: int = 1,
    reason: str = "拍错/多拍",
    out_product_id: str = "",
    links: Sequence[str] = (),
) -> Claim:
    """The buyer opens a claim in WeChat, without a number of the merchant; by default for all that can be refunded."""
    account = Account.only()
    orders.expire_due(account)
    with transaction.atomic(using="sandbox"):
        order = Order.objects.select_for_update().get(pk=order.pk)
        named = [line["out_product_id"] for line in order.lines if line["out_sku_id"] == out_sku_id]
        line = (out_product_id or (named[0] if named else ""), out_sku_id)
        asked: dict[str, Any] = {
            "type": type,
            "orderamt": amount,
            "refund_reason_type": reason_type,
            "refund_reason": reason,
            "media_list": [{"type": 1, "url": link, "thumb_url": link} for link in links],
        }
        return open_claim(account, order, line, count, asked)


def modify(claim: Claim, **fields: Any) -> None:
    """The buyer changes any of type, orderamt, refund_reason_type, refund_reason and media_list."""
    claim.refresh_from_db()
    arrow_or_refuse(claim, "modify")
    change_claim(Account.only(), claim, {"type": claim.type, "orderamt": claim.orderamt} | fields)


def user_cancel(claim: Claim) -> None:
    move(claim, "cancel")


def user_return(claim: Claim, delivery_id: str = "SF", waybill_id: str = "SF1000000000001") -> None:
    """The buyer sends the goods back, with or without a waybill (BEHAVIOUR 14.19)."""
    info = return_info_of(delivery_id, COMPANIES.get(delivery_id, ""), waybill_id)
    move(claim, "uploadreturninfo", return_info=info)


def user_modify_return(claim: Claim, back: bool = False, waybill_id: str = "SF1000000000002") -> None:
    """The buyer changes the pickup ordered in WeChat, or cancels it and has to return again."""
    claim.refresh_from_db()
    info = {} if back else claim.return_info | {"waybill_id": waybill_id}
    move(claim, "cancel_pickup" if back else "change_pickup", return_info=info)


def confirm_certificate(claim: Claim) -> None:
    move(claim, "confirm_certificate")


def intervene(claim: Claim, content: str = "商家拒绝售后，请平台介入", links: Sequence[str] = ()) -> Dispute:
    """The buyer brings the claim before the platform (BEHAVIOUR 9); no event reports it to the merchant."""
    claim.refresh_from_db()
    if claim.status not in DISPUTABLE:
        raise not_allowed(claim, "intervene")
    check_undisputed(claim, "intervene")
    Claim.objects.filter(pk=claim.pk).update(due_at=None)
    return complaint.start(claim, content, links)


def call_off(dispute: Dispute) -> None:
    """The buyer withdraws the dispute, and has another seven days to open one."""
    complaint.withdraw(dispute)
    claim = dispute.claim
    Claim.objects.filter(pk=claim.pk).update(due_at=Account.only().now() + TERMS[claim.status])


def open_claim(
    account: Account, order: Order, line: tuple[str, str], count: int | None, asked: dict, out_aftersale_id: str = ""
) -> Claim:
    left = claimable_pieces(account, order, line)
    count = left if count is None else count
    if count > left and account.on("claims_hold_what_is_left"):
        raise Refusal(2747020, f"the goods cannot be claimed: {left} pieces are left")
    asked["orderamt"] = refundable_amount(order, line, asked["type"], asked["orderamt"])
    now = timezone.now()
    claim = Claim.objects.create(
        aftersale_id=new_id(),
        order=order,
        out_aftersale_id=out_aftersale_id,
        out_product_id=line[0],
        out_sku_id=line[1],
        product_cnt=count,
        due_at=account.now() + TERMS[Claim.HANDLING],
        created_at=now,
        updated_at=now,
        log=[{"event": "apply", "who": USER, "from": 0, "to": Claim.HANDLING}],
        **asked,
    )
    ids = {"aftersale_id": claim.aftersale_id, "order_id": order.order_id, "out_order_id": order.out_order_id}
    push("aftersale_new_order", {"aftersale_info": ids})
    return claim


def change_claim(account: Account, claim: Claim, asked: dict) -> None:
    line = (claim.out_product_id, claim.out_sku_id)
    check_changes(account, claim.order, line)
    asked["orderamt"] = refundable_amount(claim.order, line, asked["type"], asked["orderamt"])
    move(claim, "modify", changes=claim.changes + 1, **asked)


def return_info_of(company: str, name: str, waybill: str) -> dict:
    stamp = milliseconds(timezone.now())
    return {"delivery_id": company, "delivery_name": name, "waybill_id": waybill, "order_return_time": stamp}


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
