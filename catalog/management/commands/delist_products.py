from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import delist_spu


class Command(ProductCommand):
    help = "Take products off sale."
    operation = delist_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.on_sale()
