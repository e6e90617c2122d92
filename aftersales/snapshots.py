"""A read of an after-sale (`Snapshot`) and how it is applied; the newest read wins."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from console.keeping import of
from orders import refunds as orders
from orders.models import Order, OrderLine
from wechat.shop import ecaftersale as shop
from wechat.steps import actors
from wechat.steps.reading import lock_newest
from wechat.values import moment_of_unix, number, text, texts

from . import surprises
from .approval import REFUND
from .deadlines import deadline
from .models import Aftersale, ClaimChange, ClaimVersion, ECStatus, Family, Kind
from .models.aftersale import PAID_BACK

BUYERS_TURN = (ECStatus.REFUND_REFUSED, ECStatus.RETURN_REFUSED, ECStatus.RETURN_CLOSED)
CONTENT = ("type", "product_cnt", "orderamt", "refund_reason_type", "refund_reason", "media_list")


class Snapshot(NamedTuple):
    began: datetime
    answer: dict[str, Any]  # the after_sales_order of ecaftersale/get

    @property
    def status(self) -> int | None:
        return number(self.answer.get("status"))


def read(aftersale: Aftersale) -> Snapshot:
    began = timezone.now()
    if aftersale.aftersale_id:
        return Snapshot(began, shop.get(aftersale_id=aftersale.aftersale_id))
    return Snapshot(began, shop.get(out_aftersale_id=aftersale.out_aftersale_id or ""))


def apply_snapshot(aftersale: Aftersale, snapshot: Snapshot) -> bool:
    """Set what was read, unless a later read has been applied; True where it was set."""
    with transaction.atomic():
        fresh = lock_newest(aftersale, snapshot.began)
        if fresh is None:
            return False
        was, before = fresh.status, (fresh.type, fresh.orderamt)
        stored = {name: getattr(fresh, name) for name in ("status", *surprises.CONTENT)}
        fields = _fields(snapshot.answer)
        if fresh.order.erased_at:
            fields = {name: value for name, value in fields.items() if name not in of(Aftersale).blank}
        for name, value in fields.items():
            setattr(fresh, name, value)
        until = deadline(fresh.status, fresh.moved_at) if fresh.is_ec and not _is_disputed(fresh) else None
        fresh.warned = fresh.warned if (fresh.status, until) == (was, fresh.deadline_at) else 0
        fresh.deadline_at = until
        # Only WeChat's columns: a person may be saving a reason at this moment.
        fresh.save(update_fields=[*fields, "deadline_at", "warned"])
        is_another = (fresh.type, fresh.orderamt) != before
        if is_another or not fresh.is_open or (fresh.status == ECStatus.TO_HANDLE and was != fresh.status):
            REFUND.end(fresh)  # the second person was asked about another content
        keep_version(fresh)
        moved(fresh, was)
        surprises.keep(stored, fresh, snapshot.began)
    return True


def _is_disputed(aftersale: Aftersale) -> bool:
    """Whether a dispute is open already: then the dispute's deadline counts, not the buyer's."""
    return aftersale.status in BUYERS_TURN and aftersale.disputes.running().exists()


def moved(aftersale: Aftersale, was: int | None, note: str = "") -> None:
    """Store a change of state, within the transaction that makes it; a refund is added to the order's line."""
    if aftersale.status == was or aftersale.status is None:
        return
    ClaimChange.objects.create(
        aftersale=aftersale,
        was=was,
        status=aftersale.status,
        note=text(ClaimChange, "note", note),
        door=actors.current().door,
    )
    if aftersale.status in PAID_BACK and aftersale.line_id:
        _count_on_line(aftersale)


def keep_version(aftersale: Aftersale) -> None:
    """Store the content as a new version, where it differs from the last one."""
    content = {name: getattr(aftersale, name) for name in CONTENT}
    last = aftersale.versions.last()
    if last is None or any(getattr(last, name) != value for name, value in content.items()):
        ClaimVersion.objects.create(aftersale=aftersale, **content)


def import_aftersale(answer: dict[str, Any]) -> Aftersale | None:
    """The record of an after-sale at WeChat, created where missing; None where its order is not stored here yet."""
    aftersale_id = number(answer.get("aftersale_id"))
    if not aftersale_id:
        return None
    existing = Aftersale.objects.filter(aftersale_id=aftersale_id).first()
    if existing is None and answer.get("out_aftersale_id"):
        existing = Aftersale.objects.filter(out_aftersale_id=answer["out_aftersale_id"]).first()
    if existing is not None:
        return existing
    order = _order(answer)
    if order is None:
        return None
    info = answer.get("product_info") or {}
    return Aftersale.objects.create(
        family=Family.EC,
        order=order,
        line=_line(order, info),
        aftersale_id=aftersale_id,
        type=number(answer.get("type")) or 1,
        orderamt=max(0, number(answer.get("orderamt")) or 0),
        product_cnt=max(1, number(info.get("product_cnt")) or 1),
    )


def _order(answer: dict[str, Any]) -> Order | None:
    """The order, found by our number where the answer has it, else by WeChat's."""
    if ours := str(answer.get("out_order_id") or ""):
        return Order.objects.filter(out_order_id=ours).first()
    theirs = number(answer.get("order_id"))
    return Order.objects.filter(order_id=theirs).first() if theirs else None


def _line(order: Order, info: dict[str, Any]) -> OrderLine | None:
    lines = order.lines.filter(out_sku_id=str(info.get("out_sku_id") or ""))
    named = lines.filter(out_product_id=str(info.get("out_product_id") or ""))
    return named.first() or lines.first()


def _fields(answer: dict[str, Any]) -> dict[str, Any]:
    """The columns that this answer sets; columns without a value in it stay as they were."""
    info = answer.get("product_info") or {}
    shipment = answer.get("return_info") or {}
    refund = answer.get("refund_pay_detail") or {}
    media = answer.get("media_list")
    fields = {
        "aftersale_id": number(answer.get("aftersale_id")),
        "status": number(answer.get("status")),
        "type": number(answer.get("type")),
        "orderamt": number(answer.get("orderamt")),
        "product_cnt": number(info.get("product_cnt")),
        "refund_reason_type": number(answer.get("refund_reason_type")),
        **texts(Aftersale, refund_reason=answer.get("refund_reason"), refund_id=refund.get("refund_id")),
        "media_list": media if isinstance(media, list) else None,
        "return_info": shipment if shipment.get("waybill_id") else None,
        "opened_at": moment_of_unix(answer.get("create_time")),
        "moved_at": moment_of_unix(answer.get("update_time")),
    }
    return {name: value for name, value in fields.items() if value not in (None, "")} | {"refusal": {}}


def _count_on_line(aftersale: Aftersale) -> None:
    """Add its refund to the order's line, once, however often it is read."""
    # The process that sets recorded_* first adds it; later reads find them set.
    uncounted = Aftersale.objects.filter(pk=aftersale.pk, recorded_cnt=0, recorded_fen=0)
    if not uncounted.update(recorded_cnt=aftersale.product_cnt, recorded_fen=aftersale.orderamt):
        return
    aftersale.recorded_cnt, aftersale.recorded_fen = aftersale.product_cnt, aftersale.orderamt
    orders.refunded(aftersale.line_id or 0, aftersale.product_cnt, aftersale.orderamt, aftersale.type != Kind.REFUND)
