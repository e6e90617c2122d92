from console.commands import PullCommand


class Command(PullCommand):
    help = "Pull the category tree and the lists of granted categories and brands from WeChat."
    lists = ["categories", "granted_categories", "granted_brands"]
