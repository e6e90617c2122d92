from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from books.closing import figures
from books.closing.checking import check, day_of
from books.closing.deciding import close_day, why_not
from books.closing.models import Close
from console.commands import add_yes, ask
from wechat.steps import actors
from wechat.steps.errors import Conflict


class Command(BaseCommand):
    help = (
        "Compare a day's orders, payments, refunds, fees and withdrawals with WeChat's movements, in fen, and close it "
        "in a person's name. Exit code 1 where something is unexplained or it cannot be closed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="Such as 2026-11-30 (yesterday).")
        parser.add_argument("--dry-run", action="store_true", help="Say what does not add up, and close nothing.")
        parser.add_argument("--user", metavar="NAME", help="Who closes it: needed without --dry-run.")
        add_yes(parser)

    def handle(self, *, day: str | None, dry_run: bool, user: str | None, yes: bool, **options: Any) -> None:
        chosen = self._day(day)
        if dry_run and not Close.objects.exists():
            raise CommandError("The books have not been begun: close their first day.", returncode=2)
        person = None if dry_run else self._person(user)
        with actors.acting("command", person):
            try:
                close = check(day_of(chosen))
            except Conflict as conflict:
                raise CommandError(str(conflict), returncode=2) from None
            fault = self._show(close)
            if dry_run or fault:
                if fault:
                    self.stderr.write(fault)
                if close.open_count or (fault and not close.is_closed):
                    raise SystemExit(1)
                return
            if not yes:
                ask(f"Close {close} in the name of {person}")
            try:
                close_day(close, person)
            except Conflict as conflict:
                raise CommandError(str(conflict), returncode=1) from None
        self.stdout.write(f"{close}: closed")

    def _show(self, close: Close) -> str:
        """Print the figures and the rows, in fen; returns why the day cannot be closed."""
        for line in figures.lines(close.figures):
            numbers = (line.ours_count, line.ours, line.moved_count, line.moved, line.difference)
            self.stdout.write("\t".join([line.kind, *map(str, numbers)]))
        for name in ("opening", "net", "closing"):
            value = close.figures.get(name)
            self.stdout.write(f"{name}\t{'' if value is None else value}")
        for row in close.rows.unexplained().select_related("flow", "close").prefetch_related("record", "partner"):
            partner = f"\tperhaps {row.partner}" if row.partner else ""
            self.stdout.write(f"{row.problem}\t{row.kind}\t{row.record or row.flow or ''}\t{row.amount}{partner}")
        return why_not(close)

    def _day(self, text: str | None) -> date:
        today = timezone.localdate()
        try:
            day = date.fromisoformat(text) if text else today - timedelta(days=1)
        except ValueError:
            raise CommandError(f"“{text}” is no day, such as 2026-11-30.", returncode=2) from None
        if day >= today:
            raise CommandError(f"{day} is not over.", returncode=2)
        return day

    def _person(self, name: str | None) -> Any:
        person = get_user_model().objects.filter(username=name or "", is_active=True).first()
        if person is None:
            raise CommandError("Say who closes it: --user NAME; or --dry-run.", returncode=2)
        if not person.has_perm("closing.close_day"):
            raise CommandError(f"{person} may not close days.", returncode=2)
        return person
