"""What the bulk commands for products share: which products."""

from django.core.management.base import CommandError

from console.commands import BulkCommand
from wechat.steps.operations import Operation

from .models import SPU


class ProductCommand(BulkCommand):
    """One operation on products: those named, those of a category or brand, or all it is meant for."""

    operation: Operation

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("ids", nargs="*", metavar="OUT_PRODUCT_ID", help="These products only.")
        parser.add_argument("--category", type=int, metavar="THIRD_CAT_ID", help="Only of this category.")
        parser.add_argument("--brand", type=int, metavar="BRAND_ID", help="Only of this brand.")

    def products(self):
        """All the operation is meant for."""
        raise NotImplementedError

    def batches(self, *, ids=(), category=None, brand=None, **options):
        products = SPU.objects.filter(out_product_id__in=ids) if ids else self.products()
        if category:
            products = products.filter(category=category)
        if brand:
            products = products.filter(brand=brand)
        return [(self.operation, products.order_by("id"))]


class ShelfCommand(ProductCommand):
    """What must not happen to the whole shelf by a slip: products are named, or `--all` is said."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="Every product it is possible for.")

    def batches(self, *, ids=(), category=None, brand=None, resume=None, **options):
        if not (ids or category or brand or resume or options["all"]):
            raise CommandError("Name products, a category or a brand, or say --all.", returncode=2)
        return super().batches(ids=ids, category=category, brand=brand)
