"""Lists of waybills as warehouses and shop systems write them: read, or named with how to mend them."""

import datetime
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import waybills
from orders.models import Parcel
from tests.conftest import FIELD_CASES
from tests.factories import make_user
from tests.sheets import with_xml, workbook
from wechat.values import waybill

HEADERS = ["订单号", "快递公司", "运单号"]
NUMBER = "SF1234567890123"


def read(*rows, headers=HEADERS, **how) -> list[waybills.Row]:
    return waybills.from_sheet(workbook([headers, *rows], **how))


@pytest.mark.parametrize(
    "cell",
    [
        "SF 1234 5678 9012 3",
        NUMBER + "\u200b",
        "ＳＦ１２３４５６７８９０１２３",
        "\u202aSF1234567890123\u202c",
        " SF1234567890123\t",
    ],
)
def test_a_waybill_is_read_without_what_nobody_sees(cell):
    (row,) = read(["o-1", "顺丰", cell])
    assert (row.waybill_id, row.fault) == (NUMBER, "")


@pytest.mark.parametrize(
    "cell",
    [
        f"{NUMBER}\nSF2345678901234",
        f"{NUMBER},SF2345678901234",
        f"{NUMBER} SF2345678901234",
        f"{NUMBER}、SF2345678901234",
    ],
)
def test_two_waybills_in_a_cell_are_a_question(cell):
    (row,) = read(["o-1", "顺丰", cell])
    assert row.fault.startswith("There are 2 waybills in one cell.")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (773123456789012345, "cut this number's digits"),
        (7.73123e17, "cut this number's digits"),
        ("7.73123E+17", "shortened this number"),
        ("#N/A", "its formula found no value"),
        (datetime.date(2026, 5, 1), "made a date"),
        (True, "made TRUE or FALSE"),
        ("SF123?456", "letters, digits and “-” only"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_named(cell, why):
    (row,) = read(["o-1", "顺丰", cell])
    assert why in row.fault


def test_a_formula_that_was_never_calculated_is_named():
    file = with_xml(
        workbook([HEADERS, ["o-1", "顺丰", 5]]), '<c r="C2" t="n"><v>5</v></c>', '<c r="C2"><f>A1&amp;"x"</f></c>'
    )
    assert "never calculated" in waybills.from_sheet(file)[0].fault


def test_a_failed_look_up_is_named():
    file = with_xml(
        workbook([HEADERS, ["o-1", "顺丰", 5]]), '<c r="C2" t="n"><v>5</v></c>', '<c r="C2" t="e"><v>#N/A</v></c>'
    )
    assert "#N/A" in waybills.from_sheet(file)[0].fault


@pytest.mark.parametrize("pieces", ["1件", "1.5", "-1", "0", 1.5, "１", "9" * 5000])
def test_pieces_are_a_whole_number(pieces):
    (row,) = read(["o-1", "顺丰", NUMBER, "sku", pieces], headers=[*HEADERS, "SKU", "数量"])
    assert "is no number of pieces" in row.fault


@pytest.mark.parametrize(
    "headers",
    [
        ["订单编号（必填）", "物流公司", "快递单号(必填)"],
        ["* 订单号", " 快递 公司：", "运单号 *"],
        ["out_order_id", "delivery_id", "waybill_id"],
    ],
)
def test_headers_are_known_with_their_notes(headers):
    (row,) = read(["o-1", "顺丰", NUMBER], headers=headers)
    assert (row.out_order_id, row.express, row.waybill_id) == ("o-1", "顺丰", NUMBER)


def test_the_first_visible_sheet_with_the_headers_is_read():
    assert (
        read(["o-1", "顺丰", NUMBER], hidden=[[["省"], ["广东"]], [HEADERS, ["x", "y", "z"]]])[0].out_order_id == "o-1"
    )


def test_merged_cells_are_spread_within_an_order_and_named_beyond_it():
    sku = [*HEADERS, "SKU"]
    rows = read(
        ["o-1", "顺丰", NUMBER, "red"], [None, None, None, "blue"], headers=sku, merged=["A2:A3", "B2:B3", "C2:C3"]
    )
    assert [(row.out_order_id, row.waybill_id, row.fault) for row in rows] == [("o-1", NUMBER, "")] * 2
    rows = read(["o-1", "顺丰", NUMBER], ["o-2", "顺丰", None], merged=["C2:C3"])
    assert [row.fault for row in rows] == ["", "This row is merged with row 2, which is another order: unmerge it."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in_what_spreadsheets_write(encoding):
    text = "订单号,快递公司,运单号\no-1,顺丰,SF1234567890123\n"
    (row,) = waybills.from_sheet(io.BytesIO(text.encode(encoding)))
    assert (row.express, row.waybill_id) == ("顺丰", NUMBER)


def test_the_quotes_that_keep_a_number_whole_are_taken_off():
    text = '订单号,快递公司,运单号\n="0012",顺丰,"=""773123456789012345"""\n'
    (row,) = waybills.from_sheet(io.BytesIO(text.encode()))
    assert (row.out_order_id, row.waybill_id) == ("0012", "773123456789012345")


def test_one_stray_byte_is_named_by_its_line():
    text = "订单号,快递公司,运单号\no-1,顺丰速运,SF1\no-2,中通快递,SF2\n".encode().replace(b"SF2", b"\xffSF2")
    with pytest.raises(Exception, match="Line 3 holds a character"):
        waybills.from_sheet(io.BytesIO(text))


def test_html_that_calls_itself_excel_is_read():
    cells = "<tr><th>订单号<th>快递公司<th>运单号<tr><td>o-1<td>顺丰<td>"
    page = f"<html><meta charset=utf-8><table>{cells}{NUMBER}</table></html>"
    (row,) = waybills.from_sheet(io.BytesIO(page.encode()))
    assert (row.out_order_id, row.waybill_id) == ("o-1", NUMBER)


FILLED = st.sampled_from(["o-1", NUMBER, "顺丰"]) | st.text(max_size=12).map(
    lambda text: "".join(c for c in text if c.isprintable())
)
CELLS = st.one_of(
    st.none(),
    FILLED,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1)),
    st.sampled_from(["#N/A", "=1+1", "7.7E+17"]),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=5),
    hidden=st.lists(st.just([["省"], ["广东"]]), max_size=2),
    merged=st.lists(st.sampled_from(["A2:A3", "C3:C4", "B2:C3"]), max_size=1),
    headers=st.permutations([*HEADERS, "SKU", "数量"]),
)
def test_any_sheet_gives_rows_that_can_be_shipped_or_are_named(rows, hidden, merged, headers):
    for row in read(*rows, headers=list(headers), hidden=hidden, merged=merged):
        if not row.fault and row.waybill_id:
            assert row.waybill_id == waybill(row.waybill_id)
            assert row.pieces == "" or int(row.pieces) > 0


