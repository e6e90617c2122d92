from console.commands import PullCommand


class Command(PullCommand):
    help = "Read the after-sales of the last 30 days from WeChat."

    lists = ["aftersales"]
