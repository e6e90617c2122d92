from console.commands import PullCommand
from orders.funds.operations import pull_withdrawals
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read the withdrawals from WeChat, also those asked for past this console."

    def pulls(self):
        return [(pull_withdrawals, PulledList.objects.get(name=PulledList.Name.WITHDRAWALS))]
