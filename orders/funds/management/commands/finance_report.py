from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.sheets import write
from orders.funds import ledger, report


class Command(BaseCommand):
    help = "The ledger of a month: what moved the money, in fen, and whether it leads from balance to balance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", help="Such as 2026-11 (this month).")
        parser.add_argument("--output", help="Also write its movements to this CSV file.")

    def handle(self, *, month: str | None, output: str | None, **options: Any) -> None:
        try:
            first = date.fromisoformat(f"{month}-01") if month else timezone.localdate().replace(day=1)
        except ValueError:
            raise CommandError(f"“{month}” is no month, such as 2026-11.", returncode=2) from None
        books = ledger.month(first)
        self.stdout.write(f"opening\t{'' if books.opening is None else books.opening}")
        for line in books.lines:
            self.stdout.write(f"{line.kind}\t{line.count}\t{line.income}\t{line.expense}\t{line.net}")
        self.stdout.write(f"closing\t{'' if books.closing is None else books.closing}")
        if output:
            with Path(output).open("w", encoding="utf-8", newline="") as file:
                file.writelines(write.csv_lines(report.COLUMNS, report.rows(report.flows_of(first))))
        if books.unmatched:
            self.stderr.write(f"{books.unmatched} movements without a record")
        if books.gap:
            self.stderr.write(f"the movements do not explain {books.gap} fen: pull the days of the month again")
        if books.unpulled:
            self.stderr.write(f"not read since they were over: {' '.join(map(str, books.unpulled))}")
        if books.gap or books.unpulled:
            raise SystemExit(1)
