from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from catalog.models import SPU
from catalog.operations import refresh_spu
from qualifications.commands import ApplicationCommand
from qualifications.models import BrandQualification, CategoryQualification
from qualifications.operations import refresh_brand, refresh_category
from wechat.steps.operations import Operation


class Command(ApplicationCommand):
    help = "Ask WeChat for the result of every open review, now: of brands, categories and products; or of those named."
    operations = (refresh_brand, refresh_category, refresh_spu)

    def batches(
        self, *, brand: Sequence[str] | None = None, category: Sequence[str] | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        brands, categories = self.applications(
            brand, category, BrandQualification.objects.pending(), CategoryQualification.objects.pending()
        )
        products = SPU.objects.none() if brand or category else SPU.objects.in_review()
        return [
            (refresh_brand, brands.select_related("last_round").order_by("id")),
            (refresh_category, categories.select_related("last_round").order_by("id")),
            (refresh_spu, products.order_by("id")),
        ]
