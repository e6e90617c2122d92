from catalog.coupons.operations import pull_coupons
from console.commands import PullCommand
from wechat.models import PulledList


class Command(PullCommand):
    help = "Read every coupon and its stock from WeChat, page by page."

    def pulls(self):
        return [(pull_coupons, PulledList.objects.get(name=PulledList.Name.COUPONS))]
