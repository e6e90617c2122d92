"""The days of a chart on the front page."""

from datetime import timedelta

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from .today import Day

DAYS = 14


def by_day(rows: QuerySet, moment: str, amount: str = "") -> list[Day]:
    """The last 14 days in Shanghai's time, today the last: how many rows, and the sum of their amounts in fen."""
    today = timezone.localdate()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    recent = rows.order_by().filter(**{f"{moment}__gte": midnight - timedelta(days=DAYS - 1)})
    figures = {"count": Count("pk"), **({"amount": Sum(amount)} if amount else {})}
    found = {row["on"]: row for row in recent.annotate(on=TruncDate(moment)).values("on").annotate(**figures)}
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    none = {"count": 0, "amount": 0}
    return [Day(day, found.get(day, none)["count"], found.get(day, none).get("amount")) for day in days]
