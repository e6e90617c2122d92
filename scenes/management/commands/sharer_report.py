from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.output import add_output, write_table

from ...people import report, sales


class Command(BaseCommand):
    help = "What sharers (or promoters, or live rooms) sold in a span of days, best first; as CSV or XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="First day of payment (30 days ago).")
        parser.add_argument("--until", help="Last day (today).")
        parser.add_argument("--by", choices=[sales.SHARERS, sales.PROMOTERS, sales.ROOMS], default=sales.SHARERS)
        add_output(parser)

    def handle(self, *, since: str | None, until: str | None, by: str, output: str, **options: Any) -> None:
        today = timezone.localdate()
        last = _day(until) if until else today
        first = _day(since) if since else last - timedelta(days=29)
        if first > last:
            raise CommandError("The first day is after the last.", returncode=2)
        lines = sales.lines(by, first, last)
        write_table(self, output, report.COLUMNS, report.rows(lines))
        totals = report.totals(lines)
        self.stderr.write(f"{len(lines)} sellers, {totals['orders']} orders, {totals['commission']} fen of commission")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no day, such as 2026-11-25.", returncode=2) from None
