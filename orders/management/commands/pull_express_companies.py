from console.commands import PullCommand


class Command(PullCommand):
    help = "Pull the list of express companies from WeChat."

    lists = ["express_companies"]
