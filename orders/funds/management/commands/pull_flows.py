from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from console.commands import PullCommand
from orders.funds.models import FlowDay
from orders.funds.operations import pull_flow_day
from wechat.steps.operations import Operation


class Command(PullCommand):
    help = "Read the movements of the merchant account, day by day; yesterday and today unless told otherwise."

    @property
    def operations(self) -> Sequence[Operation]:
        return [pull_flow_day]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--since", help="First day, such as 2026-11-01.")
        parser.add_argument("--until", help="Last day (today).")

    def handle(self, *, since: str | None = None, until: str | None = None, **options: Any) -> None:
        last = _day(until) if until else timezone.localdate()
        first = _day(since) if since else last - timedelta(days=1)
        if first > last or (last - first).days > 400:
            raise CommandError("From an earlier day to a later one, 400 at most.", returncode=2)
        days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
        FlowDay.objects.bulk_create([FlowDay(day=day) for day in days], ignore_conflicts=True)
        self.days = FlowDay.objects.filter(day__range=(first, last)).order_by("day")
        super().handle(**options)

    def pulls(self) -> list[tuple[Operation, Any]]:
        return [(pull_flow_day, day) for day in self.days]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no day, such as 2026-11-25.", returncode=2) from None
