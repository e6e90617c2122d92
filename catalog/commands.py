"""Base classes of the bulk commands for products: which products they select."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from console.commands import BulkCommand
from wechat.steps.operations import Operation

from .models import SPU
from .models.spu import SPUQuerySet


class ProductCommand(BulkCommand):
    """Runs one operation on products: those named, those of a category or brand, or all that need it."""

    operation: Operation

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("ids", nargs="*", metavar="OUT_PRODUCT_ID", help="These products only.")
        parser.add_argument("--category", type=int, metavar="THIRD_CAT_ID", help="Only of this category.")
        parser.add_argument("--brand", type=int, metavar="BRAND_ID", help="Only of this brand.")

    def products(self) -> SPUQuerySet:
        """The products that need the operation."""
        raise NotImplementedError

    def batches(
        self, *, ids: Sequence[str] = (), category: int | None = None, brand: int | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        products = SPU.objects.filter(out_product_id__in=ids) if ids else self.products()
        if category:
            products = products.filter(category=category)
        if brand:
            products = products.filter(brand=brand)
        return [(self.operation, products.order_by("id"))]


class ShelfCommand(ProductCommand):
    """Changes what is on sale: it requires ids or `--all`, so that a mistyped command does not affect every product."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="Every product it is possible for.")

    def batches(
        self,
        *,
        ids: Sequence[str] = (),
        category: int | None = None,
        brand: int | None = None,
        resume: int | None = None,
        **options: Any,
    ) -> list[tuple[Operation, QuerySet]]:
        if not (ids or category or brand or resume or options["all"]):
            raise CommandError("Name products, a category or a brand, or say --all.", returncode=2)
        return super().batches(ids=ids, category=category, brand=brand)
