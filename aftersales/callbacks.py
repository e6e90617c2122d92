"""Messages about after-sales and disputes: they cause a read; the state is never set from a message.

A complaint about the shop is the exception: no endpoint returns it, so the message itself is stored as the record.
"""

from typing import Any

from wechat.callbacks import after_our_own, on
from wechat.messages import Event
from wechat.shop import ecaftersale
from wechat.values import moment_of_unix, text, texts

from .models import Aftersale, Complaint, Dispute
from .models.dispute import PHONE
from .operations import refresh_claim, refresh_dispute
from .snapshots import import_aftersale

EVENTS = [
    "aftersale_new_order",
    "aftersale_update_order",
    "aftersale_user_cancel",
    "aftersale_wait_merchant_confirm_receipt",
    "aftersale_user_modify_return_info",
    "aftersale_refund_success",
    "aftersale_wait_merchant_offline_refund",
    "aftersale_user_confirm_refund_certificate",
    "aftersale_complaint_update_order_state",
    "aftersale_merchant_handle_refund_overdue",
    "aftersale_merchant_handle_return_overdue",
    "aftersale_merchant_confirm_receipt_overdue",
    "aftersale_user_upload_return_info_overdue",
    "aftersale_user_apply_platform_judge_overdue",
]
KEY = ("complaint_order_id", "option_type", "type", "status")  # identifies a complaint
PERSONAL = ("phone_number", "open_id", "appid")  # not stored in `told`


@on(*EVENTS)
def aftersale_changed(event: Event) -> Aftersale | None:
    """Read the after-sale that the message names; one that a buyer opened in WeChat is imported."""
    aftersale_id = event.need_number("aftersale_id")
    aftersale = Aftersale.objects.filter(aftersale_id=aftersale_id).first()
    if aftersale is None and event.get("out_aftersale_id"):
        aftersale = Aftersale.objects.filter(out_aftersale_id=event["out_aftersale_id"]).first()
    if aftersale is None:
        aftersale = import_aftersale(ecaftersale.get(aftersale_id=aftersale_id))
    if aftersale is None:
        return None
    after_our_own(aftersale)
    if aftersale.aftersale_id is None:
        Aftersale.objects.filter(pk=aftersale.pk, aftersale_id=None).update(aftersale_id=aftersale_id)
        aftersale.aftersale_id = aftersale_id
    refresh_claim(aftersale)
    return aftersale


@on("complaint_notify")
def dispute_changed(event: Event) -> Dispute:
    """Read the dispute that the message names."""
    complaint_order_id = event.need_number("complaint_order_id")
    dispute, _new = Dispute.objects.get_or_create(complaint_order_id=complaint_order_id)
    refresh_dispute(dispute)
    return dispute


# In JSON messages the event's name was seen with a blank in it.
@on("complaint_callback", "complaint callback")
def complained(event: Event) -> Complaint:
    """Store the complaint: no endpoint returns it."""
    history = event.several("history")
    content = event.get("customer_material_content") or (history[-1].get("content") if history else "")
    key: dict[str, Any] = texts(Complaint, **{name: event.get(name) for name in KEY})
    fields = {
        "openid": text(Complaint, "openid", event.get("open_id")),
        "phone_number": str(event.get("phone_number") or "")[:PHONE],
        "content": str(content or ""),
        "due_at": moment_of_unix(event.get("expire_time")),
        "told": _without_person(dict(event)),
    }
    # A message that is handled a second time must not create a second complaint.
    return Complaint.objects.update_or_create(**key, defaults=fields)[0]


def _without_person(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_person(inner) for name, inner in value.items() if name not in PERSONAL}
    return [_without_person(inner) for inner in value] if isinstance(value, list) else value
