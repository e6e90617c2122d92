"""Base class of the bulk commands for products: which products they select."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from console.commands import RecordCommand
from wechat.steps.operations import Operation


class ProductCommand(RecordCommand):
    """Runs one operation on products: those named, those of a category or brand, or all that need it."""

    noun = "product"
    columns = ("out_product_id",)
    chosen_by = ("ids", "category", "brand")
    naming = "Name products, a category or a brand"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--category", type=int, metavar="THIRD_CAT_ID", help="Only of this category.")
        parser.add_argument("--brand", type=int, metavar="BRAND_ID", help="Only of this brand.")

    def batches(
        self, *, ids: Sequence[str] = (), category: int | None = None, brand: int | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        products = self.records(ids)
        if category:
            products = products.filter(category=category)
        if brand:
            products = products.filter(brand=brand)
        return [(self.operation, products.order_by("id"))]
