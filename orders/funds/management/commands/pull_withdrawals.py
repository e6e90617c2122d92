from console.commands import PullCommand


class Command(PullCommand):
    help = "Read the withdrawals from WeChat, also those asked for past this console."

    lists = ["withdrawals"]
