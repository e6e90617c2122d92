"""Changes made here and not sent to WeChat yet, and the operation that sends them."""

from typing import NamedTuple

from wechat.steps.operations import Operation

from . import copies, fields, operations, payloads
from .models import SPU, Unsent


class Change(NamedTuple):
    label: str
    theirs: str
    ours: str
    free: bool  # needs no review


def operation_for(spu: SPU) -> Operation | None:
    """The operation that sends the changes not sent yet; None when there are none."""
    if spu.unsent == Unsent.FREE:
        return operations.update_spu_without_audit
    if spu.may_submit:
        return operations.submit_spu
    return operations.resubmit_spu if spu.unsent == Unsent.REVIEW and spu.may_resubmit else None


def not_sent(spu: SPU) -> list[Change]:
    """The changes that WeChat does not have yet, field by field."""
    if not spu.is_known:
        return []
    ours, theirs = payloads.product(spu), spu.draft or {}
    online = {sku.get("out_sku_id") for sku in (spu.online or {}).get("skus") or []}
    our_fields, their_fields = copies.flat(ours), copies.flat(theirs)
    return [
        Change(
            fields.label(field),
            fields.shown(field, their_fields.get(field)),
            fields.shown(field, our_fields.get(field)),
            copies.is_free(field) and copies.sku_of(field) in online,
        )
        for field in copies.changed(ours, theirs)
    ]
