"""A large sheet that is read in blocks has the same cells as one that is read whole."""

import datetime
import io
import re
import zipfile
from unittest import mock

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.sheets import blocks, workbook
from tests.conftest import FIELD_CASES
from tests.sheets import with_xml
from tests.sheets import workbook as written

texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=8)
cells = st.one_of(
    st.none(),
    texts.filter(lambda text: not text.startswith("=")),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 1, 1)).map(
        lambda one: one.replace(microsecond=0)
    ),
    st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)),
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.sampled_from(["=A1", "#N/A", "</row>", "<!--", " a ", "\n"]),
)
tables = st.lists(st.lists(cells, max_size=5), max_size=12)


def read(file: io.BytesIO, rows: int) -> list:
    """All cells of all sheets, with their types, in blocks of so many rows."""
    file.seek(0)
    with mock.patch.object(blocks, "ROWS", rows):
        return [
            [(number, [(type(cell), cell) for cell in row]) for number, row in sheet]
            for sheet in workbook.sheets(file, {})
        ]


def is_split(file: io.BytesIO) -> bool:
    return all(extent.in_blocks for extent in workbook._extents(file).values())


@given(tables, st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_cells_are_the_same(table, rows, above):
    file = written([[]] * above + table)
    assert is_split(file)
    assert read(file, rows) == read(file, 10**9)


def with_shared_texts(file: io.BytesIO) -> io.BytesIO:
    """As Excel writes it: each text once, in a part of its own."""
    found: list[bytes] = []

    def shared(match: re.Match) -> bytes:
        found.append(match[2])
        return b'<c r="%s" t="s"><v>%d</v></c>' % (match[1], len(found) - 1)

    out = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w") as target:
        parts = {name: source.read(name) for name in source.namelist()}
        sheet = "xl/worksheets/sheet1.xml"
        cell = rb'<c r="(\w+)" t="inlineStr"><is>(.*?)</is></c>'
        parts[sheet] = re.sub(cell, shared, parts[sheet])
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        link = b'<Relationship Id="rId99" Type="%s" Target="sharedStrings.xml"/></Relationships>' % kind
        relations = "xl/_rels/workbook.xml.rels"
        parts[relations] = parts[relations].replace(b"</Relationships>", link)
        ends = b"".join(b"<si>%s</si>" % one for one in found)
        space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s">%s</sst>' % (space, ends)
        for name, content in parts.items():
            target.writestr(name, content)
    assert found
    return out


def test_texts_of_a_part_of_their_own_are_found_in_every_block():
    file = with_shared_texts(written([["商品编号", "标题"], *[[f"p{nth}", "法式 & 碎花"] for nth in range(20)]]))
    assert is_split(file)
    whole = read(file, 10**9)
    assert whole[0][20] == (21, [(str, "p19"), (str, "法式 & 碎花")])
    assert read(file, 3) == whole


def test_gaps_and_columns_of_one_block_alone_are_the_same():
    book = openpyxl.Workbook()
    for place, value in {"C3": "a", "C4": 1, "F9": "far", "D40": 2, "C41": "=1/0"}.items():
        book.active[place] = value
    file = io.BytesIO()
    book.save(file)
    assert is_split(file)
    whole = read(file, 10**9)
    assert [number for number, _cells in whole[0]] == list(range(1, 41))
    assert whole[0][2] == (3, [(type(None), None)] * 2 + [(str, "a"), (str, ""), (str, ""), (str, "")])
    for rows in (1, 2, 3):
        assert read(file, rows) == whole


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<sheetData>", "<!-- </row> --><sheetData>"),
        ("</sheetData>", "<!-- </row> --></sheetData>"),
        ('<row r="3">', "<row>"),
        ('<c r="A3" t="n">', '<c t="n">'),
        ("</worksheet>", '<mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>'),
    ],
)
def test_a_sheet_with_anything_else_in_it_is_read_whole(old, new):
    file = with_xml(written([["a", "b"], [1, 2], [3, 4], [5, 6]]), old, new)
    assert not is_split(file)
    assert read(file, 1) == read(file, 10**9)


@pytest.mark.skipif(not FIELD_CASES.exists(), reason="../shared/field-cases is not beside this checkout")
def test_sheets_from_the_field_are_the_same():
    files = sorted(FIELD_CASES.glob("*.xlsx"))
    assert files
    for path in files:
        file = io.BytesIO(path.read_bytes())
        assert read(file, 1) == read(file, 10**9), path.name


def test_the_rows_of_a_block_are_as_many_as_were_asked_for():
    file = written([[nth] for nth in range(23)])
    with mock.patch.object(blocks, "ROWS", 5), zipfile.ZipFile(file) as packed:
        parts = list(blocks.split(packed, "xl/worksheets/sheet1.xml"))
        counts = [zipfile.ZipFile(part).read("xl/worksheets/sheet1.xml").count(b"</row>") for part in parts]
    assert counts == [5, 5, 5, 5, 3]


def test_several_sheets_of_one_file_are_read_in_turn():
    book = openpyxl.Workbook()
    for name in ("first", "second", "third"):
        sheet = book.create_sheet(name)
        for nth in range(30):
            sheet.append([name, nth])
    file = io.BytesIO()
    book.save(file)
    with mock.patch.object(blocks, "ROWS", 4):
        # The next sheet begins while this one is not read to its end.
        begun = [[next(sheet, None), next(sheet, None)] for sheet in workbook.sheets(file, {})]
    assert begun == [[None, None], *([(1, [name, 0.0]), (2, [name, 1.0])] for name in ("first", "second", "third"))]


def test_a_sheet_that_is_damaged_further_on_is_named():
    file = written([["a"], *[[nth] for nth in range(20)]])
    broken = with_xml(file, '<c r="A15" t="n"><v>13</v></c>', '<c r="A15" t="n"><v>1<x>3</v></c>')
    with pytest.raises(ValidationError, match="cannot be read as a spreadsheet"):
        read(broken, 3)
