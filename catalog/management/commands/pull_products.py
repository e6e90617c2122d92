from typing import Any

from django.db.models import QuerySet

from catalog.operations import pull_products, refresh_spu
from catalog.operations.pull import unlisted
from console.commands import BulkCommand
from console.models import Job
from wechat.errors import OperationError
from wechat.steps import actors
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed

from ...models import Difference


class Command(BulkCommand):
    help = "Read every product from WeChat, also the never approved, and list where its copies are other than ours."

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [(refresh_spu, unlisted(None))]

    def handle(self, *, dry_run: bool = False, threads: int = 4, resume: int | None = None, **options: Any) -> None:
        pulled = listed("products")
        if dry_run:
            self.stdout.write(f"{pulled}: would be pulled, last at {pulled.pulled_at or 'no time'}")
            return
        if resume:
            super().handle(threads=threads, resume=resume, **options)
            return
        before = Job.objects.order_by("-id").values_list("pk", flat=True).first() or 0
        try:
            with actors.acting("command"):
                pull_products(pulled)
        except OperationError as error:
            self.stderr.write(f"{pulled}: {error}")
            raise SystemExit(1) from None
        pulled.refresh_from_db()
        self.stdout.write(f"{pulled}: {pulled.count} rows")
        went_well = True
        for job in Job.objects.standing().filter(pk__gt=before, operation=refresh_spu.full_name):
            self.work(job, threads)
            went_well &= self.report(job)
        self.stdout.write(f"{Difference.objects.count()} differences, see the admin's list of them")
        if not went_well:
            raise SystemExit(1)
