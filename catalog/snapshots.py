"""A read of a product (`Snapshot`) and how it is applied; the newest read wins."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from wechat.errors import Refused
from wechat.shop import spu as shop
from wechat.steps.reading import apply_newest
from wechat.values import number, text

from . import copies, payloads
from .models import SPU, Difference, EditStatus, SPURound, Status, Unsent

GONE = 1000011


class Snapshot(NamedTuple):
    """Both copies of a product as read; draft is None where WeChat does not have the product."""

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
    """Read both copies; the draft alone where the product was never on sale."""
    began = timezone.now()
    try:
        draft = shop.get(spu.out_product_id, shop.DRAFT)
        snapshot = Snapshot(began, draft)
        if snapshot.status == Status.NEVER:
            return snapshot
        return snapshot._replace(online=shop.get(spu.out_product_id, shop.ONLINE))
    except Refused as error:
        if error.errcode != GONE:
            raise
        return Snapshot(began, None)


def apply_snapshot(spu: SPU, snapshot: Snapshot, expected: dict | None = None) -> bool:
    """Store what was read, and note where it differs from the draft stored before, or from `expected`.

    False when a later read has been applied.
    """
    with transaction.atomic():
        # This UPDATE locks the product until the transaction ends: of two reads at once, the second compares with what
        # the first stored.
        if not apply_newest(spu, snapshot.began):
            return False
        spu = SPU.objects.with_content().get(pk=spu.pk)
        if snapshot.draft is None:
            if spu.is_known:
                mark_removed(spu)
            return True
        _store(spu, snapshot, expected if expected is not None else spu.draft)
        _close_round(spu, snapshot)
    return True


def mark_removed(spu: SPU) -> None:
    """WeChat has deleted the product: its out_product_id cannot be used again."""
    SPU.objects.filter(pk=spu.pk, removed_at=None).update(removed_at=timezone.now(), unsent=Unsent.NOTHING)
    Difference.objects.filter(spu=spu).delete()


def _store(spu: SPU, snapshot: Snapshot, expected: dict | None) -> None:
    draft = copies.completed(snapshot.draft or {}, expected)
    online = None
    if snapshot.online and snapshot.online.get("skus"):
        online = copies.completed(snapshot.online, spu.online)
    rejected = snapshot.edit_status == EditStatus.REJECTED
    ours = payloads.product(spu)
    SPU.objects.filter(pk=spu.pk).update(
        product_id=number(draft.get("product_id")) or spu.product_id,
        edit_status=spu.edit_status if snapshot.edit_status is None else snapshot.edit_status,
        status=spu.status if snapshot.status is None else snapshot.status,
        draft=draft,
        online=online,
        reject_reason=_reason(snapshot) if rejected else "",
        unsent=copies.unsent(ours, draft, online),
        removed_at=None,
    )
    _note_differences(spu, ours, draft, expected)


def _note_differences(spu: SPU, ours: dict, draft: dict, expected: dict | None) -> None:
    """Store a Difference for each field that was changed at WeChat; fields that only staff changed here are unsent."""
    differing = set(copies.changed(ours, draft))
    changed_there = differing if expected is None else differing & set(copies.changed(expected, draft))
    our_fields, their_fields = copies.flat(ours), copies.flat(draft)
    noted = set(Difference.objects.filter(spu=spu).values_list("field", flat=True))
    if resolved := noted - differing:
        Difference.objects.filter(spu=spu, field__in=resolved).delete()
    rows = [
        Difference(
            spu=spu,
            field=text(Difference, "field", field),
            ours=our_fields.get(field),
            theirs=their_fields.get(field),
        )
        for field in sorted(changed_there | (noted & differing))
    ]
    Difference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["spu", "field"], update_fields=["ours", "theirs"]
    )


def _close_round(spu: SPU, snapshot: Snapshot) -> None:
    """Store the decision on the open review round, unless the round was submitted after the read began."""
    if snapshot.edit_status not in (EditStatus.REJECTED, EditStatus.APPROVED):
        return
    audit = (snapshot.draft or {}).get("audit_info") or {}
    spu.rounds.filter(status=EditStatus.IN_REVIEW, submitted_at__lt=snapshot.began).update(
        status=snapshot.edit_status,
        audit_id=text(SPURound, "audit_id", audit.get("audit_id")),
        reject_reason=_reason(snapshot) if snapshot.edit_status == EditStatus.REJECTED else "",
        decided_at=snapshot.began,
    )


def _reason(snapshot: Snapshot) -> str:
    return str(((snapshot.draft or {}).get("audit_info") or {}).get("reject_reason") or "")
