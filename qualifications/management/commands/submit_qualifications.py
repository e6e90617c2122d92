from console.commands import BulkCommand
from qualifications import operations
from qualifications.models import BrandQualification, CategoryQualification


class Command(BulkCommand):
    help = "Submit every brand and category application that is complete and not with WeChat yet."

    def batches(self, **options):
        return [
            (operations.submit_brand, BrandQualification.objects.to_submit().select_related("last_round")),
            (
                operations.submit_category,
                CategoryQualification.objects.to_submit()
                .filter(category__granted=False)
                .select_related("category", "last_round"),
            ),
        ]
