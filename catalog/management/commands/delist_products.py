from django.core.management.base import CommandError

from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.operations import delist_spu


class Command(ProductCommand):
    help = "Take products off sale: name them, or give --all."
    operation = delist_spu

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="Every product it is possible for.")

    def products(self):
        return SPU.objects.on_sale()

    def batches(self, *, ids=(), category=None, brand=None, resume=None, **options):
        if not (ids or category or brand or resume or options["all"]):
            raise CommandError("Name products, a category or a brand, or say --all.", returncode=2)
        return super().batches(ids=ids, category=category, brand=brand)
