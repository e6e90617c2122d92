"""An XLSX of several sheets, row by row with bounded memory; amounts are numbers in yuan, with totals below."""

from collections.abc import Iterable
from decimal import Decimal
from typing import IO, Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .columns import Column
from .write import header_cell, text_cell

MOST = 1_000_000  # rows of a sheet; the format has place for 1,048,576
MONEY, COUNT = "#,##0.00", "0"


class Sheet(NamedTuple):
    """Rows are {column: text, or an integer: fen, or a count where the column is in `counts`}."""

    title: str | Promise
    columns: list[Column]
    rows: Iterable[dict[str, Any]]
    totals: tuple[str, ...] = ()  # columns that are added up
    counts: tuple[str, ...] = ()


def write(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """One sheet after the other; a sheet with too many rows goes on in another one, which has the totals of both."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    book.save(file)


def _write(book: Workbook, sheet: Sheet) -> None:
    sums = dict.fromkeys(sheet.totals, 0)
    page = _page(book, sheet, 1)
    for nth, row in enumerate(sheet.rows):
        if nth and nth % MOST == 0:
            page = _page(book, sheet, nth // MOST + 1)
        page.append([_cell(page, sheet, column.name, row.get(column.name, "")) for column in sheet.columns])
        for name in sums:
            sums[name] += row.get(name) or 0
    if sums:
        last = {sheet.columns[0].name: _("Total"), **sums}
        cells = [_cell(page, sheet, column.name, last.get(column.name, "")) for column in sheet.columns]
        for cell in cells:
            cell.font = Font(bold=True)
        page.append(cells)


def _page(book: Workbook, sheet: Sheet, nth: int) -> Any:
    page = book.create_sheet(f"{sheet.title} {nth}" if nth > 1 else str(sheet.title))
    page.freeze_panes = "B2"
    for place, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(place)].width = column.width
    page.append([header_cell(page, column, False) for column in sheet.columns])
    return page


def _cell(page: Any, sheet: Sheet, name: str, value: Any) -> WriteOnlyCell:
    if not isinstance(value, int):
        return text_cell(page, value or "")
    counts = name in sheet.counts
    cell = WriteOnlyCell(page, value if counts else Decimal(value) / 100)
    cell.number_format = COUNT if counts else MONEY
    return cell
