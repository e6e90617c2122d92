"""Products in and out by the sheet: what is read, what is named as wrong, what is written, resumed and undone."""

import csv
import io
import zipfile
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
import responses
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.imports import batches, columns, sheet_rows
from catalog.imports.pictures import Pictures
from catalog.models import SKU, SPU, Batch, BatchChange, Brand, SPUPicture, Unsent
from catalog.operations import submit_spu, update_spu_without_audit
from console.money import fen, yuan
from console.sheets import write
from tests.factories import free_category, make_brand, make_image, make_spu, make_user, picture
from wechat.models import Image
from wechat.steps import actors

pytestmark = pytest.mark.django_db(transaction=True)
State = Batch.State


@pytest.fixture(autouse=True)
def category():
    return free_category()


def line(number: int = 1, **cells) -> dict:
    """A row that is right as it stands."""
    known = {
        "out_product_id": f"p{number}",
        "title": f"法式碎花连衣裙 {number}",
        "third_cat_id": "6040",
        "path": f"pages/p?id={number}",
        "out_sku_id": f"s{number}",
        "sale_price": "19.99",
        "stock_num": "5",
    }
    return {name: cell for name, cell in {**known, **cells}.items() if cell is not None}


def as_csv(rows, chosen=columns.PRODUCTS, *, encoding="utf-8-sig", delimiter=",") -> SimpleUploadedFile:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([column.name for column in chosen])
    writer.writerows([[row.get(column.name, "") for column in chosen] for row in rows])
    return SimpleUploadedFile("products.csv", out.getvalue().encode(encoding))


def as_xlsx(rows, chosen=columns.PRODUCTS) -> SimpleUploadedFile:
    """As a person's own spreadsheet program writes it: numbers as numbers."""
    book = openpyxl.Workbook()
    book.active.append([str(column.title) for column in chosen])
    for row in rows:
        book.active.append([row.get(column.name) for column in chosen])
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("products.xlsx", out.getvalue())


def zipped(**files: bytes) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name.replace("_dot_", "."), content)
    return SimpleUploadedFile("pictures.zip", out.getvalue())


def looked_through(sheet, pictures=None) -> Batch:
    batch = batches.create(sheet, pictures)
    batches.work(batch.pk)
    batch.refresh_from_db()
    return batch


def imported(sheet, pictures=None) -> Batch:
    batch = looked_through(sheet, pictures)
    assert batches.start(batch)
    batches.work(batch.pk)
    batch.refresh_from_db()
    return batch


def faults(batch: Batch) -> dict[int, list[str]]:
    return {row.number: sorted(row.errors) for row in batch.rows.all()}


# --- money


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("19.99", 1999),
        (19.99, 1999),
        ("0.29", 29),
        (0.29, 29),
        ("1.15", 115),
        (1.15, 115),
        (4.35, 435),
        (8.2, 820),
        ("¥1,234.50", 123450),
        ("１９", 1900),
        (199, 19900),
        ("199元", 19900),
        (Decimal("0.01"), 1),
        (1.1 + 2.2, None),
        ("21474836.47", 2**31 - 1),
    ],
)
def test_yuan_become_fen_exactly(given, expected):
    if expected is None:
        with pytest.raises(ValidationError):
            fen(given)
    else:
        assert fen(given) == expected


def test_no_amount_of_yuan_loses_a_fen_on_its_way_through_a_spreadsheet():
    """Each price to 300 yuan, as text and as the float that a spreadsheet makes of it."""
    for amount in range(30_000):
        assert fen(yuan(amount)) == amount
        assert fen(float(yuan(amount))) == amount


@pytest.mark.parametrize("given", ["", "abc", "1.999", "-1", "NaN", "Infinity", "1e400", "21474836.48", "十九"])
def test_what_is_no_amount_is_named(given):
    with pytest.raises(ValidationError):
        fen(given)


