from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.sheets import write
from orders import export
from orders.models import Order


class Command(BaseCommand):
    help = "Write orders into an XLSX or CSV file, a row for each line of goods; buyers and addresses are masked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sheet", type=Path, help="The file to write; its ending says which kind.")
        parser.add_argument("--status", type=int, help="Only orders of this status, such as 20 (to be shipped).")
        parser.add_argument("--promoter", metavar="PROMOTER_ID")

    def handle(self, *, sheet: Path, status: int | None = None, promoter: str | None = None, **options: Any) -> None:
        orders = Order.objects.order_by("id")
        if status is not None:
            orders = orders.filter(status=status)
        if promoter:
            orders = orders.filter(promoter_id=promoter)
        try:
            if sheet.suffix.lower() == ".csv":
                with sheet.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(write.csv_lines(export.COLUMNS, export.rows(orders)))
            elif sheet.suffix.lower() == ".xlsx":
                sheet.write_bytes(write.xlsx(export.COLUMNS, export.rows(orders)))
            else:
                raise CommandError("The file ends in .xlsx or .csv.", returncode=2)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from None
        self.stdout.write(f"{sheet}: {orders.count()} orders")