@pytest.mark.skipif(not FIELD_CASES.exists(), reason="the field cases of ../shared are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("waybill-number-18-digits.xlsx", ["cut this number", "shortened", ""]),
        ("waybill-two-in-one-cell.xlsx", ["2 waybills"]),
        ("waybill-newline.xlsx", ["2 waybills"]),
        ("waybill-blanks-zero-width.xlsx", ["SF123456789012", "SF1234567890123", "SF1234567890"]),
        ("waybill-header-required-note.xlsx", [NUMBER]),
        ("waybill-hidden-first-sheet.xlsx", [NUMBER]),
        ("waybill-lookup-failed.xlsx", [NUMBER, "#N/A"]),
        ("waybill-tab-suffix.csv", ["773123456789012345"]),
        ("orders-html.xls", [NUMBER]),
    ],
)
def test_the_lists_from_the_field(name, expected):
    rows = waybills.from_sheet(io.BytesIO((FIELD_CASES / name).read_bytes()))
    assert len(rows) == len(expected)
    for row, part in zip(rows, expected, strict=True):
        assert part in (row.fault or row.waybill_id)


# --- the other doors


def test_the_api_normalises_a_waybill_and_refuses_what_is_none(paid, client):
    client.force_login(make_user("owner"))
    order, url = paid(), "/api/v1/orders/{}/ship_order/"
    wrong = {"parcels": [{"delivery_id": "SF", "waybill_id": "SF1?2"}]}
    answer = client.post(url.format(order.out_order_id), wrong, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["parcels[0].waybill_id"])
    right = {"parcels": [{"delivery_id": "SF", "waybill_id": "ＳＦ 1234\u200b5678"}]}
    assert client.post(url.format(order.out_order_id), right, content_type="application/json").status_code == 200
    assert Parcel.objects.get().waybill_id == "SF12345678"


@pytest.mark.parametrize("pieces", ["1件", "1.5", "-1"])
def test_pieces_on_the_orders_page_are_a_whole_number(paid, client, pieces):
    client.force_login(make_user("owner"))
    order = paid()
    fields = {"delivery_id": "SF", "waybill_id": "SF1", f"line-{order.lines.first().pk}": pieces}
    page = client.post(f"/admin/orders/order/{order.pk}/add_parcel/", fields, follow=True)
    assert "is no number of pieces" in page.content.decode()
    assert not Parcel.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("pieces", "x"), ("pieces", "9" * 90), ("waybill", "SF?1"), ("delivery", "\0")]
)
def test_what_was_confirmed_is_looked_at_again(paid, client, name, value):
    client.force_login(make_user("warehouse"))
    order = paid()
    fields = {"order": order.out_order_id, "delivery": "SF", "waybill": "SF1", "sku": "red", "pieces": "1", name: value}
    sent = {"confirmed": "1", "row": "1"} | {f"{key}-1": cell for key, cell in fields.items()}
    page = client.post("/admin/orders/order/ship-many/", sent, follow=True)
    assert "Nothing was shipped." in page.content.decode()
    assert not Parcel.objects.exists()


def test_a_nul_in_an_id_of_a_form_finds_nothing(paid, client):
    client.force_login(make_user("warehouse"))
    order = paid()
    fields = {"delivery_id": "SF\0", "waybill_id": "SF1\0"}
    assert client.post(f"/admin/orders/order/{order.pk}/add_parcel/", fields, follow=True).status_code == 200
    assert not Parcel.objects.exists()
