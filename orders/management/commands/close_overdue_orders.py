from console.commands import BulkCommand
from orders.models import Order
from orders.operations import close_order


class Command(BulkCommand):
    help = "Close orders that were not paid in time."

    def batches(self, **options):
        return [(close_order, Order.objects.overdue().order_by("expire_at"))]
