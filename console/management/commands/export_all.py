import sys
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from tqdm import tqdm

from console import interrupts
from console.leaving import asking, describing, packing
from console.leaving.columns import exported
from console.leaving.writing import Everything
from console.models import Export
from wechat.sealed import Unreadable
from wechat.steps import actors


class Command(BaseCommand):
    help = "Write everything into a folder or a zip: each table as JSON Lines and CSV, and the files (docs/leaving.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="PLACE", help="A new folder, or a file ending in .zip.")
        parser.add_argument("--by", metavar="USERNAME", help="In whose name; needs the permission.")
        parser.add_argument("--reason", help="Kept with the name, under Downloads.")
        parser.add_argument("--personal", action="store_true", help="Personal data in the clear; else it is masked.")
        parser.add_argument("--resume", action="store_true", help="Go on with a folder whose writing was stopped.")
        parser.add_argument("--describe", metavar="LANGUAGE", help="Print the tables and columns as Markdown instead.")

    def handle(self, *, describe: str | None = None, output: str | None = None, **options: Any) -> None:
        if describe:
            with translation.override(describe):
                self.stdout.write("\n".join(describing.markdown()))
        elif not (output and options["by"] and len(options["reason"] or "") >= 4):
            raise CommandError("Say --output, --by and --reason.", returncode=2)
        else:
            self.export(Path(output), **options)

    def export(self, place: Path, *, by: str, reason: str, personal: bool, resume: bool, **options: Any) -> None:
        user = get_user_model().objects.filter(username=by).first()
        if user is None or not asking.may(user, clear=personal):
            what = "console.export_all and console.reveal" if personal else asking.MAY
            raise CommandError(f"{by} is nobody who may: {what} is needed.", returncode=2)
        is_zip = place.suffix.lower() == ".zip"
        folder = place.with_suffix(".part") if is_zip else place
        self.refuse(place, folder, resume)
        with actors.acting("command", user):
            trace = asking.note(user, reason, clear=personal, language=settings.LANGUAGE_CODE, done_at=timezone.now())
        again = "Stopped. The same command with --resume goes on behind the last whole table."
        with interrupts.ending_at_once(again), tqdm(total=len(exported()), disable=not sys.stderr.isatty()) as bar:
            rows = self.write(folder, place if is_zip else None, personal, bar)
        Export.objects.filter(pk=trace.pk).update(rows=rows)
        self.stdout.write(f"{place}: {rows} rows of {len(exported())} tables")

    @staticmethod
    def refuse(place: Path, folder: Path, resume: bool) -> None:
        """Raises CommandError, exit code 2, where something would be written over."""
        if place.suffix.lower() == ".zip" and place.exists():
            raise CommandError(f"{place} is there already.", returncode=2)
        if not resume and folder.exists() and any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty: name a new one, or say --resume.", returncode=2)

    @staticmethod
    def write(folder: Path, target: Path | None, personal: bool, bar: tqdm) -> int:
        try:
            everything = Everything(folder, clear=personal)
            everything.write(lambda _name, _rows: bar.update())
            if target:
                packing.pack(folder, target)
        except (OSError, zipfile.BadZipFile) as error:
            raise CommandError(f"{folder}: {error}. Then say --resume.", returncode=1) from None
        except Unreadable:
            raise CommandError(
                "A sealed value cannot be read: put its key back into FIELD_KEYS, then say --resume.", returncode=1
            ) from None
        return everything.rows
