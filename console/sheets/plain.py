"""Tables as text: CSV in the encodings of Chinese spreadsheets, and the HTML that shop systems save as .xls."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree, html

from .columns import Cell

csv.field_size_limit(1_000_000)
MAX_HTML = 20 * 1024 * 1024  # bytes; a page is read whole


def is_html(start: bytes) -> bool:
    head = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return head.startswith(b"<") and (b"<table" in head or b"<html" in head or b"<!doctype" in head or b"<?xml" in head)


def html_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of the page's tables, one after the other."""
    body = file.read(MAX_HTML + 1)
    file.seek(0)
    if len(body) > MAX_HTML:
        raise ValidationError(_("The page is too large to be read as a sheet. Save it as XLSX."))
    try:
        root = html.fromstring(body.decode(_encoding(file)))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable() from error
    rows: Any = root.xpath("//tr")  # elements, whatever the stubs think possible
    if not rows:
        raise ValidationError(_("This is no Excel file, whatever its name says. Open it, and save it as XLSX or CSV."))
    for number, row in enumerate(rows, 1):
        yield number, ["".join(cell.itertext()).strip() for cell in row.xpath("./td|./th")]


def csv_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        try:
            start = text.readline(100_000)
        except UnicodeError as error:
            raise _unreadable() from error
        if "\0" in start:
            raise _unreadable()
        delimiter = max(",;\t", key=start.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for cells in reader:
                yield reader.line_num, list(cells)
        except (csv.Error, UnicodeError) as error:
            raise ValidationError(
                _("Line %(line)d cannot be read: %(why)s") % {"line": reader.line_num + 1, "why": error}
            ) from error
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    """UTF-16 by its mark; UTF-8; else what Chinese spreadsheets write. Raises ValidationError for a mixture."""
    start = file.read(2)
    file.seek(0)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if not (line := _first_broken_line(file, "utf-8")):
        return "utf-8-sig"
    if not _is_mostly_utf8(file) and not (line := _first_broken_line(file, "gb18030")):
        return "gb18030"
    raise ValidationError(
        _("Line %(line)d holds a character that is neither UTF-8 nor GBK. Write it anew, or save the sheet as XLSX.")
        % {"line": line}
    )


def _first_broken_line(file: IO[bytes], encoding: str) -> int:
    """The first line that is not in this encoding, from 1; 0 where all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        while chunk := file.read(1 << 16):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            line += chunk.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
        return 0
    finally:
        file.seek(0)


def _is_mostly_utf8(file: IO[bytes]) -> bool:
    """Whether most of what is not ASCII is UTF-8: one stray byte does not make GBK of a whole sheet."""
    start = file.read(1 << 20)
    file.seek(0)
    text = start.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken
    return whole > 2 * broken


def _unreadable() -> ValidationError:
    return ValidationError(_("The file cannot be read as a spreadsheet. Save it as XLSX or CSV."))
