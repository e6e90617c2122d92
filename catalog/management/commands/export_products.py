from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.imports import columns, sheet_rows
from catalog.models import SPU
from console.sheets import write


class Command(BaseCommand):
    help = "Write all products into an XLSX or CSV file that can be imported again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sheet", type=Path, help="The file to write; its ending says which kind.")
        parser.add_argument("--prices", action="store_true", help="Prices and stock only.")
        parser.add_argument("--status", type=int, help="Only products of this listing status, such as 5 (on sale).")

    def handle(self, *, sheet: Path, prices: bool = False, status: int | None = None, **options: Any) -> None:
        products = SPU.objects.current().order_by("id")
        if status is not None:
            products = products.filter(status=status)
        chosen = columns.PRICES if prices else columns.PRODUCTS
        rows = sheet_rows.product_rows(products)
        try:
            if sheet.suffix.lower() == ".csv":
                with sheet.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(write.csv_lines(chosen, rows))
            elif sheet.suffix.lower() == ".xlsx":
                sheet.write_bytes(write.xlsx(chosen, rows))
            else:
                raise CommandError("The file ends in .xlsx or .csv.", returncode=2)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from None
        self.stdout.write(f"{sheet}: {products.count()} products")
