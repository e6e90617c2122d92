from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console.output import add_output, add_sheet, say, write_table
from orders import export
from orders.models import Order


class Command(BaseCommand):
    help = "Write orders into an XLSX or CSV file, a row for each line of goods; buyers and addresses are masked."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)
        add_sheet(parser)
        parser.add_argument("--status", type=int, help="Only orders of this status, such as 20 (to be shipped).")
        parser.add_argument("--promoter", metavar="PROMOTER_ID")

    def handle(
        self,
        *,
        output: str,
        sheet: str | None = None,
        status: int | None = None,
        promoter: str | None = None,
        **options: Any,
    ) -> None:
        orders = Order.objects.order_by("id")
        if status is not None:
            orders = orders.filter(status=status)
        if promoter:
            orders = orders.filter(promoter_id=promoter)
        output = sheet or output
        write_table(self, output, export.COLUMNS, export.rows(orders))
        say(self, output, f"{output}: {orders.count()} orders")
