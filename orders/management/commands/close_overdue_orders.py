from collections.abc import Sequence

from django.core.management.base import CommandError
from django.db.models import QuerySet

from console.commands import RecordCommand
from orders.models import Order
from orders.operations import close_order


class Command(RecordCommand):
    help = "Close orders that were not paid in time."
    operation = close_order
    noun = "order"
    columns = ("out_order_id",)
    naming = "Name orders"

    def needing(self) -> QuerySet:
        return Order.objects.overdue()

    def records(self, ids: Sequence[str]) -> QuerySet:
        chosen = super().records(ids)
        early = chosen.exclude(pk__in=self.needing().values("pk")).values_list("out_order_id", flat=True)
        if early:
            raise CommandError(f"Not overdue: {', '.join(early)}. Nothing was done.", returncode=2)
        return chosen
