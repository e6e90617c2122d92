from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.output import add_output, say, write_table
from orders.funds import ledger, report


class Command(BaseCommand):
    help = (
        "The ledger of a month: what moved the money, in fen, and whether it leads from balance to balance; with "
        "--output also its movements."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", help="Such as 2026-11 (this month).")
        add_output(parser, default=None)

    def handle(self, *, month: str | None, output: str | None, **options: Any) -> None:
        try:
            first = date.fromisoformat(f"{month}-01") if month else timezone.localdate().replace(day=1)
        except ValueError:
            raise CommandError(f"“{month}” is no month, such as 2026-11.", returncode=2) from None
        books = ledger.month(first)
        say(self, output, f"opening\t{'' if books.opening is None else books.opening}")
        for line in books.lines:
            say(self, output, f"{line.kind}\t{line.count}\t{line.income}\t{line.expense}\t{line.net}")
        say(self, output, f"closing\t{'' if books.closing is None else books.closing}")
        if output:
            write_table(self, output, report.COLUMNS, report.rows(report.flows_of(first)))
        if books.unmatched:
            self.stderr.write(f"{books.unmatched} movements without a record")
        if books.gap:
            self.stderr.write(f"the movements do not explain {books.gap} fen: pull the days of the month again")
        if books.unpulled:
            self.stderr.write(f"not read since they were over: {' '.join(map(str, books.unpulled))}")
        if books.gap or books.unpulled:
            raise SystemExit(1)
