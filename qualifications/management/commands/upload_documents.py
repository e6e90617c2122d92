from collections.abc import Sequence

from django.db.models import QuerySet

from console.commands import RecordCommand
from console.naming import named
from qualifications.models import Document
from wechat.models import Image
from wechat.operations import upload_image


class Command(RecordCommand):
    help = "Upload the pictures of documents that WeChat has not got yet."
    operation = upload_image
    noun = "document"
    columns = ("id",)
    naming = "Name documents"

    def needing(self) -> QuerySet:
        return Image.objects.filter(link="", documents__isnull=False).distinct()

    def records(self, ids: Sequence[str]) -> QuerySet:
        if not ids:
            return self.needing()
        documents = named(Document.objects.all(), self.noun, ids, *self.columns)
        return Image.objects.filter(pk__in=documents.values("image"))
