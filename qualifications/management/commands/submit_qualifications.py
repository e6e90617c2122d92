from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from qualifications.commands import ApplicationCommand
from qualifications.models import BrandQualification, CategoryQualification
from qualifications.operations import submit_brand, submit_category
from wechat.steps.operations import Operation


class Command(ApplicationCommand):
    help = "Submit brand and category applications that are complete and not with WeChat yet."
    operations = (submit_brand, submit_category)

    def batches(
        self, *, brand: Sequence[str] | None = None, category: Sequence[str] | None = None, **options: Any
    ) -> list[tuple[Operation, QuerySet]]:
        brands, categories = self.applications(
            brand,
            category,
            BrandQualification.objects.to_submit(),
            CategoryQualification.objects.to_submit().filter(category__granted=False),
        )
        return [
            (submit_brand, brands.select_related("last_round")),
            (submit_category, categories.select_related("category", "last_round")),
        ]
