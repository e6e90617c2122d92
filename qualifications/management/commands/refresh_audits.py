from typing import Any

from django.db.models import QuerySet

from console.commands import BulkCommand
from qualifications.tasks import REFRESHES
from wechat.steps.operations import Operation


class Command(BulkCommand):
    help = "Ask WeChat for the result of every open review, now."

    def batches(self, **options: Any) -> list[tuple[Operation, QuerySet]]:
        return [(refresh, model.objects.pending().select_related("last_round")) for model, refresh in REFRESHES.items()]
