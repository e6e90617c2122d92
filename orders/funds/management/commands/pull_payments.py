from console.commands import PullCommand
from orders.funds.operations import pull_payments
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read the payments without a component order from WeChat, also those made past this console."

    def pulls(self):
        return [(pull_payments, PulledList.objects.get(name=PulledList.Name.PAYMENTS))]
