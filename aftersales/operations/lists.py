"""Claims and disputes read whole: what messages missed is found here, and claims this console never knew."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import OperationError, Paused, QuotaReached, Unreachable
from wechat.models import PulledList
from wechat.shop import complaint, ecaftersale
from wechat.steps.operations import renew_lease
from wechat.steps.pulls import pull
from wechat.values import number

from ..models import Aftersale, Dispute
from ..snapshots import Snapshot, apply_snapshot, import_aftersale
from . import disputes

PAGE = 50
DAYS = 30


class Failures:
    """What goes wrong with one row stops no other; it is said at the end, so that the list does not count as read.

    What concerns every row goes through at once: a pace that is used up, or WeChat away.
    """

    MOST_SILENCES = 3

    def __init__(self):
        self.errors: list[OperationError] = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, OperationError) or isinstance(error, Paused | QuotaReached):
            return False
        self.errors.append(error)
        return sum(isinstance(known, Unreachable) for known in self.errors) < self.MOST_SILENCES

    def raise_first(self) -> None:
        if self.errors:
            raise self.errors[0]


@pull("aftersales", _("After-sale claims"), name="pull_aftersales", label=_("Pull claims"))
def pull_aftersales(pulled: PulledList, sent: dict):
    """Read the claims of the last 30 days, and those raised in WeChat that no message told of."""
    now = timezone.now()
    begin, end = _span(now, 1000)
    count, failures = 0, Failures()
    while True:
        ids, more = ecaftersale.get_list(begin, end, count, PAGE)
        known = Aftersale.objects.in_bulk(ids, field_name="aftersale_id")
        for aftersale_id in ids:
            if aftersale_id not in known or known[aftersale_id].is_open:
                with failures:
                    _read(aftersale_id)
        count += len(ids)
        renew_lease()
        if not more or not ids:
            break
    failures.raise_first()
    return lambda: pulled.mark(count)


def _read(aftersale_id: int) -> None:
    began = timezone.now()
    answer = ecaftersale.get(aftersale_id=aftersale_id)
    with transaction.atomic():
        aftersale = import_aftersale(answer)
        if aftersale is not None:
            apply_snapshot(aftersale, Snapshot(began, answer))


@pull("disputes", _("Disputes"), name="pull_disputes", label=_("Pull disputes"))
def pull_disputes(pulled: PulledList, sent: dict):
    """Read the disputes of the last 30 days: their opening is told by nothing else."""
    begin, end = _span(timezone.now(), 1)
    count, failures = 0, Failures()
    while True:
        began = timezone.now()
        rows, _total = complaint.get_list(begin, end, count, PAGE)
        for row in rows:
            number_of = number(row.get("complaint_order_id"))
            if number_of:
                dispute, _new = Dispute.objects.get_or_create(complaint_order_id=number_of)
                moved_on = dispute.state != number(row.get("state")) or not dispute.flow
                disputes.apply_snapshot(dispute, disputes.Snapshot(began, row, None))
                if moved_on:
                    with failures:
                        disputes.refresh_dispute(dispute)
        count += len(rows)
        renew_lease()
        if len(rows) < PAGE:
            break
    failures.raise_first()
    return lambda: pulled.mark(count)


def _span(now, unit: int) -> tuple[int, int]:
    begin, end = now - timedelta(days=DAYS), now + timedelta(minutes=5)
    return int(begin.timestamp() * unit), int(end.timestamp() * unit)
