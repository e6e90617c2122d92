"""Reads rows of XLSX and CSV: values only, no formulas; sizes are checked before anything is unpacked."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from .columns import Cell, column_names

MAX_SHEET = 60 * 1024 * 1024  # bytes of the file
MAX_UNPACKED = 600 * 1024 * 1024  # bytes an XLSX may hold
MAX_ROWS = 200_000
HEADERS_WITHIN = 10  # the header row is one of the first ten
csv.field_size_limit(1_000_000)
Row = tuple[int, dict[str, Cell]]  # its number as the spreadsheet shows it, and its cells by column


def rows(file: IO[bytes], name: str, headers: dict[str, str], key: str) -> Iterator[Row]:
    """The rows below the header row, without empty ones; the header row is the one that has the column `key`.

    Raises ValidationError when the file is not a sheet, or has no such row.
    """
    sheet = _opened(file, name)
    names = _header_row(sheet, headers, key)
    for number, cells in sheet:
        if number > MAX_ROWS:
            raise ValidationError(_("The sheet has more than %(count)d rows. Split it.") % {"count": MAX_ROWS})
        if any(cell not in (None, "") for cell in cells):
            yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}


def raw_rows(file: IO[bytes], name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Every row as it is in the sheet; raises ValidationError."""
    return _opened(file, name)


def header_names(file: IO[bytes], name: str, headers: dict[str, str], key: str) -> set[str]:
    """The columns the sheet has."""
    return {name for name in _header_row(_opened(file, name), headers, key) if name}


def _opened(file: IO[bytes], name: str) -> Iterator[tuple[int, list[Cell]]]:
    # The readers need the file itself, not Django's wrapper around it.
    while hasattr(file, "file"):
        file = file.file
    return _xlsx(file) if Path(name).suffix.lower() in (".xlsx", ".xlsm") else _csv(file)


def _header_row(sheet: Iterator[tuple[int, list[Cell]]], headers: dict[str, str], key: str) -> list[str | None]:
    for number, cells in sheet:
        names = column_names(cells, headers)
        if key in names:
            if double := {name for name in names if name and names.count(name) > 1}:
                raise ValidationError(_("The column “%(name)s” is there twice.") % {"name": double.pop()})
            return names
        if number >= HEADERS_WITHIN:
            break
    raise ValidationError(
        _("No row of headers was found. Start from the template: its first column is the product id.")
    )


def _xlsx(file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    _refuse_bombs(file)
    try:
        sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, IndexError, OSError, ValueError) as error:
        raise ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV.")) from error
    if sheet.start is None:
        return
    first, left = sheet.start
    for number, cells in enumerate(sheet.iter_rows(), first + 1):
        yield number, [None] * left + list(cells)


def _refuse_bombs(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(info.file_size for info in packed.infolist())
    except zipfile.BadZipFile as error:
        raise ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV.")) from error
    if size > MAX_UNPACKED:
        raise ValidationError(_("The spreadsheet is too large when unpacked. Split it."))
    file.seek(0)


def _csv(file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        try:
            start = text.readline(100_000)
        except UnicodeError as error:
            raise ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV.")) from error
        if "\0" in start:
            raise ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV."))
        delimiter = max(",;\t", key=start.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for cells in reader:
                yield reader.line_num, list(cells)
        except (csv.Error, UnicodeError) as error:
            raise ValidationError(
                _("Line %(line)d cannot be read: %(why)s") % {"line": reader.line_num, "why": error}
            ) from error
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 with or without a byte order mark; else the encoding of Chinese spreadsheets."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
        return "utf-8-sig"
    except UnicodeDecodeError:
        return "gb18030"
    finally:
        file.seek(0)
