import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from console.commands import BulkCommand
from scenes.models import Sharer
from scenes.operations import invite_sharer
from wechat.steps.operations import Operation

from ...people import invitations


class Command(BulkCommand):
    help = (
        "Invite people to share: from a sheet (XLSX, XLS) with columns openid and name, from a text with one openid a "
        "line and a name after it, or `-` for standard input. "
        "With --limit the others get no record; --resume goes on with the job, whatever the file says."
    )

    operations = (invite_sharer,)
    chosen_by = ("file",)
    naming = "Give a file of openids"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", help="With --all instead: everybody kept here who was never invited.")

    def batches(self, *, file: str | None = None, **options: Any) -> list[tuple[Operation, QuerySet]]:
        if file is None:
            return [(invite_sharer, Sharer.objects.uninvited().order_by("pk"))]
        rows = invitations.checked(_people(file))
        if not rows:
            raise CommandError("There is no openid in it.", returncode=2)
        for row in rows:
            if row.fault:
                self.stderr.write(f"{row.openid}\t{row.fault}")
        self.left_out = any(row.fault for row in rows)
        sound = [row for row in rows if not row.fault][: self.given["limit"]]
        if self.given["dry_run"]:
            for row in sound:
                self.stdout.write(f"{row.openid}\twould be invited")
            return []
        self.agree([(invite_sharer, len(sound))])
        kept = [sharer.pk for sharer in invitations.keep(sound)]
        return [(invite_sharer, Sharer.objects.filter(pk__in=kept).order_by("pk"))]

    def handle(self, **options: Any) -> None:
        self.given, self.left_out = options, False
        super().handle(**options)
        if self.left_out:
            raise SystemExit(1)


def _people(file: str) -> Iterable[tuple[str, str]]:
    try:
        if Path(file).suffix.lower() in (".xlsx", ".xlsm", ".xls"):
            with Path(file).open("rb") as sheet:
                return invitations.people_of_sheet(sheet)
        return invitations.people(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}", returncode=2) from None
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), returncode=2) from None
