from catalog.commands import ProductCommand
from catalog.models import SPU
from catalog.models.spu import SPUQuerySet
from catalog.operations import update_spu_without_audit


class Command(ProductCommand):
    help = "Send changed prices, stock and codes, which need no review."
    operation = update_spu_without_audit

    def needing(self) -> SPUQuerySet:
        return SPU.objects.to_update()
