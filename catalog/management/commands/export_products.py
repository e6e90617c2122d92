from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.imports import columns, sheet_rows
from catalog.models import SPU
from console.output import add_output, add_sheet, say, write_table


class Command(BaseCommand):
    help = "Write all products into an XLSX or CSV file that can be imported again."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)
        add_sheet(parser)
        parser.add_argument("--prices", action="store_true", help="Prices and stock only.")
        parser.add_argument("--status", type=int, help="Only products of this listing status, such as 5 (on sale).")

    def handle(
        self,
        *,
        output: str,
        sheet: str | None = None,
        prices: bool = False,
        status: int | None = None,
        **options: Any,
    ) -> None:
        products = SPU.objects.current().order_by("id")
        if status is not None:
            products = products.filter(status=status)
        output = sheet or output
        write_table(self, output, columns.PRICES if prices else columns.PRODUCTS, sheet_rows.product_rows(products))
        say(self, output, f"{output}: {products.count()} products")
