"""The base of commands that run one operation on many records."""

import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.models import QuerySet
from tqdm import tqdm

from wechat.errors import OperationError
from wechat.steps import actors, queue
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed, pulls

from . import jobs
from .links import number_of
from .models import Job, failed


def add_yes(parser: CommandParser) -> None:
    parser.add_argument("--yes", action="store_true", help="Do it without asking; needed where there is no terminal.")


def ask(what: str, number: int | None = None) -> None:
    """Ask on the terminal for a yes, or for `number` to be typed; raises CommandError, exit code 2, without it."""
    refuse_without_terminal(what)
    wanted = "yes" if number is None else str(number)
    try:
        answer = input(f"{what}. Type {wanted} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != wanted:
        raise CommandError("Nothing was done.", returncode=2)


def refuse_without_terminal(what: str) -> None:
    """Raises CommandError, exit code 2, where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CommandError(f"{what}. Nothing was done: say --yes where there is no terminal to ask on.", returncode=2)


class BulkCommand(BaseCommand):
    """Subclasses define `batches()`: pairs of an operation and the records to run it on.

    What writes at WeChat asks first on a terminal; without a terminal and without `--yes` nothing is done. Exit code 0
    when all steps succeeded, 1 when some did not, 2 on wrong arguments or without a yes. The work is a normal job: when
    this process is killed the workers finish it, and `--resume` continues it here.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and do nothing.")
        parser.add_argument("--limit", type=int, help="At most so many records of each kind.")
        parser.add_argument("--threads", type=int, default=4, help="So many calls at once (4).")
        parser.add_argument("--resume", type=int, metavar="JOB", help="Go on with this job instead of a new one.")
        add_yes(parser)

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        raise NotImplementedError

    def handle(
        self,
        *,
        dry_run: bool = False,
        limit: int | None = None,
        threads: int = 4,
        resume: int | None = None,
        yes: bool = False,
        **options: Any,
    ) -> None:
        self.yes = yes
        batches = [(op, records[:limit]) for op, records in self.batches(**options)]
        if dry_run:
            for op, records in batches:
                self.show(op, records)
            return
        if resume:
            made = list(Job.objects.filter(pk=resume, operation__in=[op.full_name for op, _records in batches]))
            if not made:
                raise CommandError(f"This command has no job {resume}.", returncode=2)
            jobs.resume(made[0])
        else:
            self.agree([(op, records.count()) for op, records in batches])
            with actors.acting("command"):
                made = [jobs.start(op, records) for op, records in batches]
        for job in made:
            self.work(job, threads)
        went_well = [self.report(job) for job in made]
        if not all(went_well):
            raise SystemExit(1)

    def agree(self, wanted: list[tuple[Operation, int]]) -> None:
        """Ask once before so many records are written at WeChat; raises CommandError where nobody agrees.

        A command whose `batches` store something asks there, before it does.
        """
        writes = [(op, count) for op, count in wanted if count and not op.reads]
        for op, count in writes:
            if op.second_above and count > op.second_above:
                text = (
                    f"{op.name}: {count} take two people. Ask for it from the list, or take at most {op.second_above}."
                )
                raise CommandError(text, returncode=2)
        if writes and not self.yes:
            lines = [f"{op.name}: {count}" for op, count in writes]
            typed = any(op.typed_above is not None and count > op.typed_above for op, count in writes)
            ask(", ".join(lines), sum(count for _op, count in writes) if typed else None)
            self.yes = True

    def show(self, op: Operation, records: Iterable[Any]) -> None:
        """Print what would be done, one line per record, and what prevents it."""
        for record in records:
            try:
                op.refuse_unless_allowed(record)
                verdict = "would be done"
            except Conflict as conflict:
                verdict = f"would be skipped: {conflict}"
            self.stdout.write(f"{op.name}\t{number_of(record)}\t{verdict}")

    def work(self, job: Job, threads: int) -> None:
        counts = job.counts()
        with tqdm(total=counts["total"], initial=counts["closed"], disable=not sys.stderr.isatty()) as bar:
            lock = threading.Lock()

            def one_thread() -> None:
                try:
                    while claimed := queue.claim(job.steps.all(), 1):
                        for step in claimed:
                            queue.carry_out(step)
                        with lock:
                            bar.update(len(claimed))
                finally:
                    connections.close_all()

            with ThreadPoolExecutor(threads) as pool:
                for future in [pool.submit(one_thread) for _nth in range(threads)]:
                    future.result()
        jobs.finish_if_done(job)

    def report(self, job: Job) -> bool:
        states = job.counts()
        for step in failed(job).order_by("id").prefetch_related("record"):
            self.stderr.write(f"{number_of(step.record)}\t{step.state}\t{step.errcode or ''}\t{step.message}")
        self.stdout.write(
            f"{job.operation}, job {job.pk}: {states['done']} done, {states['refused']} refused, "
            f"{states['skipped']} skipped, {states['failed']} failed, {states['unknown']} unknown, "
            f"{states['to_go']} to go"
        )
        return states["done"] == states["total"]


class PullCommand(BaseCommand):
    """Pulls the lists named in `lists`, one after the other. Exit code 1 when one failed."""

    lists: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be pulled and do nothing.")

    def pulls(self) -> list[tuple[Operation, Any]]:
        """Pairs of an operation and the record it reads."""
        return [(pulls[name], listed(name)) for name in self.lists]

    def handle(self, *, dry_run: bool = False, **options: Any) -> None:
        wrong = False
        for pull, record in tqdm(self.pulls(), disable=dry_run or not sys.stderr.isatty()):
            if dry_run:
                self.stdout.write(f"{record}: would be pulled, last at {record.pulled_at or 'no time'}")
                continue
            try:
                with actors.acting("command"):
                    pull(record)
                self.stdout.write(f"{record}: {record.count} rows")
            except OperationError as error:
                wrong = True
                self.stderr.write(f"{record}: {error}")
        if wrong:
            raise SystemExit(1)
