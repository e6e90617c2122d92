from aftersales.operations import pull_aftersales
from console.commands import PullCommand
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read the after-sale claims of the last 30 days from WeChat."

    def pulls(self):
        return [(pull_aftersales, PulledList.objects.get(name=PulledList.Name.AFTERSALES))]
