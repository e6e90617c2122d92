from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.backup import restoring
from console.backup.manifest import Manifest
from console.commands import add_yes, ask, local


class Command(BaseCommand):
    help = (
        "Bring a backup back, into an empty database and VAR_DIR. Stop everything first. It is compared with its "
        "checksums before anything is changed; then migrations made since are applied, sessions ended, open steps "
        "taken as of unknown outcome, erasures made since repeated, and lists asked for anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="Of the backup: console-….")
        parser.add_argument("--check", action="store_true", help="Only say whether it can be restored here.")
        parser.add_argument(
            "--overwrite", action="store_true", help="Also where there are records; they are gone then."
        )
        parser.add_argument(
            "--without-keys", action="store_true", help="Also where the keys here do not open what is encrypted in it."
        )
        add_yes(parser)

    def handle(
        self,
        *,
        folder: str,
        check: bool = False,
        overwrite: bool = False,
        without_keys: bool = False,
        yes: bool = False,
        **options: Any,
    ) -> None:
        source = Path(folder)
        manifest = restoring.check(source, overwrite=overwrite or check, without_keys=without_keys)
        self.stdout.write(
            f"Console {manifest.console}, {local(manifest.moment)}: {sum(manifest.tables.values())} rows, "
            f"{manifest.pictures} files; whole"
        )
        if said := restoring.other_mini_program(manifest):
            self.stderr.write(said)
        if check:
            return
        if overwrite and not yes:
            ask("What is in this database is deleted")
        self._bring_back(source, manifest)

    def _bring_back(self, source: Path, manifest: Manifest) -> None:
        try:
            for line in restoring.bring_back(source, manifest):
                self.stdout.write(line)
        except OSError as error:
            raise CommandError(f"Not restored: {error}. Mend it, and restore again with --overwrite.") from None
        self.stdout.write("Restored. People, permissions and API keys are those of the backup: look through them.")
