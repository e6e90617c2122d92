from typing import Any

from django.db.models import QuerySet

from console.commands import BulkCommand
from orders.models import Order
from orders.operations import close_order
from wechat.steps.operations import Operation


class Command(BulkCommand):
    help = "Close orders that were not paid in time."

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [(close_order, Order.objects.overdue().order_by("expire_at"))]
