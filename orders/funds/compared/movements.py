"""How account movements are compared with WeChat."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from console.models import Difference
from console.reconciling.sources import THERE, Source, Span, Theirs, compared
from wechat.errors import Refused
from wechat.shop import funds as shop
from wechat.steps.unread import LeftOut
from wechat.values import moment, time_text

from ..matching import match
from ..models import Flow, FlowDay
from ..operations.account import NO_DATA
from ..operations.lists import flow_of
from .payments import PAGE, is_open


@compared
class Movements(Source):
    name = "movements"
    kinds = {"movements": gettext_lazy("Movements")}
    model = Flow
    key = "funds_flow_id"
    permission = "funds.view_flow"
    take_permission = "funds.pull_flow_day"
    labels = {
        "amount": gettext_lazy("amount"),
        "balance": gettext_lazy("balance"),
        "booked_at": gettext_lazy("booked at"),
        "request_no": gettext_lazy("number"),
    }
    money = frozenset({"amount", "balance"})
    amount = "amount"

    def available(self) -> bool:
        return is_open()

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        """Day by day. What is stored is read again only in a whole comparison: each costs a call.

        The schedule pulls the movements of today and yesterday: what it has not come to yet is no difference. So a
        comparison of the last hours reads none, and a whole one leaves out what was booked after the last pull.
        """
        first = timezone.localtime(span.since).date()
        last = timezone.localtime(span.until - timedelta(microseconds=1)).date()
        nth, page = cursor or (0, 1)
        day = first + timedelta(days=nth)
        try:
            numbers, total = shop.scanorderflow(f"{day:%Y%m%d}", page, PAGE)
        except Refused as error:
            if error.errcode != NO_DATA:
                raise
            numbers, total = [], 0
        stored = set(Flow.objects.filter(funds_flow_id__in=numbers).values_list("funds_flow_id", flat=True))
        if span.whole:
            read, until = LeftOut().readable(numbers, self._one), _pulled_until(day)
            found = [one for one in read if one.key in stored or flow_of(one.raw).booked_at <= until]
        else:
            began = timezone.now()
            found = [Theirs(one, {}, began) for one in numbers if one in stored]
        if numbers and page * PAGE < total:
            return found, [nth, page + 1]
        return found, [nth + 1, 1] if day < last else None

    def _one(self, funds_flow_id: str) -> Theirs:
        began = timezone.now()
        return self.theirs_of({**shop.getorderflow(funds_flow_id), "funds_flow_id": funds_flow_id}, began)

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        return Theirs(str(row["funds_flow_id"]), self.values(flow_of(row)), began, row)

    def ours(self, span: Span) -> QuerySet:
        return Flow.objects.filter(booked_at__gte=span.since, booked_at__lt=span.until)

    def read(self, record: Flow) -> Theirs | None:
        try:
            return self._one(record.funds_flow_id)
        except Refused as error:
            if error.errcode == NO_DATA:
                return None
            raise

    def values(self, record: Flow) -> dict[str, Any]:
        booked = time_text(record.booked_at)
        named = {name: getattr(record, name) for name in ("amount", "balance", "request_no")}
        return named | {"booked_at": booked}

    def take(self, record: Flow, rows: dict[str, Difference]) -> bool:
        columns = {field: row.theirs for field, row in rows.items() if field != THERE}
        if booked := moment(columns.pop("booked_at", None)):
            columns |= {"booked_at": booked, "day": timezone.localtime(booked).date()}
        if columns:
            Flow.objects.filter(pk=record.pk).update(**columns)
        return True

    def adopt(self, row: Difference) -> Any:
        flow = flow_of({"funds_flow_id": row.key, **row.their_row})
        match([flow])
        Flow.objects.bulk_create([flow], ignore_conflicts=True)
        return flow

    def found(self, keys: Iterable[str]) -> dict[str, Any]:
        return {row.funds_flow_id: row for row in Flow.objects.filter(funds_flow_id__in=list(keys))}


def _pulled_until(day: date) -> datetime:
    """Up to when the movements of a day should be here."""
    pulled = FlowDay.objects.filter(day=day).exclude(pulled_at=None).values_list("pulled_at", flat=True).first()
    is_awaited = day >= timezone.localdate() - timedelta(days=1)
    return pulled or (timezone.make_aware(datetime.combine(day, time.min)) if is_awaited else timezone.now())
