"""Sheets of products as people and spreadsheets make them: read as they are shown, or named, and nothing in silence."""

import datetime
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.imports import columns
from catalog.models import SKU, SPU, Batch
from console.sheets import read
from tests.catalog.test_sheets import as_csv, as_xlsx, faults, imported, line, looked_through
from tests.conftest import FIELD_CASES
from tests.factories import free_category, make_image, make_spu
from tests.sheets import with_xml, workbook

pytestmark = pytest.mark.django_db(transaction=True)
State = Batch.State
PRICES = ["商品编号", "SKU 编号", "售价（元）", "库存"]


@pytest.fixture(autouse=True)
def category():
    return free_category()


@pytest.fixture
def product():
    """p with the SKUs p-1 to p-3, at 10 yuan and 5 pieces each."""
    skus = [{"out_sku_id": f"p-{nth}", "sale_price": 1000, "market_price": None, "stock_num": 5} for nth in (1, 2, 3)]
    return make_spu(out_product_id="p", skus=skus)


def prices(*rows, headers=PRICES, **how) -> SimpleUploadedFile:
    return SimpleUploadedFile("prices.xlsx", workbook([headers, *rows], **how).getvalue())


def reason(batch: Batch, row: int, column: str) -> str:
    return batch.rows.get(number=row).errors[column][0]


# --- cells


@pytest.mark.parametrize(
    ("cell", "fen"), [(199.79999999999998, 19980), (0.1 + 0.2, 30), (19.99, 1999), ('="12.50"', 1250)]
)
def test_a_number_is_read_as_it_is_shown(product, cell, fen):
    sheet = as_csv([{"out_product_id": "p", "out_sku_id": "p-1", "sale_price": cell}], columns.PRICES)
    imported(prices(["p", "p-1", cell, 5]) if isinstance(cell, float) else sheet)
    assert SKU.objects.get(out_sku_id="p-1").sale_price == fen


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (datetime.date(2026, 5, 1), "made a date"),
        (datetime.time(8, 30), "made a date"),
        (True, "made TRUE or FALSE"),
        (7.73123e17, "cut this number's digits"),
        ("7.73E+17", "shortened this number"),
        ("#REF!", "its formula found no value"),
        ("a\u200bb", "zero-width"),
    ],
)
def test_an_id_that_a_spreadsheet_has_spoilt_is_refused(cell, why):
    batch = looked_through(as_xlsx([line(out_sku_id=cell)]))
    assert why in reason(batch, 2, "out_sku_id")


def test_a_number_beyond_all_numbers_is_named(product):
    beyond = '<c r="B2"><v>1e400</v></c>'
    file = with_xml(workbook([PRICES, ["p", 5, 12, 5]]), '<c r="B2" t="n"><v>5</v></c>', beyond)
    batch = looked_through(SimpleUploadedFile("p.xlsx", file.getvalue()))
    assert "cut this number's digits" in reason(batch, 2, "out_sku_id")


def test_a_text_loses_what_no_page_shows():
    imported(as_csv([line(title="法式碎花\x0b连衣裙")]))
    assert SPU.objects.get().title == "法式碎花连衣裙"


def test_merged_cells_are_spread_within_a_product_and_named_beyond_it():
    rows = [
        ["p1", "法式碎花连衣裙 甲", 6040, "pages/p", "a", 10, 5, "颜色: 红"],
        [None, None, None, None, "b", None, 5, "颜色: 蓝"],
        ["p2", "法式碎花连衣裙 乙", 6040, "pages/p", "c", None, 5, ""],
    ]
    headers = ["商品编号", "标题", "类目", "页面路径", "SKU 编号", "售价", "库存", "规格"]
    within = SimpleUploadedFile("p.xlsx", workbook([headers, *rows[:2]], merged=["A2:A3", "B2:B3", "F2:F3"]).getvalue())
    batch = imported(within)
    assert (faults(batch), [sku.sale_price for sku in SKU.objects.all()]) == ({}, [1000, 1000])
    beyond = SimpleUploadedFile("p.xlsx", workbook([headers, *rows], merged=["F2:F4"]).getvalue())
    batch = looked_through(beyond)
    assert "merged with row 2, which is another product" in reason(batch, 4, "sale_price")


def test_a_sheet_is_found_behind_hidden_ones(product):
    imported(prices(["p", "p-1", 12, 5], hidden=[[["省", "市"]], [PRICES, ["p", "p-1", 99, 9]]]))
    assert SKU.objects.get(out_sku_id="p-1").sale_price == 1200


# --- nothing in silence


def test_columns_that_are_not_read_are_named(product):
    batch = looked_through(prices(["p", "p-1", 12, "x"], headers=["商品编号", "SKU 编号", "售价", "备注"]))
    assert (batch.state, batch.unknown, batch.to_import) == (State.CHECKED, ["备注"], 1)


def test_a_sheet_without_anything_to_read_fails_and_says_so(product):
    batch = looked_through(prices(["p", "p-1", 12], headers=["商品编号", "SKU 编号", "售价（分）"]))
    assert batch.state == State.FAILED
    assert "Columns that are not read: 售价（分）" in batch.message


def test_rows_that_change_nothing_are_counted_and_written_nowhere(product):
    before = SPU.objects.get().changed_at
    batch = imported(prices(["p", "p-1", 10, 5], ["p", "p-2", 10, 5]))
    assert (batch.good, batch.unchanged, batch.updated, batch.changes.count()) == (2, 2, 0, 0)
    assert SPU.objects.get().changed_at == before
    batch = imported(prices(["p", "p-1", 10, 5], ["p", "p-2", 11, 5]))
    assert (batch.unchanged, batch.updated) == (0, 1)


