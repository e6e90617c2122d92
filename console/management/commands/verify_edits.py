from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console import edit_chain, edit_faults
from console.commands import local
from console.models import Edit, EditLink

MOST = 50  # faults that are printed


class Command(BaseCommand):
    help = (
        "Look whether an edit was changed or deleted by SQL: the triggers that refuse it, and the chain over all edits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", default="", metavar="NUMBER:DIGEST", help="The end that it printed earlier.")

    def handle(self, *, expect: str, **options: Any) -> None:
        with suppress(edit_chain.NotOurs):  # it is among the faults
            edit_chain.link_all()
        found = 0
        for fault in edit_faults.faults(expect):
            found += 1
            if found <= MOST:
                self.stdout.write(fault)
        anchor, last = edit_chain.newest_anchor(), EditLink.objects.order_by("-number").first()
        self.stdout.write(f"{Edit.objects.count()} edits; the chain begins at {anchor.number}, {local(anchor.at)}.")
        self.stdout.write(f"Its end, to be kept elsewhere for --expect: {last or anchor}")
        if found:
            raise CommandError(f"{found} faults.", returncode=1)
