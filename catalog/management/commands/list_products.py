from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import list_spu


class Command(ProductCommand):
    help = "Put products that you took off sale back on."
    operation = list_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.off_sale()
