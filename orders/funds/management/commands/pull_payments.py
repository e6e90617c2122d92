from console.commands import PullCommand


class Command(PullCommand):
    help = "Read the payments without a component order from WeChat, also those made outside this console."

    lists = ["payments"]
