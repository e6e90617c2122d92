from console.commands import PullCommand


class Command(PullCommand):
    help = "Read the withdrawals from WeChat, also those asked for outside this console."

    lists = ["withdrawals"]
