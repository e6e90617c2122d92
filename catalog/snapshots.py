"""What reading a product brings, and what it changes here; a later read is never overwritten by an earlier one."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wechat.errors import Refused
from wechat.shop import spu as shop
from wechat.values import number

from . import copies, payloads
from .models import SPU, Difference, EditStatus, Status, Unsent

GONE = 1000011


class Snapshot(NamedTuple):
    """Both copies of a product as they were read; no draft: WeChat does not have the product."""

    began: datetime
    draft: dict | None
    online: dict | None = None

    @property
    def edit_status(self) -> int | None:
        return number((self.draft or {}).get("edit_status"))

    @property
    def status(self) -> int | None:
        return number((self.draft or {}).get("status"))


def read(spu: SPU) -> Snapshot:
    """Ask WeChat for both copies; for the draft alone where there has been no other."""
    began = timezone.now()
    try:
        draft = shop.get(spu.out_product_id, shop.DRAFT)
        found = Snapshot(began, draft)
        if found.status == Status.NEVER:
            return found
        return found._replace(online=shop.get(spu.out_product_id, shop.ONLINE))
    except Refused as error:
        if error.errcode != GONE:
            raise
        return Snapshot(began, None)


def take_in(spu: SPU, found: Snapshot, known: dict | None = None) -> bool:
    """Record what was read, and what in it is other than the draft we knew (`known`, where we know better).

    False when a later read is recorded already.
    """
    with transaction.atomic():
        fresh = SPU.objects.filter(Q(read_at=None) | Q(read_at__lt=found.began), pk=spu.pk)
        if not fresh.update(read_at=found.began):
            return False
        spu = SPU.objects.with_content().get(pk=spu.pk)
        if found.draft is None:
            if spu.is_known:
                mark_removed(spu)
            return True
        _record(spu, found, known if known is not None else spu.draft)
        _judge(spu, found)
    return True


def mark_removed(spu: SPU) -> None:
    """WeChat has deleted it: its id is used up."""
    SPU.objects.filter(pk=spu.pk, removed_at=None).update(removed_at=timezone.now(), unsent=Unsent.NOTHING)
    Difference.objects.filter(spu=spu).delete()


def _record(spu: SPU, found: Snapshot, known: dict | None) -> None:
    draft = copies.completed(found.draft or {}, known)
    online = copies.completed(found.online, spu.online) if found.online and found.online.get("skus") else None
    rejected = found.edit_status == EditStatus.REJECTED
    ours = payloads.product(spu)
    SPU.objects.filter(pk=spu.pk).update(
        product_id=number(draft.get("product_id")) or spu.product_id,
        edit_status=spu.edit_status if found.edit_status is None else found.edit_status,
        status=spu.status if found.status is None else found.status,
        draft=draft,
        online=online,
        reject_reason=_reason(found) if rejected else "",
        unsent=copies.unsent(ours, draft, online),
        removed_at=None,
    )
    _note_differences(spu, ours, draft, known)


def _note_differences(spu: SPU, ours: dict, draft: dict, known: dict | None) -> None:
    differing = set(copies.changed(ours, draft))
    drifted = differing if known is None else differing & set(copies.changed(known, draft))
    one, other = copies.flat(ours), copies.flat(draft)
    noted = {row.field: row for row in Difference.objects.filter(spu=spu)}
    if over := noted.keys() - differing:
        Difference.objects.filter(spu=spu, field__in=over).delete()
    rows = [
        Difference(spu=spu, field=field[:150], ours=one.get(field), theirs=other.get(field))
        for field in sorted(drifted | (noted.keys() & differing))
    ]
    Difference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["spu", "field"], update_fields=["ours", "theirs"]
    )


def _judge(spu: SPU, found: Snapshot) -> None:
    """Close the review round that this read decides."""
    if found.edit_status not in (EditStatus.REJECTED, EditStatus.APPROVED):
        return
    audit = (found.draft or {}).get("audit_info") or {}
    spu.rounds.filter(status=EditStatus.IN_REVIEW, submitted_at__lt=found.began).update(
        status=found.edit_status,
        audit_id=str(audit.get("audit_id") or ""),
        reject_reason=_reason(found) if found.edit_status == EditStatus.REJECTED else "",
        decided_at=found.began,
    )


def _reason(found: Snapshot) -> str:
    return str(((found.draft or {}).get("audit_info") or {}).get("reject_reason") or "")
