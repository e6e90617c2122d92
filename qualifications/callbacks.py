"""WeChat tells that a review is decided; what was decided is read, never taken from the message."""

from wechat.callbacks import TooEarly, on
from wechat.models import Step
from wechat.values import texts

from . import operations
from .models import BrandRound, CategoryRound, UnclaimedAudit


@on("open_product_brand_audit")
def brand_audited(event):
    """Only says which round to read again."""
    return _audited(event, "brand", BrandRound, operations.submit_brand, operations.refresh_brand)


@on("open_product_category_audit")
def category_audited(event):
    """Only says which round to read again."""
    return _audited(event, "category", CategoryRound, operations.submit_category, operations.refresh_category)


def _audited(event, kind, rounds, submit, refresh):
    audit_id = event["audit_id"]
    found = rounds.objects.select_related("qualification").filter(audit_id=audit_id).first()
    if found is None:
        under_way = Step.objects.filter(operation=submit.full_name, state__in=[Step.State.WANTED, Step.State.SENT])
        if under_way.exists():
            raise TooEarly(audit_id)
        UnclaimedAudit.objects.update_or_create(
            audit_id=audit_id, defaults={"kind": kind, **texts(UnclaimedAudit, status=str(event.get("status", "")))}
        )
        return None
    record = found.qualification
    # An older round's message says nothing about where the record stands now.
    if record.last_round_id == found.pk:
        refresh(record)
    return record
