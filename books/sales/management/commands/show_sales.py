from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.commands import local
from console.output import add_output, write_table

from ... import figures, sheet
from ...figures import MOST_DAYS, Period
from ...models import Dimension
from .rebuild_sales import day


class Command(BaseCommand):
    help = "What was sold in a span of days, by day, product, scene …; as CSV or XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", choices=Dimension.values, default=Dimension.DAY)
        parser.add_argument("--from", dest="first", help="First day of payment (30 days ago).")
        parser.add_argument("--to", dest="last", help="Last day (today).")
        add_output(parser)

    def handle(self, *, by: str, first: str | None, last: str | None, output: str, **options: Any) -> None:
        until = day(last) if last else timezone.localdate()
        period = Period(day(first) if first else until - timedelta(days=29), until)
        if not 0 < period.days <= MOST_DAYS or period.first.year <= 2000:
            raise CommandError("From an earlier day to a later one, three years at most.", returncode=2)
        write_table(self, output, sheet.COLUMNS, sheet.sheet_rows(by, period))
        total, (current_at, waiting) = figures.total(period), figures.state()
        self.stderr.write(f"{total.orders} orders, {total.buyers} buyers, {total.net} fen net")
        self.stderr.write(f"all changes counted until {local(current_at)}; {waiting} days are being counted")
