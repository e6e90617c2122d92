"""Large refunds take two people: one asks, another, not the same, approves just this amount."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

from .models import Aftersale
from .operations import accept_refund, confirm_goods

REFUNDS: tuple[Operation, ...] = (accept_refund, confirm_goods)


class Asked(Conflict):
    """It was put before a second person."""


def pass_or_ask(aftersale: Aftersale, op: Operation, user: Any) -> None:
    """Let a refund pass, or put it before a second person. Raises Asked when somebody else has to approve.

    Somebody else with the permission approves by running the operation; nobody approves what they asked for.
    """
    if op not in REFUNDS or not aftersale.needs_second_person:
        return
    same = Aftersale.objects.filter(pk=aftersale.pk, orderamt=aftersale.orderamt)
    is_asked = aftersale.asked_by_id is not None and aftersale.asked_fen == aftersale.orderamt
    if is_asked and aftersale.asked_by_id != user.pk and user.has_perm("aftersales.approve_refund"):
        # Only as it was asked for: it may have been asked for anew since the page was shown.
        as_asked = same.filter(asked_by=aftersale.asked_by_id, asked_fen=aftersale.orderamt)
        if as_asked.update(approved_by=user, approved_fen=aftersale.orderamt):
            aftersale.approved_by, aftersale.approved_fen = user, aftersale.orderamt
            return
    if not is_asked:
        same.update(asked_by=user, asked_at=timezone.now(), asked_fen=aftersale.orderamt)
    raise Asked(_("The amount needs a second person. It has been put before those who may approve."))
