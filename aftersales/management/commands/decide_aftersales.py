from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q, QuerySet

from aftersales.models import Aftersale, ECStatus, Family, Kind
from aftersales.operations import accept_refund, accept_return, confirm_goods, reject_claim
from console.commands import BulkCommand
from console.edits import save_traced
from console.naming import named
from wechat.steps.operations import Operation

WAITS = Q(family=Family.EC, status=ECStatus.TO_HANDLE)
COMES_BACK = Q(family=Family.EC, status=ECStatus.TO_RECEIVE)
MOST = Aftersale._meta.get_field("reject_reason").max_length or 0


class Command(BulkCommand):
    help = "Decide after-sales that WeChat keeps: agree, refuse, or say that the goods have arrived."
    operations = (accept_refund, accept_return, confirm_goods, reject_claim)
    chosen_by = ("ids",)
    naming = "Name after-sales"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "ids", nargs="*", metavar="AFTERSALE_ID", help="These only: your own numbers, or WeChat's aftersale_id."
        )
        decision = parser.add_mutually_exclusive_group()
        decision.add_argument("--agree", action="store_true", help="To the refund, or to the return.")
        decision.add_argument("--goods-arrived", action="store_true", help="They came back: refund.")
        decision.add_argument("--refuse", action="store_true", help="With --reason.")
        parser.add_argument("--reason", default="", help="Why they are refused; WeChat is not told.")

    def batches(
        self,
        *,
        ids: Sequence[str] = (),
        agree: bool = False,
        goods_arrived: bool = False,
        refuse: bool = False,
        reason: str = "",
        **options: Any,
    ) -> list[tuple[Operation, QuerySet]]:
        self.reason = reason.strip()
        if bool(self.reason) != refuse or len(self.reason) > MOST:
            raise CommandError(
                f"--refuse wants a --reason of at most {MOST} characters, nothing else does.", returncode=2
            )
        if goods_arrived:
            return [(confirm_goods, self.chosen_ones(ids, COMES_BACK))]
        if refuse:
            return [(reject_claim, self.chosen_ones(ids, WAITS))]
        if not agree:
            raise CommandError("Say --agree, --goods-arrived or --refuse.", returncode=2)
        waiting = self.chosen_ones(ids, WAITS)
        return [(accept_refund, waiting.filter(type=Kind.REFUND)), (accept_return, waiting.exclude(type=Kind.REFUND))]

    def chosen_ones(self, ids: Sequence[str], needing: Q) -> QuerySet:
        """Those that are named; where none is, those that wait for this decision."""
        every = Aftersale.objects.select_related("order").order_by("id")
        return named(every, "after-sale", ids, "out_aftersale_id", "aftersale_id") if ids else every.filter(needing)

    def keep(self, op: Operation, records: QuerySet) -> None:
        for aftersale in records if op is reject_claim else []:
            if op.is_allowed(aftersale):
                save_traced(aftersale, reject_reason=self.reason)
