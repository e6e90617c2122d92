from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import resubmit_spu


class Command(ProductCommand):
    help = "Withdraw products that were changed during their review, and submit them again."
    operation = resubmit_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.to_resubmit()
