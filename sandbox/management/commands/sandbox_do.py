from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404
from django.test import RequestFactory

import sandbox.control  # noqa: F401  registers the buttons
from sandbox.control.board import ACTIONS, run


class Command(BaseCommand):
    help = "Press a button of the sandbox's page: sandbox_do pay_order out_order_id=o-1001. Without a name, lists them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?")
        parser.add_argument("fields", nargs="*", metavar="NAME=VALUE", help="What the button's form asks for.")

    def handle(self, *args: Any, **options: Any) -> None:
        action, fields = options["action"], options["fields"]
        if action not in ACTIONS:
            self.stdout.write("\n".join(sorted(ACTIONS)))
            if action:
                raise CommandError(f"There is no button {action}; those above are there.", returncode=2)
            return
        if wrong := [field for field in fields if "=" not in field]:
            raise CommandError(f"{wrong[0]}: write it as NAME=VALUE.", returncode=2)
        request = RequestFactory().post("/", dict(field.split("=", 1) for field in fields))
        try:
            outcome = run(request, action)
        except Http404:
            raise CommandError(f"The sandbox has nothing like {' '.join(fields) or 'that'}.") from None
        if outcome.errcode:
            raise CommandError(str(outcome.said))
        self.stdout.write(str(outcome.said or "Done."))
