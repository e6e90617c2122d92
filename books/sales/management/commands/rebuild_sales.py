from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from ...changed import rebuild, span


class Command(BaseCommand):
    help = "Count the sales figures of some days, or of all, anew from the orders; the schedule counts what changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="first", help="First day of payment, such as 2026-11-01 (the first there is)."
        )
        parser.add_argument("--to", dest="last", help="Last day (the last there is).")

    def handle(self, *, first: str | None, last: str | None, **options: Any) -> None:
        known = span()
        if known is None:
            self.stdout.write("Nothing was sold yet.")
            return
        begin, end = day(first) if first else known[0], day(last) if last else known[1]
        if begin > end:
            raise CommandError("The first day is after the last.", returncode=2)
        with tqdm(total=(end - begin).days + 1, unit=" days", file=self.stderr, disable=None) as bar:
            days = rebuild(begin, end, lambda _day: bar.update())
        self.stdout.write(f"{days} days, from {begin} to {end}")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no day, such as 2026-11-25.", returncode=2) from None
