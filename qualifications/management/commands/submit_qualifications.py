from typing import Any

from django.db.models import QuerySet

from console.commands import BulkCommand
from qualifications import operations
from qualifications.models import BrandQualification, CategoryQualification
from wechat.steps.operations import Operation


class Command(BulkCommand):
    help = "Submit every brand and category application that is complete and not with WeChat yet."

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [
            (operations.submit_brand, BrandQualification.objects.to_submit().select_related("last_round")),
            (
                operations.submit_category,
                CategoryQualification.objects.to_submit()
                .filter(category__granted=False)
                .select_related("category", "last_round"),
            ),
        ]
