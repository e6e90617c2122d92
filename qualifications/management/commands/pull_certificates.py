from catalog.operations import listed
from console.commands import PullCommand
from qualifications.operations import pull_filed_certificates
from wechat.models import PulledList


class Command(PullCommand):
    help = "Pull the certificates once filed with the mini program, to offer them for reuse."

    def pulls(self):
        return [(pull_filed_certificates, listed(PulledList.Name.FILED_CERTIFICATES))]
