"""Operations on disputes before the platform (BEHAVIOUR section 9): reading, and handing in evidence."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order
from wechat.models import Image, Step
from wechat.operations import upload_image
from wechat.shop import complaint as shop
from wechat.steps.operations import ASK, Applies, operation
from wechat.steps.reading import Reading, lock_newest
from wechat.values import moment_of_unix, number

from ..models import Aftersale, Dispute, Evidence
from ..models.dispute import PHONE
from ..snapshots import BUYERS_TURN

RECORDS = ("op_record", "user_record", "merchant_record")


class Snapshot(NamedTuple):
    began: datetime
    order: dict[str, Any]  # as complaint/get and complaint/get_list return it
    flow: list | None  # the dispute's history; None where it was read from the list, which has none


def read(dispute: Dispute) -> Snapshot:
    began = timezone.now()
    answer = shop.get(dispute.complaint_order_id)
    return Snapshot(began, answer["order"], (answer.get("flow_info") or {}).get("list"))


def apply_snapshot(dispute: Dispute, snapshot: Snapshot) -> bool:
    """Set what was read, unless a later read has been applied; True where it was set."""
    with transaction.atomic():
        fresh = lock_newest(dispute, snapshot.began)
        if fresh is None:
            return False
        order = snapshot.order
        fresh.state, fresh.type = number(order.get("state")), number(order.get("type"))
        fresh.judge_result = number(order.get("judge_result"))
        fresh.phone_number = str(order.get("phone_number") or "")[:PHONE]
        fresh.opened_at = moment_of_unix(order.get("create_time"))
        fresh.expired_at = moment_of_unix(order.get("expired_time"))
        aftersale_id, order_id = number(order.get("after_sale_order_id")), number(order.get("order_id"))
        fresh.aftersale = Aftersale.objects.filter(aftersale_id=aftersale_id).first() if aftersale_id else None
        fresh.order = Order.objects.filter(order_id=order_id).first() if order_id else None
        if snapshot.flow is not None:
            fresh.flow = [_entry(entry) for entry in snapshot.flow if isinstance(entry, dict)]
        if fresh.order and fresh.order.erased_at:
            fresh.phone_number, fresh.flow = "", []
        fresh.save()
        if fresh.aftersale and fresh.expired_at and fresh.expired_at > timezone.now():
            # The after-sale's deadline for the buyer no longer counts: the buyer has turned to the platform.
            Aftersale.objects.filter(pk=fresh.aftersale.pk, status__in=BUYERS_TURN).update(deadline_at=None)
    return True


reading = Reading(read, apply_snapshot)


@operation(on=Dispute, name="refresh_dispute", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_dispute(dispute: Dispute, sent: dict) -> Applies:
    """Read the state of the dispute and its history."""
    return reading.refresh(dispute)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the history: author, text and times (Unix seconds)."""
    record: dict[str, Any] = next((entry[name] for name in RECORDS if entry.get(name)), {})
    at = moment_of_unix(record.get("time"))
    material = record.get("material_info") or {}
    return {
        "object": number(entry.get("object")),
        "who": next((name for name in RECORDS if entry.get(name)), ""),
        "state": number(record.get("state")),
        "state_describe": str(record.get("state_describe") or ""),
        "event_describe": str(record.get("event_describe") or ""),
        "at": at.isoformat() if at else "",
        "content": str(material.get("content") or ""),
        "media": [str(url) for url in material.get("media_url_list") or []],
    }


def _missing(dispute: Dispute) -> dict[str, list]:
    if dispute.evidence_text.strip():
        return {}
    return {"evidence_text": [_("Say what happened, in a few sentences.")]}


def _upload(dispute: Dispute) -> None:
    for image in Image.objects.filter(pk__in=dispute.evidence_images.values("pk"), link=""):
        upload_image(image)


def _material(dispute: Dispute) -> dict[str, Any]:
    links = list(dispute.evidence_images.order_by("pk").values_list("link", flat=True))
    return {"content": dispute.evidence_text, "links": links}


def _seen_at_wechat(dispute: Dispute, key: str) -> Applies:
    """A person saw it on WeChat's pages: store as handed in what the step sent, not what was edited since."""
    sent = Step.objects.of(dispute).unknown().get(operation=hand_in_evidence.full_name).payload or {}
    return lambda: _handed_in(dispute, sent)


@operation(
    on=Dispute,
    name="hand_in_evidence",
    label=gettext_lazy("Hand in the evidence"),
    allowed=Dispute.may_hand_in,
    check=_missing,
    prepare=_upload,
    payload=_material,
    recover=ASK,
    adopt=_seen_at_wechat,
    numbered=False,
    confirm=gettext_lazy("Hand it in? What is handed in cannot be taken back."),
    typed_above=0,
)
def hand_in_evidence(dispute: Dispute, sent: dict) -> Applies:
    """Hand in your evidence to the platform. It has no id of ours, so a person resolves an unknown outcome."""
    shop.upload_material(dispute.complaint_order_id, sent["content"], sent["links"])
    return lambda: _handed_in(dispute, sent)


def _handed_in(dispute: Dispute, sent: dict[str, Any]) -> None:
    Evidence.objects.create(dispute=dispute, **sent)
    dispute.evidence_images.remove(*dispute.evidence_images.filter(link__in=sent["links"]))
    Dispute.objects.filter(pk=dispute.pk, evidence_text=sent["content"]).update(evidence_text="")
