from console.commands import PullCommand


class Command(PullCommand):
    help = "Read the disputes of the last 30 days from WeChat: their opening is told by nothing else."

    lists = ["disputes"]
