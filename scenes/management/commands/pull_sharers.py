from console.commands import PullCommand


class Command(PullCommand):
    help = "Read who shares from WeChat, page by page."

    lists = ["sharers"]
