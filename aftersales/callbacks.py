"""WeChat tells that something happened to a claim or a dispute; where it stands is read, never taken from the message.

A complaint about the shop is the exception: no interface reads it, so the message itself is the record.
"""

from typing import Any

from orders.models import Order
from wechat.callbacks import after_our_own, on
from wechat.shop import ecaftersale
from wechat.values import number

from .models import Aftersale, Complaint, Dispute
from .operations import refresh_claim, refresh_dispute
from .snapshots import import_aftersale

EVENTS = [
    f"aftersale_{name}"
    for name in (
        "new_order", "update_order", "user_cancel", "wait_merchant_confirm_receipt", "user_modify_return_info",
        "refund_success", "wait_merchant_offline_refund", "user_confirm_refund_certificate",
        "complaint_update_order_state", "merchant_handle_refund_overdue", "merchant_handle_return_overdue",
        "merchant_confirm_receipt_overdue", "user_upload_return_info_overdue", "user_apply_platform_judge_overdue",
    )
]  # fmt: skip


@on(*EVENTS)
def claim_changed(event):
    """Only says which claim to read; one raised in WeChat is met here for the first time."""
    aftersale_id = number(event.get("aftersale_id"))
    if not aftersale_id:
        return None
    claim = Aftersale.objects.filter(aftersale_id=aftersale_id).first()
    if claim is None and event.get("out_aftersale_id"):
        claim = Aftersale.objects.filter(out_aftersale_id=event["out_aftersale_id"]).first()
    if claim is None:
        claim = import_aftersale(ecaftersale.get(aftersale_id=aftersale_id))
    if claim is None:
        return None
    after_our_own(claim)
    if claim.aftersale_id is None:
        Aftersale.objects.filter(pk=claim.pk, aftersale_id=None).update(aftersale_id=aftersale_id)
        claim.aftersale_id = aftersale_id
    refresh_claim(claim)
    return claim


@on("complaint_notify")
def dispute_changed(event):
    """Only says which dispute to read."""
    complaint_order_id = number(event.get("complaint_order_id"))
    if not complaint_order_id:
        return None
    dispute, _new = Dispute.objects.get_or_create(complaint_order_id=complaint_order_id)
    refresh_dispute(dispute)
    return dispute


# Its JSON form was seen with a blank in its name.
@on("complaint_callback", "complaint callback")
def complained(event):
    """Keep the complaint: no interface tells it again."""
    told = {name: value for name, value in event.items() if name not in ("phone_number", "open_id", "appid")}
    history = event.several("history")
    words = event.get("customer_material_content") or (history[-1].get("content") if history else "")
    key: dict[str, Any] = {
        name: str(event.get(name) or "")[:64] for name in ("complaint_order_id", "option_type", "type", "status")
    }
    rest = {
        "openid": str(event.get("open_id") or "")[:64],
        "phone_number": str(event.get("phone_number") or "")[:40],
        "content": str(words or ""),
        "told": told,
    }
    # A message that is handled again is the same complaint.
    return Complaint.objects.update_or_create(**key, defaults=rest)[0]


def order_of(complaint: Complaint) -> Order | None:
    """The order a complaint is about, by the payment's number where it names one."""
    trade = str(complaint.told.get("out_trade_no") or "")
    return Order.objects.filter(out_order_id=trade).first() if trade else None
