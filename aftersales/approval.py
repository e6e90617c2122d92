"""Large refunds take two people: one requests, another one approves exactly this amount.

Refunds of one order count together, and those of one buyer on one day, so that a large one cannot be split. Who opened
the after-sale for the buyer, by hand or through a key of theirs, does not approve it.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from console.edits import trace_edit
from console.models import APIKey
from console.money import yuan
from orders.models import Order
from wechat.models import Step
from wechat.steps.errors import Asked
from wechat.steps.operations import SecondPerson

from .models import Aftersale, ECStatus, Family, OldStatus

S, OLD = ECStatus, OldStatus
# States in which the money was paid back, or is on its way.
PAID = Q(
    family=Family.EC,
    status__in=(S.REFUNDING, S.REFUNDED, S.RETURNED, S.REFUND_FAILED, S.OFFLINE_OVERDUE, S.PROOF_SENT),
) | Q(family=Family.OLD, status__in=(OLD.REFUNDING, OLD.REFUND_OVERDUE, OLD.REFUNDED, OLD.RETURNED))


def needs(aftersale: Aftersale) -> str:
    """Why this refund needs a second person; "" where it does not, or where one approved exactly this amount."""
    if aftersale.approved_fen == aftersale.orderamt:
        return ""
    others = _others(aftersale)
    if aftersale.orderamt + others <= settings.REFUND_SECOND_PERSON:
        return ""
    amounts = {"limit": yuan(settings.REFUND_SECOND_PERSON, "¥"), "others": yuan(others, "¥")}
    if others:
        text = _("With %(others)s that this order or this buyer was paid back today, it is more than %(limit)s")
    else:
        text = _("It is more than %(limit)s")
    return _("%(why)s: a second person has to approve.") % {"why": text % amounts}


def _others(aftersale: Aftersale) -> int:
    """Fen of the other refunds of the order, and of the buyer today, that were agreed to or are being agreed to."""
    order = aftersale.order
    same_buyer = Order.objects.filter(openid=order.openid) if order.openid else Order.objects.filter(pk=order.pk)
    if connection.in_atomic_block:  # of two at once, the later one sees the other's `agreed_at`
        list(same_buyer.order_by("pk").select_for_update().values_list("pk", flat=True))
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    counted = Q(order=order) & PAID | Q(moved_at__gte=today) & PAID | Q(agreed_at__gte=today)
    others = Aftersale.objects.filter(counted, order__in=same_buyer).exclude(pk=aftersale.pk)
    return others.aggregate(sum=Sum("orderamt"))["sum"] or 0


def ask(aftersale: Aftersale, user: Any) -> None:
    """Approve what another person asked for, else store the request. Raises Asked unless it is approved now."""
    same = Aftersale.objects.filter(pk=aftersale.pk, orderamt=aftersale.orderamt)
    is_asked = aftersale.asked_by_id is not None and aftersale.asked_fen == aftersale.orderamt
    if is_asked and may_approve(aftersale, user):
        # The UPDATE compares the request: it may have been replaced by another since the page was shown.
        as_asked = same.filter(asked_by=aftersale.asked_by_id, asked_fen=aftersale.orderamt)
        if as_asked.update(approved_by=user, approved_fen=aftersale.orderamt):
            aftersale.approved_by, aftersale.approved_fen = user, aftersale.orderamt
            trace_edit(aftersale, {"approved_by": ["", yuan(aftersale.orderamt, "¥")]})
            return
    if is_asked and aftersale.asked_by != user:
        raise Asked(_("It waits for a second person, who neither asked for it nor opened it, and who may approve."))
    if not is_asked:
        same.update(asked_by=user, asked_at=timezone.now(), asked_fen=aftersale.orderamt)
        trace_edit(aftersale, {"asked_second": ["", yuan(aftersale.orderamt, "¥")]})
    raise Asked(_("The amount needs a second person. It has been put before those who may approve."))


def may_approve(aftersale: Aftersale, user: Any) -> bool:
    """Whether this person may be the second one, once it is asked for."""
    first = _first_people(aftersale)
    return user.has_perm("aftersales.approve_refund") and APIKey.objects.person_behind(user) not in first


def _first_people(aftersale: Aftersale) -> list[Any]:
    """Who asked for it, and who opened the after-sale: for a key, who made it."""
    behind = APIKey.objects.person_behind
    opened: QuerySet = Step.objects.of(aftersale).filter(operation="aftersales.open_claim").exclude(user=None)
    users = [aftersale.asked_by, *(step.user for step in opened.select_related("user"))]
    return [behind(user) for user in users if user]


def passed(aftersale: Aftersale) -> None:
    """Note that it is agreed to, before it is sent: where that fails it counts all the same, until the day is over."""
    Aftersale.objects.filter(pk=aftersale.pk).update(agreed_at=timezone.now())


SECOND_PERSON = SecondPerson(needs, ask, passed)