def test_the_same_sku_twice_is_named_at_both_rows(product):
    batch = looked_through(prices(["p", "p-1", 12, 5], ["q", "q-1", 13, 5], ["p", "p-1", 14, 5]))
    assert faults(batch) == {2: ["out_sku_id"], 3: ["out_product_id"], 4: ["out_sku_id"]}
    assert "on row 4 too" in reason(batch, 2, "out_sku_id")
    assert "on row 2 too" in reason(batch, 4, "out_sku_id")


def test_what_wechat_would_refuse_is_a_warning_of_the_preview():
    batch = looked_through(as_csv([line(1), line(2, title="测试商品连衣裙"), line(3, path="")]))
    assert (batch.good, batch.bad, batch.state) == (3, 0, State.CHECKED)
    told = {row: [warning["text"] for warning in batch.warnings if warning["row"] == row] for row in (2, 3, 4)}
    assert any(text.startswith("“测试” in the title") for text in told[3])
    assert "The product's page in the mini program is needed." in told[4]
    assert told[2] == ["At least one picture is needed."]
    assert batch.warned == len(batch.warnings)


def test_an_undo_says_how_many_products_it_restored(product, capsys):
    batch = imported(prices(["p", "p-1", 12, 5]))
    call_command("import_products", "--yes", undo=batch.pk)
    assert "1 restored; 0 deleted; 0 edited; 0 sent" in capsys.readouterr().out


# --- sizes


@pytest.mark.parametrize("place", ["XFD1048576", "ALL200000"])
def test_a_value_far_out_is_refused_before_the_sheet_is_read(product, place):
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    value = f'<row r="{row}"><c r="{place}" t="n"><v>1</v></c></row></sheetData>'
    file = with_xml(workbook([PRICES, ["p", "p-1", 12, 5]]), "</sheetData>", value)
    batch = looked_through(SimpleUploadedFile("p.xlsx", file.getvalue()))
    assert batch.state == State.FAILED
    assert f"reaches to row {row}" in batch.message


def test_a_lone_formatted_cell_far_out_is_no_fault(product):
    empty = '<row r="1048576"><c r="XFD1048576"/></row></sheetData>'
    file = with_xml(workbook([PRICES, ["p", "p-1", 12, 5]]), "</sheetData>", empty)
    assert imported(SimpleUploadedFile("p.xlsx", file.getvalue())).updated == 1


def test_a_broken_package_is_refused(product):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook")
    assert looked_through(SimpleUploadedFile("p.xlsx", out.getvalue())).state == State.FAILED


WORKBOOK = workbook([PRICES, ["p", "p-1", 12, 5], ["p", "p-2", 3.5, 5]], merged=["A2:A3"]).getvalue()


@settings(deadline=None, max_examples=200)
@given(flips=st.lists(st.tuples(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(flips):
    damaged = bytearray(WORKBOOK)
    for place, byte in flips:
        damaged[place] = byte
    try:
        list(read.table(io.BytesIO(bytes(damaged)), columns.headers(), {columns.KEY}).rows)
    except ValidationError:
        pass


def test_a_picture_that_is_only_named_is_a_change(product):
    image = make_image()
    name = str(image.file.name).rsplit("/", 1)[-1]
    rows = [{"out_product_id": "p", "title": product.title, "out_sku_id": "p-1", "thumb_img": name}]
    chosen = [column for column in columns.PRODUCTS if column.name in rows[0]]
    assert looked_through(as_csv(rows, chosen)).to_import == 1
    assert imported(as_csv(rows, chosen)).updated == 1
    assert looked_through(as_csv(rows, chosen)).to_import == 0


CELLS = st.one_of(
    st.none(),
    st.sampled_from(["p", "p-1", "p-2", "12.50", "#N/A", "=1+1"]),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1)),
    st.text(st.characters(categories=["L", "N", "P", "Cf"]), max_size=12),
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=6), min_size=1, max_size=6),
    merged=st.lists(st.sampled_from(["A2:A3", "C3:C5", "B2:D4"]), max_size=1),
)
def test_any_sheet_of_prices_is_counted_row_by_row(product, rows, merged):
    batch = looked_through(prices(*rows, merged=merged))
    if batch.state == State.CHECKED:
        assert batch.good + batch.bad == batch.total
        assert batch.rows.count() == batch.bad
    else:
        assert (batch.state, bool(batch.message)) == (State.FAILED, True)


@pytest.mark.skipif(not FIELD_CASES.exists(), reason="the field cases of ../shared are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("prices-computed-float.xlsx", {"p-1": (19980, 62)}),
        ("prices-hidden-first-sheet.xlsx", {"p-1": (10800, 69)}),
        ("prices-unknown-headers.xlsx", {"p-1": (7700, 33)}),
        ("prices-sku-twice-apart.xlsx", {2: ["out_sku_id"], 3: ["out_product_id"], 4: ["out_sku_id"]}),
        ("products-date-as-id.xlsx", {2: ["head_img", "out_sku_id", "sku_code"], 3: ["out_sku_id"]}),
    ],
)
def test_the_sheets_from_the_field(product, name, outcome):
    batch = looked_through(SimpleUploadedFile(name, (FIELD_CASES / name).read_bytes()))
    if batch.bad:
        assert faults(batch) == outcome
        return
    imported(SimpleUploadedFile(name, (FIELD_CASES / name).read_bytes()))
    skus = {sku.out_sku_id: (sku.sale_price, sku.stock_num) for sku in SKU.objects.filter(out_sku_id__in=outcome)}
    assert skus == outcome
