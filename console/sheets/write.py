"""Writes sheets: XLSX row by row with bounded memory, or CSV; no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from wechat.cleaning import cleaned

from .columns import Column

AMOUNT = re.compile(r"-\d+(\.\d+)?", re.ASCII)


def unformula(cell: str) -> str:
    """The text of a cell, cleaned, and escaped so that no spreadsheet reads it as a formula; amounts stay numbers."""
    cell = cleaned(cell)
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not AMOUNT.fullmatch(cell) else cell


def template(chosen: list[Column]) -> bytes:
    """An empty sheet with its headers, notes on each column, and one row as an example."""
    example = {column.name: column.example for column in chosen}
    return xlsx(chosen, [example], notes=True)


def xlsx(chosen: list[Column], rows: Iterable[dict[str, str]], *, notes: bool = False) -> bytes:
    out = io.BytesIO()
    write_xlsx(out, chosen, rows, notes=notes)
    return out.getvalue()


def write_xlsx(file: IO[bytes], chosen: list[Column], rows: Iterable[dict[str, str]], *, notes: bool = False) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    sheet.freeze_panes = "B2"
    for nth, column in enumerate(chosen, 1):
        sheet.column_dimensions[get_column_letter(nth)].width = column.width
    sheet.append([header_cell(sheet, column, notes) for column in chosen])
    for row in rows:
        sheet.append([text_cell(sheet, row.get(column.name, "")) for column in chosen])
    book.save(file)


def csv_lines(chosen: list[Column], rows: Iterable[dict[str, str]]) -> Iterator[str]:
    """CSV line by line, with a byte order mark, by which spreadsheets recognise UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    writer.writerow([str(column.title) for column in chosen])
    for row in rows:
        writer.writerow([unformula(row.get(column.name, "")) for column in chosen])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def header_cell(sheet: Any, column: Column, notes: bool) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, str(column.title))
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E4F2EA")
    if notes and column.help:
        from openpyxl.comments import Comment

        cell.comment = Comment(str(column.help), "")
    return cell


def text_cell(sheet: Any, value: str) -> WriteOnlyCell:
    # Every cell is text: ids keep their digits, and a text that begins with "=" is not a formula.
    cell = WriteOnlyCell(sheet, cleaned(value))
    cell.data_type, cell.number_format, cell.alignment = "s", "@", Alignment(vertical="top", wrap_text="\n" in value)
    return cell
