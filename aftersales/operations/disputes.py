"""Disputes before the platform (BEHAVIOUR section 9): read, and answered with evidence."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order
from wechat.models import Image, Step
from wechat.operations import upload_image
from wechat.shop import complaint as shop
from wechat.steps.operations import ASK, operation
from wechat.values import moment_of_unix, number

from ..models import Aftersale, Dispute, Evidence
from ..snapshots import BUYERS_TURN

RECORDS = ("op_record", "user_record", "merchant_record")


@operation(on=Dispute, name="refresh_dispute", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_dispute(dispute: Dispute, sent: dict):
    """Read where the dispute stands, and what everybody said."""
    began = timezone.now()
    answer = shop.get(dispute.complaint_order_id)
    return lambda: take_in(dispute, began, answer["order"], (answer.get("flow_info") or {}).get("list"))


def take_in(dispute: Dispute, began: datetime, order: dict, flow: list | None) -> bool:
    """Record what was read; False when a later read is recorded already."""
    with transaction.atomic():
        fresh = Dispute.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=dispute.pk)
        if not fresh.update(read_at=began):
            return False
        now = Dispute.objects.get(pk=dispute.pk)
        now.state, now.type = number(order.get("state")), number(order.get("type"))
        now.judge_result = number(order.get("judge_result"))
        now.phone_number = str(order.get("phone_number") or "")[:40]
        now.opened_at, now.expired_at = (
            moment_of_unix(order.get("create_time")),
            moment_of_unix(order.get("expired_time")),
        )
        claim_id, order_id = number(order.get("after_sale_order_id")), number(order.get("order_id"))
        now.aftersale = Aftersale.objects.filter(aftersale_id=claim_id).first() if claim_id else None
        now.order = Order.objects.filter(order_id=order_id).first() if order_id else None
        if flow is not None:
            now.flow = [_record(entry) for entry in flow if isinstance(entry, dict)]
        now.save()
        if now.aftersale and now.expired_at and now.expired_at > timezone.now():
            # The buyer's clock ends here: they have turned to the platform.
            Aftersale.objects.filter(pk=now.aftersale.pk, status__in=BUYERS_TURN).update(deadline_at=None)
    return True


def _record(entry: dict) -> dict:
    """Whose word it is, and the words; times in Unix seconds."""
    record = next((entry[name] for name in RECORDS if entry.get(name)), {})
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


def _sent(dispute: Dispute) -> dict:
    links = list(dispute.evidence_images.order_by("pk").values_list("link", flat=True))
    return {"content": dispute.evidence_text, "links": links}


def _found(dispute: Dispute, key: str):
    """A person saw it on WeChat's pages: what was sent then is handed in, whatever was written since."""
    sent = Step.objects.of(dispute).unknown().get(operation=hand_in_evidence.full_name).payload
    return lambda: _handed_in(dispute, sent)


@operation(
    on=Dispute,
    name="hand_in_evidence",
    label=gettext_lazy("Hand in the evidence"),
    allowed=Dispute.may_hand_in,
    check=_missing,
    prepare=_upload,
    payload=_sent,
    recover=ASK,
    adopt=_found,
    numbered=False,
    confirm=gettext_lazy("Hand it in? What is handed in cannot be taken back."),
)
def hand_in_evidence(dispute: Dispute, sent: dict):
    """Give the platform your evidence. There is no key of ours on it: after a silence a person looks."""
    shop.upload_material(dispute.complaint_order_id, sent["content"], sent["links"])
    return lambda: _handed_in(dispute, sent)


def _handed_in(dispute: Dispute, sent: dict) -> None:
    Evidence.objects.create(dispute=dispute, **sent)
    dispute.evidence_images.remove(*dispute.evidence_images.filter(link__in=sent["links"]))
    Dispute.objects.filter(pk=dispute.pk, evidence_text=sent["content"]).update(evidence_text="")
