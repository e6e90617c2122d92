"""Messages that a review was decided; the decision is read from WeChat, never set from the message."""

from django.db.models import Model

from wechat.callbacks import TooEarly, on
from wechat.messages import Event
from wechat.models import Step
from wechat.steps.operations import Operation
from wechat.values import texts

from . import operations
from .models import BrandRound, CategoryRound, UnclaimedAudit


@on("open_product_brand_audit")
def brand_audited(event: Event) -> Model | None:
    """Reads the round again."""
    return _audited(event, "brand", BrandRound, operations.submit_brand, operations.refresh_brand)


@on("open_product_category_audit")
def category_audited(event: Event) -> Model | None:
    """Reads the round again."""
    return _audited(event, "category", CategoryRound, operations.submit_category, operations.refresh_category)


def _audited(
    event: Event, kind: str, rounds: type[BrandRound | CategoryRound], submit: Operation, refresh: Operation
) -> Model | None:
    audit_id = event.need("audit_id")
    audited = rounds.objects.select_related("qualification").filter(audit_id=audit_id).first()
    if audited is None:
        # The message may belong to a submission whose step is still open: its audit_id is stored when the step closes.
        submissions = Step.objects.filter(operation=submit.full_name, state__in=[Step.State.WANTED, Step.State.SENT])
        if submissions.exists():
            raise TooEarly(audit_id)
        UnclaimedAudit.objects.update_or_create(
            audit_id=audit_id, defaults={"kind": kind, **texts(UnclaimedAudit, status=str(event.get("status", "")))}
        )
        return None
    qualification = audited.qualification
    # A message about an older round does not concern the present state.
    if qualification.last_round_id == audited.pk:
        refresh(qualification)
    return qualification
