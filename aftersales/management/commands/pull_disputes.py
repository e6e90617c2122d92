from aftersales.operations import pull_disputes
from console.commands import PullCommand
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read the disputes of the last 30 days from WeChat: their opening is told by nothing else."

    def pulls(self):
        return [(pull_disputes, PulledList.objects.get(name=PulledList.Name.DISPUTES))]
