from typing import Any

from django.db.models import QuerySet

from console.commands import BulkCommand
from wechat.models import Image
from wechat.operations import upload_image
from wechat.steps.operations import Operation


class Command(BulkCommand):
    help = "Upload every document's picture that WeChat has not got yet."

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [(upload_image, Image.objects.filter(link="", documents__isnull=False).distinct().order_by("id"))]
