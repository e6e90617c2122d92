from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.admin.erasures import APPROVE, ASK, may_approve
from console.commands import add_yes, ask
from console.erasing import records, running
from console.models import Erasure
from wechat.masking import mask
from wechat.steps import actors
from wechat.steps.errors import Conflict


class Command(BaseCommand):
    help = "Erase one buyer who asked for it: two people take part, as on the page (docs/leaving.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--openid")
        who.add_argument("--phone", help="The whole number, as it stands in an order's address.")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="Who asks for it.")
        parser.add_argument("--approved-by", metavar="USERNAME", help="The second person; else it waits for one.")
        parser.add_argument("--reason", required=True, help="When and how the buyer asked for it.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be erased and do nothing.")
        add_yes(parser)

    def handle(self, *, openid: str | None, phone: str | None, **options: Any) -> None:
        found = {openid} if openid else records.openids_of_phone(phone or "")
        if len(found) != 1:
            raise CommandError(f"{len(found)} buyers have this phone: name one by --openid.", returncode=2)
        buyer = str(found.pop())
        if options["dry_run"]:
            self.show(buyer)
            return
        first, second = self.person(options["by"], ASK), None
        if options["approved_by"]:
            second = self.person(options["approved_by"], APPROVE)
        if not options["yes"]:
            ask(f"Erase the buyer {mask(buyer)} for good")
        try:
            self.run(buyer, first, second, options["reason"])
        except Conflict as conflict:
            raise CommandError(str(conflict), returncode=1) from None

    def person(self, name: str, permission: str) -> Any:
        person = get_user_model().objects.filter(username=name, is_active=True).first()
        if person is None or not person.has_perm(permission):
            raise CommandError(f"{name} is nobody who may: {permission} is needed.", returncode=2)
        return person

    def run(self, buyer: str, first: Any, second: Any, reason: str) -> None:
        with actors.acting("command", first):
            asked = running.ask(buyer, first, reason)
        if second is None:
            self.stdout.write(f"Erasure {asked.pk} waits for a second person.")
            return
        if not may_approve(second, asked):
            raise CommandError("A second person has to approve: nobody approves what they asked for.", returncode=2)
        with actors.acting("command", second):
            running.approve(asked, second)
        self.show_done(asked)

    def show(self, buyer: str) -> None:
        for model, keys in records.find(buyer).items():
            if keys:
                self.stdout.write(f"{model._meta.label}\t{len(keys)}")
        for sentence in records.what_is_unfinished(buyer):
            self.stdout.write(f"not over yet\t{sentence}")

    def show_done(self, erasure: Erasure) -> None:
        self.stdout.write(
            f"Erasure {erasure.pk} is done; its receipt is at /admin/console/erasure/{erasure.pk}/receipt/"
        )
        for part, counts in erasure.receipt.items():
            for what, count in counts.items():
                self.stdout.write(f"{part}\t{what}\t{count}")
