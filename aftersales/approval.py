"""Large refunds take two people: one requests, another one approves exactly this amount.

Refunds of one order count together, and those of one buyer on one day, so that a large one cannot be split. Who opened
the after-sale for the buyer, by hand or through a key of theirs, does not approve it.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from console.approvals import Rule
from console.models import Approval
from console.money import yuan
from orders.models import Order
from wechat.models import Step

from .models import Aftersale, ECStatus, Family, OldStatus

S, OLD = ECStatus, OldStatus
# States in which the money was paid back, or is on its way.
PAID = Q(
    family=Family.EC,
    status__in=(S.REFUNDING, S.REFUNDED, S.RETURNED, S.REFUND_FAILED, S.OFFLINE_OVERDUE, S.PROOF_SENT),
) | Q(family=Family.OLD, status__in=(OLD.REFUNDING, OLD.REFUND_OVERDUE, OLD.REFUNDED, OLD.RETURNED))


def _why(aftersale: Aftersale) -> str:
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


def _who_opened(aftersale: Aftersale) -> list[Any]:
    opened: QuerySet = Step.objects.of(aftersale).filter(operation="aftersales.open_claim").exclude(user=None)
    return [step.user for step in opened.select_related("user")]


def _passed(aftersale: Aftersale) -> None:
    """Note that it is agreed to, before it is sent: where that fails it counts all the same, until the day is over."""
    Aftersale.objects.filter(pk=aftersale.pk).update(agreed_at=timezone.now())


REFUND = Rule(
    "refund",
    permission="aftersales.approve_refund",
    why=_why,
    mark=lambda aftersale: str(aftersale.orderamt),
    amount=lambda aftersale: aftersale.orderamt,
    first_people=_who_opened,
    passed=_passed,
)
# Of an after-sale: somebody asked, and nobody has answered.
WAITS_FOR_SECOND = Q(Exists(Approval.objects.waiting(REFUND.kind).filter(object_id=OuterRef("pk"))))
