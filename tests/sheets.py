"""Workbooks as people and programs write them: what openpyxl does not write is put into the file by hand."""

import io
import zipfile

from openpyxl import Workbook


def workbook(rows, *, hidden=(), merged=(), title="1") -> io.BytesIO:
    """A visible sheet of these rows, after hidden ones; `merged` are ranges such as "A2:A3"."""
    book = Workbook()
    book.remove(book.active)
    for nth, before in enumerate(hidden):
        sheet = book.create_sheet(f"hidden {nth}")
        sheet.sheet_state = "hidden"
        for row in before:
            sheet.append(row)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    book.active = sheet
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def with_xml(file: io.BytesIO, old: str, new: str) -> io.BytesIO:
    """The workbook with something else in its first sheet's XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(name, content)
    out.seek(0)
    return out
