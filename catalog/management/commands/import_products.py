from collections import Counter
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from catalog.imports import batches
from catalog.models import Batch, BatchChange
from console import interrupts
from console.commands import add_yes, ask, refuse_without_terminal
from wechat.chunks import in_chunks
from wechat.steps import actors


class Command(BaseCommand):
    help = "Import products, or prices and stock, from an XLSX or CSV file. Exit code 1 when rows were not imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sheet", type=Path, nargs="?", help="The file; see the template in the admin.")
        parser.add_argument("--pictures", type=Path, metavar="ZIP", help="The pictures the sheet names.")
        parser.add_argument("--mends", type=int, metavar="IMPORT", help="Use the pictures of this import, too.")
        parser.add_argument("--dry-run", action="store_true", help="Only check it and show the errors.")
        parser.add_argument("--resume", type=int, metavar="IMPORT", help="Go on with this import.")
        parser.add_argument("--undo", type=int, metavar="IMPORT", help="Restore what this import changed.")
        add_yes(parser)

    def handle(
        self,
        *,
        sheet: Path | None = None,
        pictures: Path | None = None,
        mends: int | None = None,
        dry_run: bool = False,
        resume: int | None = None,
        undo: int | None = None,
        yes: bool = False,
        **options: Any,
    ) -> None:
        if undo and not yes:
            ask(f"Undo import {undo}")
        elif not (yes or dry_run or resume):
            refuse_without_terminal(f"Import {sheet}")
        with actors.acting("command"):
            batch = self.batch(sheet, pictures, mends) if not (resume or undo) else self.earlier(resume, undo)
            self.stdout.write(f"import {batch.pk}")
            self.work(batch)
            if batch.state == Batch.State.CHECKED and not dry_run:
                self.show_errors(batch)
                if not (yes or resume):
                    ask(f"Import {batch.pk}: {batch.good} rows good, {batch.bad} bad (--resume imports it later)")
                batches.start(batch)
                batch.refresh_from_db()
                self.work(batch)
            else:
                self.show_errors(batch)
        for line in batch.picture_notes:
            self.stdout.write(line)
        self.stdout.write(self.outcome(batch))
        if batch.message:
            raise CommandError(batch.message)
        if batch.bad:
            raise SystemExit(1)

    def outcome(self, batch: Batch) -> str:
        if batch.state in (Batch.State.UNDOING, Batch.State.UNDONE):
            outcomes = Counter(batch.changes.exclude(outcome="").values_list("outcome", flat=True))
            counts = "; ".join(f"{outcomes[name]} {name}" for name in BatchChange.Outcome.values)
            return f"import {batch.pk}: {batch.state}; products: {counts}"
        return (
            f"import {batch.pk}: {batch.state}; {batch.good} rows good, {batch.bad} bad, "
            f"{batch.unchanged} without a change; {batch.created} products new, {batch.updated} changed"
        )

    def earlier(self, resume: int | None, undo: int | None) -> Batch:
        batch = self.find(resume or undo or 0)
        if undo and not batches.undo(batch):
            raise CommandError(f"Import {undo} is “{batch.get_state_display()}” and cannot be undone.", returncode=2)
        Batch.objects.filter(pk=batch.pk).update(paused=False)
        batch.refresh_from_db()
        return batch

    def find(self, key: int) -> Batch:
        batch = Batch.objects.filter(pk=key).first()
        if batch is None:
            raise CommandError(f"There is no import {key}.", returncode=2)
        return batch

    def batch(self, sheet: Path | None, pictures: Path | None, mends: int | None) -> Batch:
        if sheet is None:
            raise CommandError("Which file?", returncode=2)
        mended = self.find(mends) if mends else None
        try:
            with sheet.open("rb") as file, (pictures or sheet).open("rb") as archive:
                zipped = File(archive, pictures.name) if pictures else None
                return batches.create(File(file, sheet.name), zipped, mends=mended, wake=False)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None

    def work(self, batch: Batch) -> None:
        go_on = f"Import {batch.pk} is paused. Go on with: manage.py import_products --resume {batch.pk}"
        try:
            with interrupts.ending_at_once(go_on):
                self.go_through(batch)
        except CommandError:
            batches.pause(batch)
            raise

    def go_through(self, batch: Batch) -> None:
        with tqdm(total=batch.total or None, disable=None) as bar:

            def show(now: Batch) -> None:
                bar.total = now.total
                bar.update(now.good + now.bad - bar.n)

            batches.work(batch.pk, show)
        batch.refresh_from_db()

    def show_errors(self, batch: Batch) -> None:
        for row in in_chunks(batch.rows.order_by("number")):
            for column, lines in row.errors.items():
                product = row.cells.get("out_product_id") or ""
                self.stderr.write(f"row {row.number}\t{product}\t{column}\t{' '.join(lines)}")
        for warning in batch.warnings:
            self.stderr.write(f"row {warning['row']}\t{warning['product']}\twarning\t{warning['text']}")
        if batch.unknown:
            self.stderr.write(f"columns that are not read: {', '.join(batch.unknown)}")
