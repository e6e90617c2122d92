from django.db.models import QuerySet

from console.commands import RecordCommand
from scenes.models import SceneGroup
from scenes.operations import apply_scene


class Command(RecordCommand):
    help = "Apply for the review of scene groups; after a rejection, for a re-review."
    operation = apply_scene
    noun = "scene group"
    columns = ("group_id",)
    naming = "Name scene groups"

    def needing(self) -> QuerySet:
        groups = SceneGroup.objects.prefetch_related("items")
        return SceneGroup.objects.filter(pk__in=[group.pk for group in groups if group.may_apply])
