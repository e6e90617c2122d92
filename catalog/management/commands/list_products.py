from catalog.commands import ShelfCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import list_spu


class Command(ShelfCommand):
    help = "Put products that you took off sale back on: name them, or give --all."
    operation = list_spu

    def products(self) -> SPUQuerySet:
        return SPU.objects.off_sale()
