"""Account movements and monthly sums as rows of a sheet."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from console.sheets.columns import Column
from wechat.chunks import in_chunks

from .models import Flow

COLUMNS = [
    Column("booked_at", _("Booked at"), width=20),
    Column("funds_flow_id", _("Movement"), width=24),
    Column("kind", _("Kind"), width=14),
    Column("busi_type", _("WeChat's word"), width=18),
    Column("amount", _("Amount (yuan)"), width=14),
    Column("balance", _("Balance (yuan)"), width=14),
    Column("request_no", _("Number"), width=30),
    Column("record", _("Belongs to"), width=30),
]


def flows_of(first: date) -> QuerySet:
    last = (first + timedelta(days=32)).replace(day=1)
    return Flow.objects.filter(day__gte=first, day__lt=last).order_by("booked_at", "id")


def rows(flows: QuerySet) -> Iterator[dict[str, str]]:
    for flow in in_chunks(flows.prefetch_related("record")):
        yield {
            "booked_at": f"{timezone.localtime(flow.booked_at):%Y-%m-%d %H:%M:%S}",
            "funds_flow_id": flow.funds_flow_id,
            "kind": flow.get_kind_display(),
            "busi_type": flow.busi_type,
            "amount": yuan(flow.amount),
            "balance": yuan(flow.balance),
            "request_no": flow.request_no,
            "record": str(flow.record) if flow.object_id and flow.record else "",
        }
