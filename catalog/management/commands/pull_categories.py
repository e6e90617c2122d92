from catalog.operations import PULLS, listed
from console.commands import PullCommand


class Command(PullCommand):
    help = "Pull the category tree and the lists of granted categories and brands from WeChat."

    def pulls(self):
        return [(pull, listed(name)) for name, pull in PULLS.items()]
