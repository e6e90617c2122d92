from console.commands import BulkCommand
from qualifications.tasks import REFRESHES


class Command(BulkCommand):
    help = "Ask WeChat for the result of every open review, now."

    def batches(self, **options):
        return [(refresh, model.objects.pending().select_related("last_round")) for model, refresh in REFRESHES.items()]
