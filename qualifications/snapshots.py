"""A read of a review (`Snapshot`) and how it is applied; the newest read wins."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from catalog.models import Brand, Category
from wechat.shop import audit
from wechat.steps.reading import apply_newest

from .models import AuditStatus, BrandQualification, BrandRound, CategoryQualification, CategoryRound


class Snapshot(NamedTuple):
    """The answer of audit/result about one round."""

    began: datetime
    answer: dict

    @property
    def status(self) -> int:
        return int(self.answer.get("status") or 0)


def read_audit(audit_id: str) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, audit.result(audit_id))


def read(qualification: BrandQualification | CategoryQualification) -> Snapshot:
    """Read the last round; there has to be one."""
    if qualification.last_round is None:
        raise ValueError(f"{qualification} was never submitted")
    return read_audit(qualification.last_round.audit_id)


def apply_to_brand(brand: BrandQualification, snapshot: Snapshot) -> bool:
    """Store what was read of the last round; an approved brand is granted. False when a later read has been applied."""
    last = brand.last_round
    if last is None or not _apply_to_round(last, snapshot):
        return False
    if last.status == AuditStatus.APPROVED and (brand_id := snapshot.answer.get("brand_id")):
        last.brand_id = brand.brand_id = int(brand_id)
        last.save(update_fields=["brand_id"])
        brand.save(update_fields=["brand_id"])
        Brand.objects.grant([Brand(brand_id=brand.brand_id, brand_wording=brand.brand_wording)])
    return True


def apply_to_category(qualification: CategoryQualification, snapshot: Snapshot) -> bool:
    """Store what was read of the last round; an approved category is granted. False when a later read was applied."""
    last = qualification.last_round
    if last is None or not _apply_to_round(last, snapshot):
        return False
    if last.status == AuditStatus.APPROVED:
        Category.objects.filter(pk=qualification.category_id).grant()
    return True


def _apply_to_round(last: BrandRound | CategoryRound, snapshot: Snapshot) -> bool:
    is_rejected = snapshot.status == AuditStatus.REJECTED
    applied = apply_newest(
        last,
        snapshot.began,
        status=snapshot.status,
        reject_reason=str(snapshot.answer.get("reject_reason") or "") if is_rejected else "",
        decided_at=None if snapshot.status == AuditStatus.PENDING else snapshot.began,
    )
    last.refresh_from_db()
    return applied
