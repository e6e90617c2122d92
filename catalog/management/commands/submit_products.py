from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import submit_spu


class Command(ProductCommand):
    help = "Submit products with something to send that needs a review."
    operation = submit_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.to_submit()
