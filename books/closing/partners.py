"""The likely other side of what does not add up: the same number, the same amount near in time, or a full refund."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from orders.funds.models import Flow
from orders.funds.models.flow import FlowKind
from orders.models import FundType, Order, OrderStatus

from .findings import Finding
from .models import CloseRow
from .sources import SOURCES

NEAR = timedelta(days=4)
REFUNDED_WITHIN = timedelta(days=120)  # a refund comes at most so long after the order
LOOKED_AT = 20  # candidates of which the nearest is taken
Why, Problem = CloseRow.Why, CloseRow.Problem


class Partner(NamedTuple):
    record: models.Model
    why: str


def likely(finding: Finding) -> Partner | None:
    if finding.problem == Problem.NOT_MOVED:
        return _movement_of_record(finding)
    if finding.problem == Problem.NO_RECORD and finding.flow is not None:
        looks: tuple[Callable[[Flow], Partner | None], ...] = (_by_number, _record_of_movement, _refunded, _reversal)
        return next((found for look in looks if (found := look(finding.flow))), None)
    return None


def _by_number(flow: Flow) -> Partner | None:
    """An order by WeChat's own number of it."""
    number = flow.request_no
    if not (number.isascii() and number.isdigit() and int(number) < 2**63):
        return None
    order = Order.objects.filter(order_id=int(number)).first()
    return Partner(order, Why.SAME_NUMBER) if order else None


def _record_of_movement(flow: Flow) -> Partner | None:
    """A record that waits for a movement of this kind and amount."""
    since, until = flow.booked_at - NEAR, flow.booked_at + NEAR
    for source in SOURCES:
        if source.kind != flow.kind:
            continue
        rows = source.between(since.date(), until.date()).filter(expected=flow.amount)
        found = list(source.with_moved(rows).filter(moved=None).order_by("pk")[:LOOKED_AT])
        if found:
            return Partner(min(found, key=lambda row: abs(row.moment - flow.booked_at)), Why.SAME_AMOUNT)
    return None


def _refunded(flow: Flow) -> Partner | None:
    """An order that WeChat refunded in full without an after-sale."""
    if flow.kind != FlowKind.REFUND:
        return None
    whole = Order.objects.filter(
        status=OrderStatus.REFUNDED,
        fund_type=FundType.PLATFORM,
        order_price=-flow.amount,
        aftersales=None,
        paid_at__gt=flow.booked_at - REFUNDED_WITHIN,
        paid_at__lte=flow.booked_at + timedelta(days=1),
    )
    taken = CloseRow.objects.filter(
        partner_type=ContentType.objects.get_for_model(Order), partner_why=Why.REFUND_OF
    ).values("partner_id")
    found = whole.exclude(pk__in=taken).order_by("-paid_at").first() or whole.order_by("-paid_at").first()
    return Partner(found, Why.REFUND_OF) if found else None


def _reversal(flow: Flow) -> Partner | None:
    near = _near(flow.booked_at).filter(amount=-flow.amount)
    return _nearest(near, flow.booked_at, Why.REVERSAL)


def _movement_of_record(finding: Finding) -> Partner | None:
    noon = timezone.make_aware(datetime.combine(finding.on, time(12)))
    near = _near(noon).filter(amount=-finding.amount, kind=finding.kind)
    return _nearest(near, noon, Why.SAME_AMOUNT)


def _near(moment: datetime) -> QuerySet[Flow]:
    return Flow.objects.unmatched().filter(booked_at__gte=moment - NEAR, booked_at__lte=moment + NEAR)


def _nearest(flows: QuerySet[Flow], moment: datetime, why: str) -> Partner | None:
    found = list(flows.order_by("booked_at", "pk")[:LOOKED_AT])
    return Partner(min(found, key=lambda flow: abs(flow.booked_at - moment)), why) if found else None
