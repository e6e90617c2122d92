"""Excel's workbooks. Their XML is streamed before the reader is called: it asks for memory by the last cell's place."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from . import blocks
from .columns import Broken, Cell, Merged

OLD = b"\xd0\xcf\x11\xe0"  # how a real .xls begins
MAX_UNPACKED = 600 * 1024 * 1024  # bytes an XLSX may hold
MAX_PART = 20 * 1024 * 1024  # bytes of the part that lists the sheets
MAX_CELLS = 6_000_000  # rows × columns of a sheet, up to its last value: 30 columns of 200,000 rows
MAX_BROKEN = 10_000  # cells without a value that are named
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    LookupError,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
)
STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class Extent(NamedTuple):
    rows: int
    columns: int
    broken: dict[tuple[int, int], Broken]  # by row and column, both from 1
    left: int = 0  # the first column with a value
    path: str = ""
    in_blocks: bool = False  # every row and cell names its place, none is merged: it can be read in blocks


Extents = dict[str, Extent]  # by the sheet's name
Rows = Iterator[tuple[int, list[Cell]]]


def sheets(file: IO[bytes], seen: Extents) -> Iterator[Rows]:
    """The rows of each visible worksheet; raises ValidationError. `seen`: the extents, where they are known already."""
    extents = seen
    if not seen and file.read(4) != OLD:
        seen.update(_extents(file))
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        for sheet in book.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                extent = extents.get(sheet.name, Extent(0, 0, {}))
                if extent.rows * extent.columns > MAX_CELLS:
                    raise ValidationError(_too_large(sheet.name, extent))
                if extent.in_blocks and extent.rows > blocks.ROWS and (parts := _in_blocks(file, sheet.name, extent)):
                    yield _overlaid(parts, extent.broken, {})
                else:
                    yield _rows(book.get_sheet_by_name(sheet.name), extent.broken)
    except (CalamineError, *DAMAGED) as error:
        raise _unreadable() from error


def _rows(sheet: CalamineSheet, broken: dict[tuple[int, int], Broken]) -> Rows:
    if sheet.start is None:
        return iter(())
    left = sheet.start[1]  # the reader gives the empty rows above the first cell, not the empty columns before it
    rows = ((number, [None] * left + list(values)) for number, values in enumerate(sheet.iter_rows(), 1))
    return _overlaid(rows, broken, _merged_columns(sheet))


def _overlaid(rows: Rows, broken: dict[tuple[int, int], Broken], merged: dict[int, list[tuple[int, int]]]) -> Rows:
    """With what the reader does not tell: cells without a value of their own, and merged ones."""
    shown: dict[int, Cell] = {}  # by column: the value of the merged cells that the row is in
    for number, cells in rows:
        for nth, cell in enumerate(cells, 1) if broken else ():
            if cell in (None, "") and (number, nth) in broken:
                cells[nth - 1] = broken[number, nth]
        for column, first in merged.get(number, ()):
            if column > len(cells):
                continue
            if number == first:
                shown[column] = cells[column - 1]
            elif cells[column - 1] in (None, ""):
                cells[column - 1] = Merged(shown.get(column), first)
        yield number, cells


def _in_blocks(file: IO[bytes], name: str, extent: Extent) -> Rows | None:
    """The same rows as of the whole sheet, also the empty ones, all as wide as it."""
    books = blocks.split(zipfile.ZipFile(file), extent.path)
    return _of_blocks(books, name, extent) if books else None


def _of_blocks(books: Iterator[IO[bytes]], name: str, extent: Extent) -> Rows:
    last = 0
    for part in books:
        try:
            sheet = CalamineWorkbook.from_filelike(part).get_sheet_by_name(name)
        except (CalamineError, *DAMAGED) as error:
            raise _unreadable() from error
        if sheet.start is None:
            continue
        top, left = sheet.start
        for number in range(last + 1, top + 1):
            yield number, [None] * (extent.left - 1) + [""] * (extent.columns - extent.left + 1)
        before: list[Cell] = [None] * (extent.left - 1) + [""] * (left + 1 - extent.left)
        for last, values in enumerate(sheet.to_python(skip_empty_area=True), top + 1):
            cells = before + values
            yield last, cells + [""] * (extent.columns - len(cells))


def _merged_columns(sheet: CalamineSheet) -> dict[int, list[tuple[int, int]]]:
    """{row: [(column, first row)]} of cells that are merged downwards; numbers from 1."""
    merged: dict[int, list[tuple[int, int]]] = {}
    count = 0
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or []:
        count += bottom - top + 1
        if count > MAX_CELLS:
            break
        if bottom > top:
            for number in range(top + 1, bottom + 2):
                merged.setdefault(number, []).append((left + 1, top + 1))
    return merged


def _extents(file: IO[bytes]) -> dict[str, Extent]:
    """How far the values of each sheet reach, and its cells without one. Raises ValidationError."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(info.file_size for info in packed.infolist()) > MAX_UNPACKED:
                raise ValidationError(_("The spreadsheet is too large when unpacked. Split it."))
            return {name: _extent(packed, path) for name, path in _paths(packed).items()}
    except DAMAGED as error:
        raise _unreadable() from error


