from console.commands import PullCommand
from scenes.operations import pull_sharers
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read who shares from WeChat, page by page."

    def pulls(self):
        return [(pull_sharers, PulledList.objects.get(name=PulledList.Name.SHARERS))]
