"""The base of commands that run one operation on many records."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from tqdm import tqdm

from wechat.errors import OperationError
from wechat.steps import actors
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed, pulls

from . import approvals, interrupts, jobs
from .links import number_of
from .models import Job
from .naming import named
from .working import WorkingCommand


def local(at: datetime | None) -> str:
    """The time in Shanghai, as commands print it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else "no time"


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
    except KeyboardInterrupt:
        raise CommandError("Nothing was done.", returncode=interrupts.CODE) from None
    if answer.strip().lower() != wanted:
        raise CommandError("Nothing was done.", returncode=2)


def refuse_without_terminal(what: str) -> None:
    """Raises CommandError, exit code 2, where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CommandError(f"{what}. Nothing was done: say --yes where there is no terminal to ask on.", returncode=2)


class BulkCommand(WorkingCommand):
    """Subclasses define `batches()`: pairs of an operation and the records to run it on.

    operations: all that it runs; chosen_by: the arguments that choose records, and `naming` what is said of them where
    none is given: what writes at WeChat wants `--all` then. It asks first on a terminal; without a terminal and without
    `--yes` nothing is done. Exit code 0 when all steps succeeded, 1 when some did not, 2 on wrong arguments or without
    a yes, 130 when it was stopped. The work is a normal job: when this process is killed the workers finish it, and
    `--resume` continues it here.
    """

    operations: Sequence[Operation] = ()
    chosen_by: tuple[str, ...] = ()
    naming = "Name the records"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and do nothing.")
        parser.add_argument("--limit", type=int, help="At most so many records of each kind.")
        parser.add_argument("--threads", type=int, default=4, help="So many calls at once (4).")
        parser.add_argument("--resume", type=int, metavar="JOB", help="Go on with this job instead of a new one.")
        if self.writes:
            parser.add_argument("--all", action="store_true", help="All for which it is possible and needed.")
        add_yes(parser)

    @property
    def writes(self) -> bool:
        """Whether it changes something at WeChat."""
        return not all(op.reads for op in self.operations)

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        raise NotImplementedError

    def keep(self, op: Operation, records: QuerySet) -> None:
        """Store on the records what the command line says of them, once a person has agreed to all of it."""

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
        if resume:
            job = self.job(resume)
            self.end(lambda: self.resume(job, threads, dry_run))
            return
        batches = self.chosen(limit, **options)
        if batches and not any(records.exists() for _op, records in batches):
            self.stdout.write("Nothing to do.")
        elif dry_run:
            self.show_all(batches)
        else:
            self.agree([(op, records.count()) for op, records in batches])
            self.end(lambda: self.run_batches(batches, threads))

    def chosen(self, limit: int | None, **options: Any) -> list[tuple[Operation, QuerySet]]:
        """The batches; raises CommandError, exit code 2, where nothing says which records are meant."""
        if self.writes and not options.get("all") and not any(options.get(name) for name in self.chosen_by):
            raise CommandError(f"{self.naming}, or say --all.", returncode=2)
        return [(op, records[:limit]) for op, records in self.batches(**options)]

    def job(self, number: int) -> Job:
        job = Job.objects.filter(pk=number, operation__in=[op.full_name for op in self.operations]).first()
        if job is None:
            raise CommandError(f"This command has no job {number}.", returncode=2)
        return job

    def resume(self, job: Job, threads: int, dry_run: bool) -> bool:
        if dry_run:
            return self.report(job)
        jobs.resume(job)
        return self.work_on([job], threads)

    def agree(self, wanted: list[tuple[Operation, int]]) -> None:
        """Ask once before so many records are written at WeChat; raises CommandError where nobody agrees.

        A command whose `batches` store something asks there, before it does.
        """
        writes = [(op, count) for op, count in wanted if count and not op.reads]
        for op, count in writes:
            if approvals.why_many(op, count, None):  # with those that commands did today
                most = f"at most {op.second_above} a day"
                raise CommandError(
                    f"{op.name}: {count} take two people. Ask for it from the list, or take {most}.", returncode=2
                )
        if writes and not self.yes:
            lines = [f"{op.name}: {count}" for op, count in writes]
            typed = any(op.typed_above is not None and count > op.typed_above for op, count in writes)
            ask(", ".join(lines), sum(count for _op, count in writes) if typed else None)
            self.yes = True

    def show_all(self, batches: list[tuple[Operation, QuerySet]]) -> None:
        """Print what would be done; what the command would store on the records is rolled back."""
        with transaction.atomic():
            for op, records in batches:
                self.keep(op, records)
                self.show(op, records.all())  # as they are now
            transaction.set_rollback(True)

    def show(self, op: Operation, records: Iterable[Any]) -> None:
        """Print what would be done, one line per record, and what prevents it."""
        for record in records:
            try:
                op.refuse_unless_allowed(record)
                why = op.second.needs(record) if op.second else ""
            except Conflict as conflict:
                why = str(conflict)
            verdict = f"would be skipped: {why}" if why else "would be done"
            self.stdout.write(f"{op.name}\t{number_of(record)}\t{verdict}")

    def run_batches(self, batches: list[tuple[Operation, QuerySet]], threads: int) -> bool:
        """Start a job for each batch and work on them; returns whether everything was done."""
        with actors.acting("command"):
            for op, records in batches:
                self.keep(op, records)
            made = [jobs.start(op, records) for op, records in batches if records.exists()]
        return self.work_on(made, threads)


class RecordCommand(BulkCommand):
    """Runs one operation on the records that are named by their public id, or on all that need it."""

    operation: Operation
    noun: str
    columns: tuple[str, ...]  # that hold a public id, the first one that has it counts
    chosen_by: tuple[str, ...] = ("ids",)

    @property
    def operations(self) -> Sequence[Operation]:  # type: ignore[override]
        return [self.operation]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("ids", nargs="*", metavar=self.columns[0].upper(), help="These only.")

    def needing(self) -> QuerySet:
        """The records that need it."""
        raise NotImplementedError

    def batches(self, *, ids: Sequence[str] = (), **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [(self.operation, self.records(ids).order_by("pk"))]

    def records(self, ids: Sequence[str]) -> QuerySet:
        if not ids:
            return self.needing()
        return named(self.operation.on._default_manager.all(), self.noun, ids, *self.columns)


class PullCommand(BaseCommand):
    """Pulls the lists named in `lists`, one after the other. Exit code 1 when one failed."""

    lists: list[str] = []

    @property
    def operations(self) -> Sequence[Operation]:
        return [pulls[name] for name in self.lists]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be pulled and do nothing.")

    def pulls(self) -> list[tuple[Operation, Any]]:
        """Pairs of an operation and the record it reads."""
        return [(op, listed(name)) for op, name in zip(self.operations, self.lists, strict=True)]

    def handle(self, *, dry_run: bool = False, **options: Any) -> None:
        if dry_run:
            for _pull, record in self.pulls():
                self.stdout.write(f"{record}: would be pulled, last at {local(record.pulled_at)}")
            return
        with interrupts.ending_at_once(
            "Stopped. Pull it again: a list that was not read to its end counts as not read."
        ):
            self.pull_all()

    def pull_all(self) -> None:
        wrong = False
        for pull, record in tqdm(self.pulls(), disable=not sys.stderr.isatty()):
            try:
                with actors.acting("command"):
                    pull(record)
                self.stdout.write(f"{record}: {record.count} rows")
            except OperationError as error:
                wrong = True
                self.stderr.write(f"{record}: {error}")
        if wrong:
            raise SystemExit(1)
