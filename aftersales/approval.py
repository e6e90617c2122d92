"""Large refunds take two people: one requests, another one approves exactly this amount."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

from .models import Aftersale
from .operations import accept_refund, confirm_goods

REFUNDS: tuple[Operation, ...] = (accept_refund, confirm_goods)


class Asked(Conflict):
    """The refund was not sent: it now waits for a second person's approval."""


def pass_or_ask(aftersale: Aftersale, op: Operation, user: Any) -> None:
    """Let a small or approved refund pass; else store a request for approval and raise Asked.

    Another person with the permission approves by running the operation; nobody approves their own request.
    """
    if op not in REFUNDS or not aftersale.needs_second_person:
        return
    same = Aftersale.objects.filter(pk=aftersale.pk, orderamt=aftersale.orderamt)
    is_asked = aftersale.asked_by_id is not None and aftersale.asked_fen == aftersale.orderamt
    if is_asked and aftersale.asked_by_id != user.pk and user.has_perm("aftersales.approve_refund"):
        # The UPDATE compares the request: it may have been replaced by another since the page was shown.
        as_asked = same.filter(asked_by=aftersale.asked_by_id, asked_fen=aftersale.orderamt)
        if as_asked.update(approved_by=user, approved_fen=aftersale.orderamt):
            aftersale.approved_by, aftersale.approved_fen = user, aftersale.orderamt
            return
    if not is_asked:
        same.update(asked_by=user, asked_at=timezone.now(), asked_fen=aftersale.orderamt)
    raise Asked(_("The amount needs a second person. It has been put before those who may approve."))
