import sys
from argparse import ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.db.models import Count, Sum
from django.utils import timezone

from console import interrupts
from console.commands import add_yes, ask
from console.models import Difference, ReconciliationRun
from console.money import yuan
from console.reconciling import resolving, runs, schedule
from console.reconciling.sources import Source, kinds, sources, title_of
from wechat.errors import Stopped
from wechat.steps import actors, stopping


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day, such as 2026-11-30") from None


def month_of(text: str) -> date:
    return day_of(f"{text}-01")


class Command(BaseCommand):
    """Goes on where an earlier one of the same span was killed; the workers would go on with it as well."""

    help = (
        "Compare what is stored here with WeChat: of a day (yesterday unless told), a month, or only the last hours "
        "and what is open. With --take, --push or --know resolve what is open. "
        "Exit code 0 when nothing is open, 1 when differences are open or something could not be compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", action="append", choices=list(kinds()), help="Only this kind; may be repeated.")
        span = parser.add_mutually_exclusive_group()
        span.add_argument("--day", type=day_of, metavar="YYYY-MM-DD")
        span.add_argument("--month", type=month_of, metavar="YYYY-MM")
        span.add_argument("--recent", action="store_true", help="The last hours, and what is open.")
        span.add_argument("--no-compare", action="store_true", help="Only say what is open, or resolve it.")
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--take", action="store_true", help="Then take WeChat's, of all that is open of these kinds.")
        way.add_argument("--push", action="store_true", help="Then push ours, where WeChat has an interface for it.")
        way.add_argument("--know", metavar="BECAUSE", help="Then mark all of it as known, with this reason.")
        add_yes(parser)

    def handle(self, *, kind: list[str] | None = None, **options: Any) -> None:
        chosen = [source for source in sources.values() if not kind or set(kind) & set(source.kinds)]
        failed = False
        with actors.acting("command"):
            if not options["no_compare"]:
                failed = self._compare_until_stopped(chosen, options)
            rows = Difference.objects.open().filter(source__in=[source.name for source in chosen])
            if kind:
                rows = rows.filter(kind__in=kind)
            way = next((name for name in ("take", "push", "know") if options[name]), "")
            if way:
                self._resolve(rows, way, options)
            left = self._report(rows)
        if left or failed:
            sys.exit(1)

    def _compare_until_stopped(self, chosen: list[Source], options: dict[str, Any]) -> bool:
        try:
            with interrupts.finishing_what_was_sent():
                return self._compare(chosen, **options)
        except Stopped:
            message = "Stopped; the workers go on with it, or the same command once more."
            raise CommandError(message, returncode=interrupts.CODE) from None

    def _compare(self, chosen: list[Source], *, day: Any, month: Any, recent: bool, **options: Any) -> bool:
        """Whether something could not be compared."""
        now = timezone.now()
        if recent:
            scope = ReconciliationRun.Scope.RECENT
            started = [
                runs.begin(source, scope, now - schedule.RECENT, now + schedule.AHEAD)
                for source in chosen
                if source.available()
            ]
        elif month:
            started = schedule.start_month(month, chosen)
        else:
            started = schedule.start_day(day or timezone.localdate() - timedelta(days=1), chosen)
        failed = False
        for run in started:
            while not runs.work(run.pk):
                close_old_connections()
                stopping.refuse_if_asked()
                stopping.asked.wait(1)
            run.refresh_from_db()
            failed = failed or run.phase == ReconciliationRun.Phase.FAILED
            said = f": {run.fault}" if run.fault else ""
            self.stdout.write(f"{run.source}: {run.compared} compared, {run.found} found, {run.state_label}{said}")
        return failed

    def _resolve(self, rows: Any, way: str, options: dict[str, Any]) -> None:
        count = rows.count()
        if count and not options["yes"]:
            ask(f"{way.capitalize()} {count} differences", count if count > 20 else None)
        done = left = last = 0
        while some := list(rows.filter(pk__gt=last).order_by("pk").prefetch_related("record")[: resolving.MOST]):
            last = some[-1].pk
            resolved = resolving.resolve(some, way, lambda permission: True, options["know"] or "")
            done, left = done + resolved.done, left + resolved.left
            for job in resolved.jobs:
                self.stdout.write(f"job {job.pk} sends them: {job.operation}")
        self.stdout.write(f"{done} resolved, {left} left")

    def _report(self, rows: Any) -> int:
        total = 0
        for name in kinds():
            sums = rows.filter(kind=name).aggregate(count=Count("pk"), fen=Sum("amount_fen"))
            if count := sums["count"]:
                fen = sums["fen"]
                self.stdout.write(f"{title_of(name)}: {count} open" + (f", {yuan(fen, '¥')} in doubt" if fen else ""))
                total += count
        if not total:
            self.stdout.write("Nothing differs.")
        return total
