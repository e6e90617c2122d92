from console.commands import PullCommand


class Command(PullCommand):
    help = "Read every coupon and its stock from WeChat, page by page."

    lists = ["coupons"]
