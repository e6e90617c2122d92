"""What reading a claim brings, and what it changes here; a later read is never overwritten by an earlier one."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from orders.models import Order, OrderLine
from wechat.shop import ecaftersale as shop
from wechat.steps import actors
from wechat.values import moment_of_unix, number

from .deadlines import deadline
from .models import Aftersale, ClaimChange, ClaimVersion, ECStatus, Family
from .models.claim import PAID_BACK

BUYERS_TURN = (ECStatus.REFUND_REFUSED, ECStatus.RETURN_REFUSED, ECStatus.RETURN_CLOSED)
CONTENT = ("type", "product_cnt", "orderamt", "refund_reason_type", "refund_reason", "media_list")


class Snapshot(NamedTuple):
    began: datetime
    claim: dict

    @property
    def status(self) -> int | None:
        return number(self.claim.get("status"))


def read(claim: Aftersale) -> Snapshot:
    began = timezone.now()
    if claim.aftersale_id:
        return Snapshot(began, shop.get(aftersale_id=claim.aftersale_id))
    return Snapshot(began, shop.get(out_aftersale_id=claim.out_aftersale_id))


def take_in(claim: Aftersale, found: Snapshot) -> bool:
    """Record what was read; False when a later read is recorded already."""
    with transaction.atomic():
        fresh = Aftersale.objects.filter(Q(read_at=None) | Q(read_at__lt=found.began), pk=claim.pk)
        if not fresh.update(read_at=found.began):
            return False
        now = Aftersale.objects.select_related("order", "line").get(pk=claim.pk)
        was, asked, told = now.status, (now.type, now.orderamt), _fields(now, found.claim)
        for name, value in told.items():
            setattr(now, name, value)
        until = deadline(now.status, now.moved_at) if now.is_ec and not _is_disputed(now) else None
        now.warned = now.warned if (now.status, until) == (was, now.deadline_at) else 0
        now.deadline_at = until
        # Only what WeChat tells: somebody may be writing down a reason at this moment.
        now.save(update_fields=[*told, "deadline_at", "warned"])
        if (now.type, now.orderamt) != asked or (now.status == ECStatus.TO_HANDLE and was != now.status):
            # Another claim than the one a second person was asked about.
            Aftersale.objects.filter(pk=now.pk).update(
                asked_by=None, asked_at=None, asked_fen=None, approved_by=None, approved_fen=None
            )
        keep_version(now)
        moved(now, was)
    return True


def _is_disputed(claim: Aftersale) -> bool:
    """Whether the buyer has turned to the platform already: then its clock runs, not the buyer's."""
    return claim.status in BUYERS_TURN and claim.disputes.running().exists()


def moved(claim: Aftersale, was: int | None, note: str = "") -> None:
    """Note a change of state within the transaction that makes it; what was paid back goes onto the order's line."""
    if claim.status == was or claim.status is None:
        return
    ClaimChange.objects.create(
        aftersale=claim, was=was, status=claim.status, note=note[:300], door=actors.current().door
    )
    if claim.status in PAID_BACK and claim.line_id:
        _write_down(claim)


def keep_version(claim: Aftersale) -> None:
    """Each content a claim has had is kept once."""
    last = claim.versions.last()
    if last is None or any(getattr(last, name) != getattr(claim, name) for name in CONTENT):
        ClaimVersion.objects.create(aftersale=claim, **{name: getattr(claim, name) for name in CONTENT})


def adopt(found: dict) -> Aftersale | None:
    """A claim WeChat has and we had not; None where its order is not here yet."""
    aftersale_id = number(found.get("aftersale_id"))
    if not aftersale_id:
        return None
    known = Aftersale.objects.filter(aftersale_id=aftersale_id).first()
    if known is None and found.get("out_aftersale_id"):
        known = Aftersale.objects.filter(out_aftersale_id=found["out_aftersale_id"]).first()
    if known is not None:
        return known
    ours, theirs = str(found.get("out_order_id") or ""), number(found.get("order_id"))
    named = {"out_order_id": ours} if ours else {"order_id": theirs}
    order = Order.objects.filter(**named).first() if ours or theirs else None
    if order is None:
        return None
    info = found.get("product_info") or {}
    return Aftersale.objects.create(
        family=Family.EC,
        order=order,
        line=_line(order, info),
        aftersale_id=aftersale_id,
        type=number(found.get("type")) or 1,
        orderamt=max(0, number(found.get("orderamt")) or 0),
        product_cnt=max(1, number(info.get("product_cnt")) or 1),
    )


def _line(order: Order, info: dict) -> OrderLine | None:
    lines = order.lines.filter(out_sku_id=str(info.get("out_sku_id") or ""))
    named = lines.filter(out_product_id=str(info.get("out_product_id") or ""))
    return named.first() or lines.first()


def _fields(claim: Aftersale, found: dict) -> dict:
    info = found.get("product_info") or {}
    told = {
        "aftersale_id": number(found.get("aftersale_id")),
        "status": number(found.get("status")),
        "type": number(found.get("type")),
        "orderamt": number(found.get("orderamt")),
        "product_cnt": number(info.get("product_cnt")),
        "refund_reason_type": number(found.get("refund_reason_type")),
        "refund_reason": str(found.get("refund_reason") or "")[:500],
        "media_list": found.get("media_list") if isinstance(found.get("media_list"), list) else None,
        "refund_id": str((found.get("refund_pay_detail") or {}).get("refund_id") or "")[:64],
        "return_info": shipment if (shipment := found.get("return_info") or {}).get("waybill_id") else None,
        "opened_at": moment_of_unix(found.get("create_time")),
        "moved_at": moment_of_unix(found.get("update_time")),
    }
    return {name: value for name, value in told.items() if value not in (None, "")} | {"refusal": {}}


def _write_down(claim: Aftersale) -> None:
    """Onto the order's line, once, however often it is read."""
    once = Aftersale.objects.filter(pk=claim.pk, recorded_cnt=0, recorded_fen=0)
    if not once.update(recorded_cnt=claim.product_cnt, recorded_fen=claim.orderamt):
        return
    claim.recorded_cnt, claim.recorded_fen = claim.product_cnt, claim.orderamt
    OrderLine.objects.filter(pk=claim.line_id).update(
        refunded_cnt=F("refunded_cnt") + claim.product_cnt, refunded_fen=F("refunded_fen") + claim.orderamt
    )