# --- reading


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_a_sheet_becomes_products(make):
    row = line(sale_price=19.99, market_price=29, stock_num=5, sku_attrs="颜色: 红; 尺码: M", desc="棉", barcode="0690")
    batch = imported(make([row]))
    assert (batch.state, batch.good, batch.bad, batch.created) == (State.IMPORTED, 1, 0, 1)
    spu = SPU.objects.get()
    assert (spu.out_product_id, spu.title, spu.category_id, spu.desc) == ("p1", "法式碎花连衣裙 1", 6040, "棉")
    sku = spu.skus.get()
    assert (sku.sale_price, sku.market_price, sku.stock_num, sku.barcode) == (1999, 2900, 5, "0690")
    assert sku.sku_attrs == [{"attr_key": "颜色", "attr_value": "红"}, {"attr_key": "尺码", "attr_value": "M"}]
    assert spu.unsent == Unsent.REVIEW


def test_rows_of_one_product_are_its_skus():
    rows = [line(), {"out_sku_id": "s2", "sale_price": "9", "stock_num": "1"}, line(2)]
    imported(as_csv(rows))
    assert [(spu.out_product_id, spu.skus.count()) for spu in SPU.objects.order_by("id")] == [("p1", 2), ("p2", 1)]


def test_a_dry_run_changes_nothing():
    batch = looked_through(as_csv([line(), line(2, sale_price="x")]))
    assert (batch.state, batch.good, batch.bad, SPU.objects.count()) == (State.CHECKED, 1, 1, 0)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"third_cat_id": "没有这个类目"}, "third_cat_id"),
        ({"brand_id": "没有授权的牌子"}, "brand_id"),
        ({"sale_price": "十九"}, "sale_price"),
        ({"sale_price": "19.999"}, "sale_price"),
        ({"sale_price": ""}, "sale_price"),
        ({"sale_price": "0"}, "sale_price"),
        ({"market_price": "1"}, "market_price"),
        ({"stock_num": "许多"}, "stock_num"),
        ({"stock_num": "-1"}, "stock_num"),
        ({"stock_num": "0"}, "stock_num"),
        ({"stock_num": "1.5"}, "stock_num"),
        ({"out_sku_id": ""}, "out_sku_id"),
        ({"out_product_id": ""}, "out_product_id"),
        ({"out_product_id": "1.23457E+17"}, "out_product_id"),
        ({"sku_attrs": "红"}, "sku_attrs"),
        ({"head_img": "a.jpg"}, "head_img"),
        ({"head_img": "http://example.com/a.jpg"}, "head_img"),
        ({"scene_group_list": "x"}, "scene_group_list"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(cells, column):
    batch = looked_through(
        as_csv([line(), line(2, **cells), line(3)] if cells != {"out_product_id": ""} else [line(2, **cells)])
    )
    assert list(faults(batch).values()) == [[column]]
    (row,) = batch.rows.all()
    assert row.number == (3 if batch.total == 3 else 2)
    assert all(line for lines in row.errors.values() for line in lines)


def test_all_that_is_wrong_with_a_row_is_said_at_once():
    batch = looked_through(as_csv([line(sale_price="x", stock_num="y", third_cat_id="z", head_img="a.png")]))
    assert faults(batch) == {2: ["head_img", "sale_price", "stock_num", "third_cat_id"]}


def test_a_fault_in_one_sku_holds_its_whole_product_back():
    rows = [line(), {"out_sku_id": "s2", "sale_price": "x", "stock_num": "1"}, line(2)]
    batch = imported(as_csv(rows))
    assert faults(batch) == {2: ["out_product_id"], 3: ["sale_price"]}
    assert "row 3" in batch.rows.get(number=2).errors["out_product_id"][0]
    assert [spu.out_product_id for spu in SPU.objects.all()] == ["p2"]


def test_ids_stay_text_whatever_the_spreadsheet_thinks_of_them():
    imported(as_csv([line(out_product_id="007", out_sku_id="0001", barcode="06901234567892")]))
    sku = SKU.objects.get()
    assert (sku.spu.out_product_id, sku.out_sku_id, sku.barcode) == ("007", "0001", "06901234567892")


def test_an_id_that_is_a_number_in_the_sheet_keeps_its_digits():
    imported(as_xlsx([line(out_product_id=1234567890123, out_sku_id=42)]))
    assert (SPU.objects.get().out_product_id, SKU.objects.get().out_sku_id) == ("1234567890123", "42")


def test_an_id_whose_digits_the_spreadsheet_has_cut_is_refused():
    batch = looked_through(as_xlsx([line(out_product_id=12345678901234567890)]))
    assert faults(batch) == {2: ["out_product_id"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_as_spreadsheets_write_it(encoding, delimiter):
    imported(as_csv([line()], encoding=encoding, delimiter=delimiter))
    assert SPU.objects.get().title == "法式碎花连衣裙 1"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_headers_are_understood_in_both_languages(language):
    from django.utils import translation

    with translation.override(language):
        sheet = as_xlsx([line()])
    imported(sheet)
    assert SPU.objects.count() == 1


@pytest.mark.parametrize(
    "named", ["6040", "服饰内衣 > 女装 > 连衣裙", "服饰内衣›女装›连衣裙", "服饰内衣/女装/连衣裙", "连衣裙"]
)
def test_a_category_is_found_by_id_path_or_name(named):
    imported(as_csv([line(third_cat_id=named)]))
    assert SPU.objects.get().category_id == 6040


def test_a_brand_is_found_by_name_or_id():
    Brand.objects.create(brand_id=10001, brand_wording="茶里 ChaLi")
    imported(as_csv([line(1, brand_id="茶里 chali"), line(2, brand_id="10001"), line(3, brand_id="无品牌")]))
    assert list(SPU.objects.order_by("id").values_list("brand_id", flat=True)) == [10001, 10001, None]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"not a sheet"),
        ("a.csv", b"no,headers\n1,2\n"),
        ("a.csv", b""),
        ("a.csv", b"\x00\x01\x02"),
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.csv", b"out_product_id,out_product_id\n1,2\n"),
        ("a.csv", b"out_product_id,title\n"),
    ],
)
def test_what_is_no_sheet_says_so(name, content):
    batch = looked_through(SimpleUploadedFile(name, content))
    assert (batch.state, batch.message != "", SPU.objects.count()) == (State.FAILED, True, 0)


