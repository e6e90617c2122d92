from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from books.payouts import making
from books.payouts.models import Period
from console.output import add_output, say, write_table
from console.sheets.columns import Column
from wechat.steps import actors
from wechat.steps.errors import Conflict

COLUMNS = [
    Column(name, name)
    for name in (
        "number",
        "role",
        "person",
        "name",
        "lines",
        "earned",
        "corrected",
        "carried_in",
        "payable",
        "carried_out",
    )
]


class Command(BaseCommand):
    help = (
        "Open a pay-out period of these days, or take the open one, and reckon what each promoter and sharer gets, in "
        "fen. It is closed and paid by people, on its page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", required=True, help="The first day, such as 2026-11-01.")
        parser.add_argument("--to", dest="last", required=True, help="The last day, included.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be reckoned and keep nothing.")
        add_output(parser, default=None)

    def handle(self, *, first: str, last: str, dry_run: bool, output: str | None, **options: Any) -> None:
        days = day_of(first), day_of(last)
        with actors.acting("command"):
            if not dry_run:
                self.make(*days, output)
                return
            with transaction.atomic():
                self.make(*days, output)
                transaction.set_rollback(True)
            say(self, output, "dry run: nothing was kept")

    def make(self, first: date, last: date, output: str | None) -> None:
        try:
            period = Period.objects.filter(first=first, last=last, is_open=True).first()
            if period:
                making.ask(period, wake=False)
            else:
                period = making.open_period(first, last, wake=False)
        except Conflict as conflict:
            raise CommandError(str(conflict), returncode=2) from None
        making.work(period.pk)
        period.refresh_from_db()
        if period.computed_at is None:
            raise CommandError("A worker reckons it: look at its page.", returncode=1)
        figures = f"people {period.people}\tearned {period.earned}\tcorrected {period.corrected}"
        say(self, output, f"P{period.pk}\t{period}\t{figures}\tpayable {period.payable}")
        if output:
            rows = period.statements.with_names().order_by("id")
            write_table(self, output, COLUMNS, (row_of(one) for one in rows))


def row_of(one: Any) -> dict[str, str]:
    values = {column.name: str(getattr(one, column.name)) for column in COLUMNS}
    return values | {"person": one.shown_person}


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no day, such as 2026-11-01.", returncode=2) from None