def _paths(packed: zipfile.ZipFile) -> dict[str, str]:
    """{name of a sheet: its file in the package}."""
    names = {name.casefold(): name for name in packed.namelist()}
    if any(packed.getinfo(names[part]).file_size > MAX_PART for part in (BOOK, RELATIONS)):
        raise _unreadable()
    with packed.open(names[BOOK]) as book, packed.open(names[RELATIONS]) as relations:
        targets = {node.get("Id"): node.get("Target", "") for node in etree.parse(relations, _parser()).getroot()}
        sheets = etree.parse(book, _parser()).getroot().iter("{*}sheet")
        found = {
            sheet.get("name", ""): targets.get(sheet.get(RELATION) or sheet.get(STRICT_RELATION)) for sheet in sheets
        }
    paths = {name: posixpath.normpath(posixpath.join("/xl", target))[1:] for name, target in found.items() if target}
    return {name: names[path.casefold()] for name, path in paths.items() if path.casefold() in names}


def _extent(packed: zipfile.ZipFile, path: str) -> Extent:
    rows = columns = row = column = 0
    left = MAX_CELLS
    is_new = is_placed = True  # the next cell is the first of its row; every row and cell names its place
    broken: dict[tuple[int, int], Broken] = {}
    with packed.open(path) as stream:
        watched = blocks.Watched(stream)
        tags = ("{*}row", "{*}c", "{*}mergeCell")
        for _end, node in etree.iterparse(watched, tag=tags, resolve_entities=False, no_network=True):
            if (kind := node.tag[-1]) == "w":
                if is_new:  # a row without cells
                    row = int(node.get("r") or row + 1)
                is_new = True
                is_placed = is_placed and node.get("r") is not None
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
                continue
            if kind == "l":
                is_placed = False
                continue
            if is_new:
                parent = node.getparent()
                row, column, is_new = int((None if parent is None else parent.get("r")) or row + 1), 0, False
            named = _column(node.get("r") or "")
            column = named or column + 1
            is_placed = is_placed and named > 0
            value, has_formula, has_text = None, False, False
            for child in node:
                name = child.tag.rpartition("}")[2]
                if name == "v":
                    value = child.text
                has_formula |= name == "f"
                has_text |= name == "is"
            if has_formula and not value and node.get("t") != "str" and len(broken) < MAX_BROKEN:
                broken[row, column] = Broken("=")
            elif node.get("t") == "e" and len(broken) < MAX_BROKEN:
                broken[row, column] = Broken(value or "#N/A")
            if value or has_text:
                rows, columns, left = max(rows, row), max(columns, column), min(left, column)
    return Extent(rows, columns, broken, left, path, is_placed and watched.is_plain)


def _column(reference: str) -> int:
    """The number of a cell's column, from 1: 28 for AB12; 0 where there is none."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _too_large(name: str, extent: Extent) -> str:
    return _(
        "The sheet “%(name)s” reaches to row %(rows)d and column %(columns)d. Delete what stands far out and save it."
    ) % {"name": name, "rows": extent.rows, "columns": extent.columns}


def _unreadable() -> ValidationError:
    return ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV."))
