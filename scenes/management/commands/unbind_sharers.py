from django.db.models import QuerySet

from console.commands import RecordCommand
from scenes.models import Sharer
from scenes.operations import unbind_sharer


class Command(RecordCommand):
    help = "Unbind sharers; possible 30 days after the binding."
    operation = unbind_sharer
    noun = "sharer"
    columns = ("openid",)
    naming = "Name sharers"

    def needing(self) -> QuerySet:
        return Sharer.objects.bound()
