"""Counts the calls by hour, endpoint and outcome, so that pages and metrics read a few rows instead of a million.

Each run counts the hours again that can still change, by the index on `Call.created_at`. A call is stored when its step
closes, so an hour is counted until LATE after its end; counts only grow, so two runs at once do no harm.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from wechat.errors import MEANINGS
from wechat.models import Call, CallCount, ErrorCode
from wechat.models.call_counts import BOUNDS

HOUR, LATE, BACK = timedelta(hours=1), timedelta(minutes=15), timedelta(days=30)


def refresh() -> int:
    """Count what is new, at first the last 30 days; returns how many hours were counted."""
    now = timezone.now()
    newest = CallCount.objects.aggregate(newest=Max("hour"))["newest"]
    hour: datetime | None = _begin(max(min(newest or now - BACK, now - LATE), now - BACK))
    counted = 0
    while hour:
        _count(hour)
        counted += 1
        later = Call.objects.filter(created_at__gte=hour + HOUR).order_by("created_at")
        following = later.values_list("created_at", flat=True).first()  # skips hours without calls
        hour = _begin(following) if following else None
    return counted


def _begin(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _count(hour: datetime) -> None:
    calls = Call.objects.filter(created_at__gte=hour, created_at__lt=hour + HOUR).order_by()
    within = {f"within_{bound}": Count("pk", filter=Q(duration__lte=bound)) for bound in BOUNDS}
    ways: Any = calls.values("endpoint", "errcode")
    rows = list(ways.annotate(count=Count("pk"), spent=Sum("duration"), **within))
    counts = [
        CallCount(
            hour=hour,
            endpoint=row["endpoint"],
            answered=row["errcode"] is not None,
            errcode=row["errcode"] or 0,
            calls=row["count"],
            milliseconds=row["spent"],
            within=[row[name] for name in within],
        )
        for row in rows
    ]
    CallCount.objects.bulk_create(
        counts,
        update_conflicts=True,
        unique_fields=["hour", "endpoint", "answered", "errcode"],
        update_fields=["calls", "milliseconds", "within"],
    )
    _collect({row["errcode"]: row["endpoint"] for row in rows if row["errcode"]}, hour)


def _collect(codes: dict[int, str], hour: datetime) -> None:
    """Keep the codes that nobody explains yet, with WeChat's words."""
    unknown = codes.keys() - MEANINGS.keys()
    known = set(ErrorCode.objects.filter(errcode__in=unknown).values_list("errcode", flat=True)) if unknown else set()
    for errcode in unknown - known:
        calls = Call.objects.filter(created_at__gte=hour, created_at__lt=hour + HOUR, errcode=errcode)
        call = calls.order_by("created_at").first()
        if call:
            first = {"endpoint": call.endpoint, "errmsg": call.errmsg, "seen_at": call.created_at}
            ErrorCode.objects.get_or_create(errcode=errcode, defaults=first)
