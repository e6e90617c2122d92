from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import remove_spu


class Command(ProductCommand):
    help = "Delete products at WeChat for ever: their ids can never be used again."
    operation = remove_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.removable()
