from console.commands import PullCommand


class Command(PullCommand):
    help = "Pull the certificates once filed with the mini program, to offer them for reuse."
    lists = ["filed_certificates"]
