"""A large worksheet in blocks of rows: each is a small workbook of its own, so that the reader never holds all rows.

The reader keeps every cell of the sheet that it opens. A block has the workbook's styles and texts, and the sheet with
only so many rows, at their places; so its cells are what they are in the whole sheet.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

ROWS = 5_000  # in a block
READ = 1 << 18  # bytes
_HEAD = re.compile(rb"\A[^<]*(?:<\?xml[^>]*\?>)?[^<]*<worksheet[\s>].*?<sheetData[^>/]*>", re.DOTALL)
_END = b"</row>"
MOST_HEAD = 1 << 20  # bytes before the first row


class Watched:
    """A part of the package as it is read, and whether it has comments or raw text, in which anything may stand."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._last = stream, b""
        self.is_plain = True

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        if b"<!" in self._last + chunk:
            self.is_plain = False
        self._last = chunk[-1:]
        return chunk


def split(packed: zipfile.ZipFile, path: str) -> Iterator[io.BytesIO] | None:
    """Workbooks with ROWS rows each of the sheet in `path`; None where it does not begin as sheets do."""
    with packed.open(path) as stream:
        start = stream.read(MOST_HEAD)
    head = _HEAD.match(start)
    return _workbooks(packed, path, head.group()) if head else None


def _workbooks(packed: zipfile.ZipFile, path: str, head: bytes) -> Iterator[io.BytesIO]:
    base = _without_sheets(packed)
    for rows in _rows(packed, path, len(head)):
        file = io.BytesIO()
        file.write(base)
        with zipfile.ZipFile(file, "a") as book, book.open(path, "w") as sheet:
            for markup in (head, *rows, b"</sheetData></worksheet>"):
                sheet.write(markup)
        file.seek(0)
        yield file


def _without_sheets(packed: zipfile.ZipFile) -> bytes:
    """What lies beside the sheets: styles, texts, and what says where they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name in packed.namelist():
            if name.count("/") <= 1 or name.casefold().startswith("xl/_rels/"):
                with packed.open(name) as source, book.open(name, "w") as target:
                    while chunk := source.read(READ):
                        target.write(chunk)
    return file.getvalue()


def _rows(packed: zipfile.ZipFile, path: str, begin: int) -> Iterator[list[bytes]]:
    """The markup of ROWS rows after the other."""
    with packed.open(path) as stream:
        stream.read(begin)
        pieces: list[bytes] = []
        rest = b""
        while chunk := stream.read(READ):
            chunk = rest + chunk
            end = chunk.find(b"</sheetData")
            is_last = end >= 0
            *rows, rest = (chunk[:end] if is_last else chunk).split(_END)
            for row in rows:
                pieces += (row, _END)
                if len(pieces) == 2 * ROWS:
                    yield pieces
                    pieces = []
            if is_last:
                break
        if pieces or rest.strip():
            yield [*pieces, rest]
