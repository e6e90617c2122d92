"""`--output`: the one way in which commands write a table into a file, or to standard output."""

from argparse import SUPPRESS
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from .sheets import write
from .sheets.columns import Column

STANDARD = "-"


def add_output(parser: CommandParser, default: str | None = STANDARD) -> None:
    said = "-, as without it," if default else "-"
    parser.add_argument(
        "--output", default=default, metavar="FILE", help=f"A file ending in .csv or .xlsx; {said} is standard output."
    )


def add_sheet(parser: CommandParser) -> None:
    """The file without `--output`, as it was first: kept for scripts that give it so."""
    parser.add_argument("sheet", nargs="?", help=SUPPRESS)


def write_table(command: BaseCommand, output: str, columns: list[Column], rows: Iterable[dict[str, Any]]) -> None:
    """Write the table, as CSV on standard output; raises CommandError, exit code 2, where it cannot be written."""
    if output == STANDARD:
        for line in write.csv_lines(columns, rows):
            command.stdout.write(line.removeprefix("\ufeff"), ending="")
        return
    path = Path(output)
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise CommandError("The file ends in .xlsx or .csv.", returncode=2)
    try:
        if path.suffix.lower() == ".xlsx":
            with path.open("wb") as book:
                write.write_xlsx(book, columns, rows)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(write.csv_lines(columns, rows))
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from None


def say(command: BaseCommand, output: str | None, line: str) -> None:
    """A line beside the table: on standard error where the table is on standard output."""
    (command.stderr if output == STANDARD else command.stdout).write(line)
