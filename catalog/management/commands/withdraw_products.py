from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import withdraw_spu


class Command(ProductCommand):
    help = "Withdraw products from review."
    operation = withdraw_spu

    def needing(self) -> SPUQuerySet:
        return SPU.objects.in_review()
