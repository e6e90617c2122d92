from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet

from console.commands import BulkCommand
from console.naming import named
from orders import parcels, waybills
from orders.models import Order
from orders.operations import ship_order
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation


class Command(BulkCommand):
    help = (
        "Ship orders from a sheet of waybills (order number, express company, waybill), whose doubtful rows are left "
        "out; or those that have parcels waiting."
    )
    operations = (ship_order,)
    chosen_by = ("sheet", "order")
    naming = "Give a sheet of waybills, or name orders with --order"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("sheet", type=Path, nargs="?", help="XLSX or CSV.")
        parser.add_argument(
            "--order",
            action="append",
            metavar="OUT_ORDER_ID",
            help="The waiting parcels of this order; more than once.",
        )

    def handle(self, *, sheet: Path | None = None, dry_run: bool = False, **options: Any) -> None:
        self.wrong = 0
        if dry_run:
            # What the real run does, but for WeChat's part: its parcels are stored, shown, and rolled back.
            with transaction.atomic():
                self.run(sheet, dry_run=True, **options)
                transaction.set_rollback(True)
        else:
            self.run(sheet, **options)
        if self.wrong:
            raise SystemExit(1)

    def run(self, sheet: Path | None, *, yes: bool = False, **options: Any) -> None:
        self.yes = yes or options.get("dry_run", False)
        super().handle(yes=self.yes, sheet=sheet, **options)

    def batches(
        self, *, sheet: Path | None = None, order: Sequence[str] | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        waiting = Order.objects.to_ship().filter(payment_alert="")
        if sheet:
            return [(ship_order, waiting.filter(out_order_id__in=self.put_down(sheet)).order_by("id"))]
        if order:
            return [(ship_order, named(Order.objects.order_by("id"), "order", order, "out_order_id"))]
        return [(ship_order, waiting.filter(parcels__sent_at=None, parcels__isnull=False).distinct().order_by("id"))]

    def put_down(self, sheet: Path) -> list[str]:
        """Store the sheet's parcels on their orders; prints the faults of each row."""
        try:
            with sheet.open("rb") as file:
                rows = waybills.looked_up(waybills.from_sheet(file))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        sound: dict[str, list[waybills.Row]] = {}
        for row in rows:
            if row.fault or row.is_doubtful:
                self.say(row.number, row.out_order_id, row.fault or f"which express company is “{row.express}”?")
            else:
                sound.setdefault(row.out_order_id, []).append(row)
        self.agree([(ship_order, len(sound))])
        return [number for number, rows in sound.items() if self.put_down_one(rows)]

    def put_down_one(self, rows: list[waybills.Row]) -> bool:
        order = rows[0].order
        if order is None:  # reported as a fault already
            return False
        try:
            parcels.add(order, waybills.as_parcels(rows))
        except Conflict as conflict:
            self.say(rows[0].number, rows[0].out_order_id, conflict)
            return False
        return True

    def say(self, number: int, out_order_id: str, message: object) -> None:
        self.wrong += 1
        self.stderr.write(f"row {number}\t{out_order_id}\t{message}")
