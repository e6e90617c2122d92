"""Tables out of XLSX, XLS, HTML and CSV: values only, formulas are never looked at, sizes are capped before reading."""

from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..uploads import bare
from . import plain, workbook
from .columns import Cell, column_names

MAX_SHEET = 60 * 1024 * 1024  # bytes of the file
MAX_ROWS = 200_000
HEADERS_WITHIN = 10  # the headers stand in one of the first rows
ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".txt")
Row = tuple[int, dict[str, Cell]]  # its number as the spreadsheet shows it, and its cells by column
Rows = Iterator[tuple[int, list[Cell]]]


class NoHeaders(ValidationError):
    """The file is a sheet, but has no row of headers."""


class Table(NamedTuple):
    columns: set[str]
    unknown: list[str]  # headers of other columns
    rows: Iterator[Row]  # the filled rows below the headers


def table(file: IO[bytes], headers: dict[str, str], keys: set[str], seen: workbook.Extents | None = None) -> Table:
    """The first visible sheet with headers, which are known by the columns `keys`.

    `seen` keeps what a first reading finds out of the file for a second one.
    Raises ValidationError when the file is not a sheet, or has no such row.
    """
    for sheet in sheets(file, seen):
        for number, cells in sheet:
            names = column_names(cells, headers)
            if keys.issubset(names):
                if double := {name for name in names if name and names.count(name) > 1}:
                    raise ValidationError(_("The column “%(name)s” is there twice.") % {"name": double.pop()})
                titles = zip(names, cells, strict=True)
                unknown = [str(cell).strip()[:50] for name, cell in titles if name is None and cell not in (None, "")]
                return Table({name for name in names if name}, unknown, _below(sheet, names))
            if number >= HEADERS_WITHIN:
                break
    raise NoHeaders(_("No row of headers was found. Start from the template."))


def sheets(file: IO[bytes], seen: workbook.Extents | None = None) -> Iterable[Rows]:
    """The rows of each visible sheet as they are; raises ValidationError."""
    file = bare(file)
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if start.startswith((b"PK\x03\x04", workbook.OLD)):
        return workbook.sheets(file, {} if seen is None else seen)
    return [plain.html_rows(file) if plain.is_html(start) else plain.csv_rows(file)]


def _below(sheet: Rows, names: list[str | None]) -> Iterator[Row]:
    for number, cells in sheet:
        if number > MAX_ROWS:
            raise ValidationError(_("The sheet has more than %(count)d rows. Split it.") % {"count": MAX_ROWS})
        if any(cell not in (None, "") for cell in cells):
            yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