def test_only_sheets_are_taken():
    with pytest.raises(ValidationError):
        batches.create(SimpleUploadedFile("a.pdf", b"%PDF"))


def test_a_spreadsheet_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("console.sheets.workbook.MAX_UNPACKED", 1000)
    batch = looked_through(as_xlsx([line()]))
    assert batch.state == State.FAILED


def test_a_formula_is_never_evaluated_nor_kept_as_one():
    """What a cell shows is read; what begins like a formula is text that goes out escaped."""
    imported(as_csv([line(title="=HYPERLINK(1)", desc="-5 度可穿")]))
    assert SPU.objects.get().title == "=HYPERLINK(1)"
    text = "".join(write.csv_lines(columns.PRODUCTS, sheet_rows.product_rows(SPU.objects.all())))
    assert "'=HYPERLINK(1)" in text
    assert "'-5 度可穿" in text
    book = openpyxl.load_workbook(io.BytesIO(write.xlsx(columns.PRODUCTS, sheet_rows.product_rows(SPU.objects.all()))))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row if cell.value is not None} == {"s"}


# --- pictures


def test_pictures_come_from_the_zip_in_their_order():
    first, second, thumb = picture(), picture(), picture("JPEG")
    batch = imported(
        as_csv([line(head_img="b.png | a.png", imgs="a.png", thumb_img="t.jpg")]),
        zipped(a_dot_png=first, b_dot_png=second, t_dot_jpg=thumb),
    )
    assert batch.bad == 0
    spu = SPU.objects.with_content().get()
    assert [image.name for image in spu.links("head_img")] == ["b.png", "a.png"]
    assert spu.links("imgs") == [spu.links("head_img")[1]]
    assert SKU.objects.get().thumb_img.name == "t.jpg"


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG" + b"0" * 3_000_000])
def test_a_bad_picture_stops_its_row_and_is_named(content):
    """One that fails is never dropped in silence."""
    batch = imported(as_csv([line(1, head_img="a.png"), line(2)]), zipped(a_dot_png=content))
    assert faults(batch) == {2: ["head_img"]}
    assert [spu.out_product_id for spu in SPU.objects.all()] == ["p2"]


