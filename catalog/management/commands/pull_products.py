from collections.abc import Sequence
from typing import Any

from catalog.operations import pull_products, refresh_spu
from console import interrupts
from console.commands import RecordCommand, local
from console.models import Job
from wechat.errors import OperationError
from wechat.models import PulledList
from wechat.steps import actors
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed

from ...models import Difference


class Command(RecordCommand):
    help = (
        "Read every product from WeChat, also the never approved, and list where its copies are other than ours; "
        "or read those that are named."
    )
    operation = refresh_spu
    noun = "product"
    columns = ("out_product_id",)

    @property
    def operations(self) -> Sequence[Operation]:  # type: ignore[override]
        return [refresh_spu, pull_products]

    def handle(
        self,
        *,
        ids: Sequence[str] = (),
        dry_run: bool = False,
        threads: int = 4,
        resume: int | None = None,
        **options: Any,
    ) -> None:
        if resume or ids:
            super().handle(ids=ids, dry_run=dry_run, threads=threads, resume=resume, **options)
            return
        pulled = listed("products")
        if dry_run:
            self.stdout.write(f"{pulled}: would be pulled, last at {local(pulled.pulled_at)}")
            return
        before = Job.objects.order_by("-id").values_list("pk", flat=True).first() or 0
        with interrupts.ending_at_once("Stopped. Pull them again: what was read is kept."):
            self.pull(pulled)
        unlisted = Job.objects.standing().filter(pk__gt=before, operation=refresh_spu.full_name)
        self.end(lambda: self.read_one_by_one(list(unlisted), threads))

    def pull(self, pulled: PulledList) -> None:
        try:
            with actors.acting("command"):
                pull_products(pulled)
        except OperationError as error:
            self.stderr.write(f"{pulled}: {error}")
            raise SystemExit(1) from None
        pulled.refresh_from_db()
        self.stdout.write(f"{pulled}: {pulled.count} rows")

    def read_one_by_one(self, made: list[Job], threads: int) -> bool:
        went_well = self.work_on(made, threads)
        self.stdout.write(f"{Difference.objects.count()} differences, see the admin's list of them")
        return went_well
