"""Which record a movement belongs to, by the number it carries.

An app whose records have such numbers registers a finder: `matching.by(lambda numbers: {number: record})`.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from orders.models import Order

from .models import Flow, Trade, TradeRefund, TradeSharing, Withdrawal

Find = Callable[[list[str]], dict[str, models.Model]]
_finders: list[Find] = []
CHUNK, LOOKED_FOR = 500, timedelta(days=90)


def by(find: Find) -> Find:
    _finders.append(find)
    return find


def match(flows: Iterable[Flow]) -> int:
    """Set the record of each movement, without saving; returns how many have one now."""
    waiting = [flow for flow in flows if flow.object_id is None and flow.request_no]
    for find in _finders:
        open_numbers = list({flow.request_no for flow in waiting if flow.object_id is None})
        records = find(open_numbers) if open_numbers else {}
        for flow in waiting:
            if flow.object_id is None and (record := records.get(flow.request_no)):
                flow.content_type = ContentType.objects.get_for_model(record)
                flow.object_id = record.pk
    return sum(flow.object_id is not None for flow in waiting)


def match_unmatched() -> int:
    """Match the unmatched movements of the last months again: their record may have been stored later."""
    count, last, lately = 0, 0, Flow.objects.unmatched().filter(booked_at__gt=timezone.now() - LOOKED_FOR)
    while flows := list(lately.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        match(flows)
        matched = [flow for flow in flows if flow.object_id is not None]
        Flow.objects.bulk_update(matched, ["content_type", "object_id"])
        count, last = count + len(matched), flows[-1].pk
    return count


def _named(model: type[models.Model], *names: str) -> Find:
    def find(numbers: list[str]) -> dict[str, models.Model]:
        records: dict[str, models.Model] = {}
        for name in names:
            # The indexes contain only rows with a number: without the same condition the database does not use them.
            for record in model._default_manager.filter(**{f"{name}__in": numbers}).exclude(**{name: ""}):
                records.setdefault(str(getattr(record, name)), record)
        return records

    return find


for _model, _names in (
    (Order, ("out_order_id", "transaction_id", "settle_no")),
    (Withdrawal, ("out_request_no",)),
    (Trade, ("trade_no", "transaction_id")),
    (TradeRefund, ("refund_no", "refund_id")),
    (TradeSharing, ("profit_sharing_no",)),
):
    by(_named(_model, *_names))