def test_names_that_chinese_systems_zip_are_found():
    """They write the names in their own encoding and do not say so."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("AAAA.png", picture())
    # The same bytes with the name as such a system writes it.
    assert len("主图".encode("gb18030")) == 4
    content = out.getvalue().replace(b"AAAA.png", "主图".encode("gb18030") + b".png")
    found = Pictures(io.BytesIO(content))
    assert list(found.look({"主图.png", "没有.png"})) == ["没有.png"]


def test_the_same_name_in_two_folders_needs_the_folder():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("x/a.png", picture())
        file.writestr("y/a.png", picture())
    found = Pictures(packed)
    assert list(found.look({"a.png", "x/a.png"})) == ["a.png"]


@responses.activate
def test_an_https_address_is_fetched_when_the_row_is_taken(monkeypatch):
    import requests

    monkeypatch.setattr("catalog.imports.pictures.outside", SimpleNamespace(send_request=requests.request))
    responses.get("https://cdn.example.com/a.png", picture(), content_type="image/png")
    responses.get("https://cdn.example.com/gone.png", status=404)
    responses.get("https://cdn.example.com/moved.png", status=302, headers={"Location": "http://127.0.0.1/"})
    sheet = as_csv(
        [
            line(nth, head_img=f"https://cdn.example.com/{name}.png")
            for nth, name in enumerate(("a", "gone", "moved"), 1)
        ]
    )
    batch = looked_through(sheet)
    assert (batch.bad, len(responses.calls)) == (0, 0)
    batches.start(batch)
    batches.work(batch.pk)
    assert faults(batch) == {3: ["head_img"], 4: ["head_img"]}
    assert SPU.objects.get().pictures.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/a.png",
        "https://localhost/a.png",
        "https://10.0.0.1/a.png",
        "https://192.168.1.1/a.png",
        "https://172.16.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://[fe80::1]/a.png",
        "https://[fd00::1]/a.png",
        "https://[::ffff:127.0.0.1]/a.png",
        "https://0.0.0.0/a.png",
        "https://2130706433/a.png",
        "https://0x7f000001/a.png",
        "https://0177.0.0.1/a.png",
        "https://127.1/a.png",
        "http://example.com/a.png",
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "gopher://example.com/a.png",
        "https://user:pass@example.com/a.png",
    ],
)
def test_addresses_inside_are_never_fetched(address):
    """Private, link-local, loopback, odd forms of them, and every other scheme."""
    images, said = Pictures().get({address})
    assert images == {}
    assert address in said[address]


def test_a_name_that_turns_inward_after_the_check_is_not_followed(monkeypatch):
    """The address that was checked is the one that is connected to: a second look-up never happens."""
    import socket

    answers = [("93.184.216.34", 443), ("127.0.0.1", 443)]
    looked = []

    def rebinding(host, port, *rest, **more):
        if host != "rebind.example.com":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        looked.append(host)
        ip = answers[min(len(looked) - 1, 1)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ip)]

    connected = []

    def refuse(self, address):
        connected.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    _images, said = Pictures().get({"https://rebind.example.com/a.png"})
    assert said
    assert (len(looked), [address[0] for address in connected]) == (1, ["93.184.216.34"])


def test_a_picture_we_have_is_found_by_its_address_or_its_bytes():
    image = make_image()
    Image.objects.filter(pk=image.pk).update(link="https://mmecimage.cn/p/x/1")
    names = f"https://mmecimage.cn/p/x/1 | {image.sha256}.png"
    imported(as_csv([line(head_img=names)]))
    assert [place.image_id for place in SPUPicture.objects.all()] == [image.pk, image.pk]


# --- writing


def test_what_is_exported_comes_back_unchanged(platform):
    Brand.objects.create(brand_id=10001, brand_wording="茶里")
    spus = [
        make_spu(
            desc="第一行\n第二行",
            imgs=[make_image()],
            brand=Brand.objects.get(),
            info_version="=1",
            skus=[{"market_price": 29900, "sku_attrs": [{"attr_key": "颜色", "attr_value": "红: 深"}]}, {}],
        ),
        make_spu(direct_path="pages/buy"),
    ]
    submit_spu(spus[1])
    for kind in ("csv", "xlsx"):
        rows = sheet_rows.product_rows(SPU.objects.order_by("id"))
        content = (
            "".join(write.csv_lines(columns.PRODUCTS, rows)).encode()
            if kind == "csv"
            else write.xlsx(columns.PRODUCTS, rows)
        )
        batch = imported(SimpleUploadedFile(f"back.{kind}", content))
        assert (batch.bad, batch.updated, batch.created, batch.unchanged) == (0, 0, 0, 3), faults(batch)
        assert not batch.changes.exists()
    assert SPU.objects.get(pk=spus[1].pk).unsent == Unsent.NOTHING


def test_the_template_is_a_sheet_that_can_be_brought(category):
    batch = looked_through(SimpleUploadedFile("t.xlsx", write.template(columns.PRODUCTS)))
    assert faults(batch) == {2: ["head_img"]}  # its example names pictures
    batch = looked_through(SimpleUploadedFile("t.xlsx", write.template(columns.PRICES)))
    assert (batch.kind, faults(batch)) == (Batch.Kind.PRICES, {2: ["out_product_id"]})


def test_the_rows_not_taken_come_back_mended():
    batch = imported(as_csv([line(1), line(2, sale_price="十九"), line(3)]))
    content = write.xlsx([*columns.PRODUCTS, columns.FAULTS], sheet_rows.faulty_rows(batch))
    book = openpyxl.load_workbook(io.BytesIO(content))
    heads = [cell.value for cell in book.active[1]]
    assert "Price" in book.active.cell(2, len(heads)).value
    book.active.cell(2, heads.index("Price (yuan)") + 1).value = "19"
    out = io.BytesIO()
    book.save(out)
    assert imported(SimpleUploadedFile("mended.xlsx", out.getvalue())).created == 1
    assert SPU.objects.count() == 3


# --- prices and stock alone


def test_a_small_sheet_changes_prices_and_stock_only(platform):
    spu = make_spu(skus=[{"sku_code": "keep"}])
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    from catalog.operations import refresh_spu

    refresh_spu(spu)
    row = {
        "out_product_id": spu.out_product_id,
        "out_sku_id": f"{spu.out_product_id}-0",
        "sale_price": "99.9",
        "stock_num": "0",
    }
    batch = imported(as_csv([row], columns.PRICES))
    assert (batch.kind, batch.updated) == (Batch.Kind.PRICES, 1)
    sku = spu.skus.get()
    assert (sku.sale_price, sku.stock_num, sku.sku_code) == (9990, 0, "keep")
    spu.refresh_from_db()
    assert spu.unsent == Unsent.FREE
    update_spu_without_audit(spu)
    assert platform.product(spu.out_product_id).online["skus"][0]["sale_price"] == 9990


def test_prices_of_what_is_not_there_are_named():
    spu = make_spu()
    rows = [
        {"out_product_id": "nobody", "out_sku_id": "x", "sale_price": "1"},
        {"out_product_id": spu.out_product_id, "out_sku_id": "x", "sale_price": "1"},
    ]
    assert faults(looked_through(as_csv(rows, columns.PRICES))) == {2: ["out_product_id"], 3: ["out_sku_id"]}


# --- changing what is there


def test_what_a_sheet_does_not_say_stays():
    spu = make_spu(title="旧标题旧标题", desc="旧描述")
    chosen = [columns.PRODUCTS[0], columns.PRODUCTS[1], columns.SKU_ID]
    imported(
        as_csv(
            [{"out_product_id": spu.out_product_id, "title": "新标题新标题", "out_sku_id": f"{spu.out_product_id}-0"}],
            chosen,
        )
    )
    spu = SPU.objects.with_content().get()
    assert (spu.title, spu.desc, spu.path != "", len(spu.links("head_img"))) == ("新标题新标题", "旧描述", True, 1)
    assert (spu.skus.get().sale_price, spu.skus.get().stock_num) == (19900, 10)


def test_a_used_up_id_is_refused():
    spu = make_spu(out_product_id="p1")
    SPU.objects.update(removed_at=timezone.now())
    batch = looked_through(as_csv([line()]))
    assert "never takes it again" in batch.rows.get().errors["out_product_id"][0]
    assert spu.title == SPU.objects.get().title


def test_a_product_in_two_places_is_refused_at_both():
    batch = imported(as_csv([line(1), line(2), line(1, out_sku_id="other")]))
    assert faults(batch) == {2: ["out_product_id"], 4: ["out_product_id"]}
    assert "also on row 4" in batch.rows.get(number=2).errors["out_product_id"][0]


# --- interrupted, resumed, undone


@pytest.fixture
def by_tens(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 10)


class Killed(BaseException):
    """As a kill would: nothing of ours runs after it."""


def test_an_import_cut_off_goes_on_where_it_was(by_tens, monkeypatch):
    batch = looked_through(as_csv([line(nth) for nth in range(1, 36)]))
    batches.start(batch)
    wrote = batches.writing.write
    calls = []

    def dying(*args):
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        return wrote(*args)

    monkeypatch.setattr(batches.writing, "write", dying)
    with pytest.raises(Killed):
        batches.work(batch.pk)
    assert SPU.objects.count() == 20
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.good, batch.created, SPU.objects.count()) == (State.IMPORTED, 35, 35, 35)
    assert BatchChange.objects.count() == 35


def test_a_worker_that_lost_its_claim_writes_nothing_more(by_tens):
    batch = looked_through(as_csv([line(nth) for nth in range(1, 36)]))
    batches.start(batch)

    def overtaken(at):
        Batch.objects.filter(pk=batch.pk).update(attempts=99)

    batches.work(batch.pk, overtaken)
    assert SPU.objects.count() == 10


def test_two_workers_do_not_work_on_one_import():
    from tests.threads import at_once

    batch = looked_through(as_csv([line(nth) for nth in range(1, 30)]))
    batches.start(batch)
    at_once(2, lambda: batches.work(batch.pk))
    batch.refresh_from_db()
    assert (batch.good, batch.created, SPU.objects.count()) == (29, 29, 29)


def test_an_import_is_paused_and_resumed(by_tens):
    batch = looked_through(as_csv([line(nth) for nth in range(1, 36)]))
    batches.start(batch)
    batches.work(batch.pk, batches.pause)
    batch.refresh_from_db()
    assert (batch.state, batch.paused, SPU.objects.count()) == (State.IMPORTING, True, 20)
    batches.work(batch.pk)
    assert SPU.objects.count() == 20
    batches.resume(batch)
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, SPU.objects.count()) == (State.IMPORTED, 35)


def test_undoing_puts_everything_back(by_tens):
    old = make_spu(out_product_id="p3", title="旧标题旧标题", desc="旧描述", imgs=[make_image()])
    old_sku = old.skus.get()
    batch = imported(as_csv([line(nth, desc="新") for nth in range(1, 16)]))
    assert faults(batch) == {}
    assert (SPU.objects.count(), SKU.objects.filter(spu=old).count()) == (15, 2)
    assert batches.undo(batch)
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, SPU.objects.count()) == (State.UNDONE, 1)
    back = SPU.objects.with_content().get()
    assert (back.title, back.desc, len(back.links("imgs")), back.changed_at) == (
        "旧标题旧标题",
        "旧描述",
        1,
        SPU.objects.get(pk=old.pk).changed_at,
    )
    assert [(sku.out_sku_id, sku.sale_price) for sku in back.skus.all()] == [(old_sku.out_sku_id, 19900)]


def test_undoing_leaves_what_was_changed_or_sent_since(platform):
    batch = imported(
        as_csv([line(nth, head_img=f"{nth}.png") for nth in range(1, 4)]),
        zipped(**{f"{nth}_dot_png": picture() for nth in range(1, 4)}),
    )
    first, second, _third = SPU.objects.order_by("id")
    second.title = "之后改的标题"
    second.save()
    submit_spu(first)
    batches.undo(batch)
    batches.work(batch.pk)
    outcomes = dict(batch.changes.values_list("out_product_id", "outcome"))
    assert outcomes == {"p1": "sent", "p2": "edited", "p3": "deleted"}
    assert sorted(SPU.objects.values_list("out_product_id", flat=True)) == ["p1", "p2"]


def test_only_what_was_imported_can_be_undone_and_only_once():
    batch = looked_through(as_csv([line()]))
    assert batches.undo(batch) is False
    batches.start(batch)
    assert batches.start(batch) is False
    batches.work(batch.pk)
    assert batches.undo(batch) is True
    assert batches.undo(batch) is False


def test_an_import_is_in_the_name_of_who_brought_it(client):
    user = make_user("product")
    with actors.acting("admin", user):
        batch = batches.create(as_csv([line(title="后来的标题")]))
    make_spu(out_product_id="p1", title="原来的标题")
    batches.work(batch.pk)
    batches.start(batch)
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.user, batch.door) == (user, "admin")
    client.force_login(user)
    page = client.get(f"/admin/catalog/spu/{SPU.objects.get().pk}/change/").content.decode()
    assert "products.csv" in page
    assert "原来的标题" in page


def test_a_product_of_another_kind_is_not_touched():
    """Papers and brands have nothing to do with a sheet of products."""
    brand = make_brand()
    imported(as_csv([line()]))
    brand.refresh_from_db()
    assert brand.license.count() == 1


def test_an_import_that_fails_again_and_again_is_set_aside_with_its_reason(by_tens, monkeypatch, settings):
    batch = looked_through(as_csv([line(nth) for nth in range(1, 26)]))
    batches.start(batch)
    wrote, calls = batches.writing.write, []

    def failing(*args):
        calls.append(1)
        if len(calls) > 1:
            raise KeyError("photo")
        return wrote(*args)

    monkeypatch.setattr(batches.writing, "write", failing)
    for _time in range(settings.IMPORT_TRIES - 1):
        batches.work(batch.pk)
        batch.refresh_from_db()
        assert (batch.state, batch.lease_until) == (State.IMPORTING, None)
        assert "KeyError: 'photo'" in batch.message
    batches.work(batch.pk)
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == State.FAILED
    assert f"Set aside after {settings.IMPORT_TRIES} tries" in batch.message
    assert (len(calls), batch.good) == (settings.IMPORT_TRIES + 1, 10)
    monkeypatch.undo()
    assert batches.undo(batch)
    batches.work(batch.pk)
    assert SPU.objects.count() == 0


def test_an_import_that_kills_its_worker_each_time_is_set_aside(settings):
    batch = looked_through(as_csv([line(1)]))
    batches.start(batch)
    Batch.objects.update(faults=settings.IMPORT_TRIES)
    batches.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == State.FAILED
    assert batch.message.startswith("The worker stopped each time.")
