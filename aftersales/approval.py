"""Large refunds take two people: one asks, another, not the same, approves just this amount."""

from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

from .models import Aftersale
from .operations import accept_refund, confirm_goods

REFUNDS: tuple[Operation, ...] = (accept_refund, confirm_goods)


class Asked(Conflict):
    """It was put before a second person."""


def pass_or_ask(claim: Aftersale, op: Operation, user) -> None:
    """Let a refund pass, or put it before a second person. Raises Asked when somebody else has to approve.

    Who may approve and has not asked approves by pressing; nobody approves what they asked for.
    """
    if op not in REFUNDS or not claim.needs_second_person:
        return
    same = Aftersale.objects.filter(pk=claim.pk, orderamt=claim.orderamt)
    is_asked = claim.asked_by_id is not None and claim.asked_fen == claim.orderamt
    if is_asked and claim.asked_by_id != user.pk and user.has_perm("aftersales.approve_refund"):
        asked = same.filter(asked_by=claim.asked_by_id, asked_fen=claim.orderamt)
        if asked.update(approved_by=user, approved_fen=claim.orderamt):
            claim.approved_by, claim.approved_fen = user, claim.orderamt
            return
    if not is_asked:
        same.update(asked_by=user, asked_at=timezone.now(), asked_fen=claim.orderamt)
    raise Asked(_("The amount needs a second person. It has been put before those who may approve."))
