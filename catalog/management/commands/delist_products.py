from catalog.commands import ShelfCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import delist_spu


class Command(ShelfCommand):
    help = "Take products off sale: name them, or give --all."
    operation = delist_spu

    def products(self) -> SPUQuerySet:
        return SPU.objects.on_sale()
