from console.commands import PullCommand
from orders.operations import pull_express_companies
from wechat.models import PulledList


class Command(PullCommand):
    help = "Pull the list of express companies from WeChat."

    def pulls(self):
        return [(pull_express_companies, PulledList.objects.get(name=PulledList.Name.EXPRESS_COMPANIES))]
