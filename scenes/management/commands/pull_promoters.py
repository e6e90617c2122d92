from console.commands import PullCommand


class Command(PullCommand):
    help = "Read who promotes from WeChat."

    lists = ["promoters"]
