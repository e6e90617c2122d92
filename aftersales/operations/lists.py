"""Pulls after-sales and disputes: finds changes whose message was lost, and imports records that we do not have."""

from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import OperationError, Paused, QuotaReached, Unreachable
from wechat.models import PulledList
from wechat.shop import complaint, ecaftersale
from wechat.steps.operations import Applies, renew_lease
from wechat.steps.pulls import pull
from wechat.steps.unread import LeftOut
from wechat.values import number

from ..models import Aftersale, Dispute
from ..snapshots import Snapshot, apply_snapshot, import_aftersale
from . import disputes

PAGE = 50
DAYS = 30


class Failures:
    """Collects errors of single rows and raises them at the end, so that the list does not count as pulled.

    Errors that concern every row are raised at once: the rate limit, or no answer from WeChat several times.
    """

    MOST_UNREACHABLE = 3

    def __init__(self) -> None:
        self.errors: list[OperationError] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, OperationError) or isinstance(error, Paused | QuotaReached):
            return False
        self.errors.append(error)
        return sum(isinstance(error, Unreachable) for error in self.errors) < self.MOST_UNREACHABLE

    def raise_first(self) -> None:
        if self.errors:
            raise self.errors[0]


@pull("aftersales", _("After-sales"), name="pull_aftersales", label=_("Pull after-sales"))
def pull_aftersales(pulled: PulledList, sent: dict) -> Applies:
    """Read the after-sales of the last 30 days, and those raised in WeChat that no message told of."""
    now = timezone.now()
    begin, end = _span(now, 1000)
    count, failures, left_out = 0, Failures(), LeftOut()
    while True:
        rows, more = ecaftersale.get_list(begin, end, count, PAGE)
        ids = left_out.readable(rows, _id)
        existing = Aftersale.objects.in_bulk(ids, field_name="aftersale_id")
        for aftersale_id in ids:
            if aftersale_id not in existing or existing[aftersale_id].is_open:
                with failures, left_out.unless_readable(aftersale_id):
                    _read(aftersale_id)
        count += len(rows)
        renew_lease()
        if not more or not rows:
            break
    failures.raise_first()
    return lambda: pulled.mark(count, left_out.note)


def _id(value: Any) -> int:
    """Raises TypeError, ValueError."""
    found = int(value)
    if not 0 < found < 2**63:
        raise ValueError("no id")
    return found


def _read(aftersale_id: int) -> None:
    began = timezone.now()
    answer = ecaftersale.get(aftersale_id=aftersale_id)
    with transaction.atomic():
        aftersale = import_aftersale(answer)
        if aftersale is not None:
            apply_snapshot(aftersale, Snapshot(began, answer))


@pull("disputes", _("Disputes"), name="pull_disputes", label=_("Pull disputes"))
def pull_disputes(pulled: PulledList, sent: dict) -> Applies:
    """Read the disputes of the last 30 days: no message reports a new one."""
    begin, end = _span(timezone.now(), 1)
    count, failures, left_out = 0, Failures(), LeftOut()
    while True:
        began = timezone.now()
        rows, _total = complaint.get_list(begin, end, count, PAGE)
        for row in rows:
            with failures, left_out.unless_readable(row, "complaint_order_id"):
                _apply_dispute(row, began)
        count += len(rows)
        renew_lease()
        if len(rows) < PAGE:
            break
    failures.raise_first()
    return lambda: pulled.mark(count, left_out.note)


def _apply_dispute(row: dict, began: datetime) -> None:
    with transaction.atomic():
        dispute, _new = Dispute.objects.get_or_create(complaint_order_id=_id(row["complaint_order_id"]))
        moved_on = dispute.state != number(row.get("state")) or not dispute.flow
        disputes.apply_snapshot(dispute, disputes.Snapshot(began, row, None))
    if moved_on:
        disputes.refresh_dispute(dispute)


def _span(now: datetime, unit: int) -> tuple[int, int]:
    begin, end = now - timedelta(days=DAYS), now + timedelta(minutes=5)
    return int(begin.timestamp() * unit), int(end.timestamp() * unit)
