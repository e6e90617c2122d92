"""What WeChat should have been told of an after-sale by now; it counts what is not synchronised as a violation."""

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lateness import PUSH_LATE
from wechat.models import Step

from . import operations
from .models import Aftersale


def late_push(aftersale: Aftersale) -> str:
    """What is late to be sent, one sentence; "" where WeChat knows all."""
    since, late = aftersale.moved_at or aftersale.created_at, timezone.now() - PUSH_LATE
    if since > late or aftersale.refusal:
        return ""
    if aftersale.status is None:
        return _("WeChat does not have this after-sale yet.")
    if aftersale.is_ec:  # WeChat keeps the state itself
        return ""
    telling = [operations.record_claim.full_name, operations.tell_claim.full_name]
    told = Step.objects.of(aftersale).filter(operation__in=telling, state=Step.State.DONE, closed_at__gte=since)
    return (
        ""
        if told.exists()
        else _("WeChat does not know yet that this after-sale is “%(state)s”.") % {"state": aftersale.state_label}
    )
