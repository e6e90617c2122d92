from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from console.commands import BulkCommand
from console.edits import save_traced
from scenes.models import Access
from scenes.operations import FINISHING, confirm_released
from wechat.steps import stopping
from wechat.steps.operations import Operation

TASKS = dict(
    zip(("products", "orders", "delivery", "aftersales", "tested", "released"), FINISHING.values(), strict=True)
)


class Command(BulkCommand):
    help = "Declare tasks of the access done, in their order; what is missing before one may be declared is said."
    operations = tuple(TASKS.values())
    chosen_by = ("tasks",)
    naming = f"Name tasks ({', '.join(TASKS)})"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("tasks", nargs="*", metavar="TASK", help=", ".join(TASKS))
        parser.add_argument("--released-at", metavar="TIME", help="When it was: 2026-11-25 14:00, in Shanghai.")

    def batches(
        self, *, tasks: Sequence[str] = (), released_at: str | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        if unknown := [name for name in tasks if name not in TASKS]:
            raise CommandError(f"There is no task {', '.join(unknown)}. Nothing was done.", returncode=2)
        self.released_at = _time(released_at) if released_at else None
        access = Access.load()
        wanted = [op for name, op in TASKS.items() if name in tasks or (not tasks and op.is_allowed(access))]
        return [(op, Access.objects.all()) for op in wanted]

    def keep(self, op: Operation, records: QuerySet) -> None:
        if op is confirm_released and self.released_at:
            save_traced(Access.load(), released_at=self.released_at)

    def run_batches(self, batches: list[tuple[Operation, QuerySet]], threads: int) -> bool:
        """One after the other: all are of one record, and each needs those before it."""
        done = []
        for batch in batches:
            if not stopping.asked.is_set():
                done.append(super().run_batches([batch], threads))
        return all(done)


def _time(text: str) -> datetime:
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d %H:%M"))
    except ValueError:
        raise CommandError(f"“{text}” is no time, such as 2026-11-25 14:00.", returncode=2) from None
