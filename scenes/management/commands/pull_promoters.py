from console.commands import PullCommand
from scenes.operations import pull_promoters
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read who promotes from WeChat."

    def pulls(self):
        return [(pull_promoters, PulledList.objects.get(name=PulledList.Name.PROMOTERS))]
