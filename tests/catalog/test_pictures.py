"""Pictures of imports: names in zips, pictures in cells, downloads in time, and those a mended sheet needs again."""

import io
import threading
import time
import unicodedata
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import openpyxl
import pytest
import requests
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.imports import batches, columns, pictures, sheet_rows
from catalog.imports.pictures import Pictures
from catalog.models import SPU, Batch
from console import uploads
from console.sheets import write
from tests.catalog.test_commands import run
from tests.catalog.test_sheets import as_csv, as_xlsx, faults, imported, line, looked_through, zipped
from tests.conftest import FIELD_CASES
from tests.factories import free_category, make_user, picture
from wechat.models import Image
from wechat.steps import actors

pytestmark = pytest.mark.django_db(transaction=True)
needs_field_cases = pytest.mark.skipif(
    not FIELD_CASES.exists(), reason="../shared/field-cases is not beside this checkout"
)
State = Batch.State


@pytest.fixture(autouse=True)
def category():
    return free_category()


def packed(files: dict[bytes, bytes], *, flag: bool = False) -> io.BytesIO:
    """A zip whose names are these bytes; `flag` says that they are UTF-8."""
    out, stand_ins = io.BytesIO(), {}
    with zipfile.ZipFile(out, "w") as archive:
        for nth, (name, content) in enumerate(files.items()):
            stand_ins[f"{nth:0{len(name)}d}".encode()] = name
            archive.writestr(f"{nth:0{len(name)}d}", content)
    content = out.getvalue()
    for stand_in, name in stand_ins.items():
        content = content.replace(stand_in, name)
    if flag:
        content = content.replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x00\x08")
        content = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x08")
    return io.BytesIO(content)


# --- names in zips


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("name", ["红色连衣裙-主图.jpg", "Café crème-正面.jpg", "ガーデン-plain.jpg"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_zip_of_a_mac_is_read_with_and_without_the_flag(name, form, flag):
    archive = packed({unicodedata.normalize(form, name).encode(): picture()}, flag=flag)
    found = Pictures(archive)
    assert found.look({name}) == {}
    assert found.look({unicodedata.normalize("NFD", name)}) == {}


@pytest.mark.parametrize("name", ["红色连衣裙-主图.jpg", "图片文件夹/红色-详情.png", "联通手机-正面.jpg"])
def test_a_zip_of_a_chinese_windows_is_read(name):
    assert Pictures(packed({name.encode("gbk"): picture()})).look({name, name.split("/")[-1]}) == {}


def test_folders_may_be_written_or_left_out():
    found = Pictures(zipped(**{"秋季/红色/a_dot_png": picture(), "b_dot_png": picture()}))
    asked = {"a.png", "红色/a.png", "红色\\a.png", "秋季/红色/a.png", "/b.png", "B.PNG", "绿色/a.png"}
    assert list(found.look(asked)) == ["绿色/a.png"]


def test_what_a_mac_keeps_beside_its_files_is_no_picture():
    files = {"红/a.png": picture(), "__MACOSX/红/._a.png": b"resource fork", "红/._a.png": b"resource fork"}
    assert (
        Pictures(zipped(**{name.replace(".png", "_dot_png"): content for name, content in files.items()})).look(
            {"a.png"}
        )
        == {}
    )


def test_a_file_at_the_top_is_meant_by_its_name_alone():
    first, second = picture(), picture()
    found = Pictures(zipped(**{"x/a_dot_png": second, "a_dot_png": first}))
    keys, said = found.get({"a.png", "x/a.png"})
    assert (len(set(keys.values())), said) == (2, {})


def test_what_is_in_the_zip_and_cannot_be_unpacked_is_named():
    content = bytearray(zipped(a_dot_png=picture()).read())
    content[45] ^= 255
    _keys, said = Pictures(io.BytesIO(bytes(content))).get({"a.png"})
    assert "cannot be unpacked" in said["a.png"]


def test_what_was_done_to_a_picture_is_kept_with_the_import():
    batch = imported(as_csv([line(head_img="a.webp | b.png")]), zipped(a_dot_webp=picture("WEBP"), b_dot_png=picture()))
    assert (batch.bad, batch.picture_notes) == (0, ["“a.webp”: Converted from WEBP to JPG."])


# --- pictures in cells


def with_cell_pictures(rows: list[dict], files: dict[str, bytes], *, kept: bool = True) -> SimpleUploadedFile:
    """A workbook as WPS saves it: the id in the cell, the picture beside the sheets."""
    out = io.BytesIO(as_xlsx(rows).read())
    if kept:
        with zipfile.ZipFile(out, "a") as book:
            shown, relations = "", ""
            for nth, (key, content) in enumerate(files.items(), 1):
                book.writestr(f"xl/media/image{nth}.png", content)
                shown += (
                    f'<etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{nth}" name="{key}"/></xdr:nvPicPr>'
                    f'<xdr:blipFill><a:blip r:embed="rId{nth}"/></xdr:blipFill></xdr:pic></etc:cellImage>'
                )
                relations += f'<Relationship Id="rId{nth}" Type="image" Target="media/image{nth}.png"/>'
            book.writestr(
                "xl/cellimages.xml",
                '<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" '
                'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
                'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
                'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
                f"{shown}</etc:cellImages>",
            )
            book.writestr(
                "xl/_rels/cellimages.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f"{relations}</Relationships>",
            )
    return SimpleUploadedFile("wps.xlsx", in_values(out.getvalue()))


def in_values(content: bytes) -> bytes:
    """WPS keeps the formula and, as its value, the same text; openpyxl writes the formula without a value."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w") as new:
        for name in book.namelist():
            part = book.read(name)
            if name.startswith("xl/worksheets/"):
                text = part.decode().replace("<v></v>", "<v />")
                for formula in {piece.split("</f>")[0] for piece in text.split("<f>")[1:]}:
                    text = text.replace(f"<f>{formula}</f><v />", f"<f>_xlfn.{formula}</f><v>={formula}</v>")
                part = text.replace("><f>_xlfn", ' t="str"><f>_xlfn').encode()
            new.writestr(name, part)
    return out.getvalue()


def test_pictures_inside_the_cells_of_wps_are_read():
    sheet = with_cell_pictures(
        [line(1, head_img='=DISPIMG("ID_AB12",1)'), line(2, head_img='=DISPIMG("ID_CD34",1)')],
        {"ID_AB12": picture(), "ID_CD34": picture()},
    )
    batch = imported(sheet)
    assert (batch.created, faults(batch)) == (2, {})
    assert len({image.pk for spu in SPU.objects.with_content() for image in spu.pictures.all()}) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_a_picture_that_is_not_in_the_workbook_is_named_in_one_sentence(kept):
    batch = looked_through(with_cell_pictures([line(head_img='=DISPIMG("ID_GONE",1)')], {"ID_X": picture()}, kept=kept))
    (sentence,) = batch.rows.get().errors["head_img"]
    assert "inside the cell" in sentence
    assert "write its file name into the cell" in sentence


def test_a_cell_of_wps_in_a_csv_is_named_in_one_sentence():
    batch = looked_through(as_csv([line(head_img='=DISPIMG("ID_AB12",1)')]))
    assert len(batch.rows.get().errors["head_img"]) == 1


@pytest.mark.parametrize("bad", [b"<not xml", b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>', b""])
def test_a_broken_list_of_cell_pictures_is_no_crash(bad):
    out = io.BytesIO(as_xlsx([line(head_img="x.png")]).read())
    with zipfile.ZipFile(out, "a") as book:
        book.writestr("xl/cellimages.xml", bad)
        book.writestr("xl/_rels/cellimages.xml.rels", bad)
    assert "ID_1" in Pictures(workbooks=[out]).look({'DISPIMG("ID_1",1)'})['DISPIMG("ID_1",1)']


def test_names_and_cell_pictures_may_stand_together():
    assert columns.files('a.png | =DISPIMG("ID_1",1);b.png\n=_xlfn.DISPIMG("ID_2", 1)，c.png') == [
        "a.png",
        '=DISPIMG("ID_1",1)',
        "b.png",
        '=_xlfn.DISPIMG("ID_2", 1)',
        "c.png",
    ]


# --- downloads


@pytest.fixture
def trickling(monkeypatch):
    """A server that sends a byte now and then, with or without its headers."""

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                if "body" in self.path:
                    self.send_response(200)
                    self.end_headers()
                for _nth in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                pass

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def send(method, url, **more):
        url = url.replace("https://cdn.example.com", f"http://127.0.0.1:{server.server_port}")
        return requests.request(method, url, timeout=(3, 10), **more)

    monkeypatch.setattr(pictures, "outside", SimpleNamespace(send_request=send))
    monkeypatch.setattr(pictures, "FETCH_SECONDS", 1)
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("part", ["body", "headers"])
def test_a_server_that_trickles_holds_nothing_up(trickling, part):
    began = time.monotonic()
    _keys, said = Pictures().get({f"https://cdn.example.com/{part}-{nth}.png" for nth in range(3)})
    assert time.monotonic() - began < 4
    assert [sentence.split("”")[1] for sentence in said.values()] == [" could not be downloaded within 1 seconds."] * 3


# --- zips that are too large


def test_a_zip_that_is_too_large_is_refused_before_it_is_stored(monkeypatch):
    monkeypatch.setattr("catalog.imports.archives.MAX_UPLOAD", 1000)
    with pytest.raises(ValidationError, match="Import in several parts"):
        batches.create(as_csv([line(head_img="a.png")]), SimpleUploadedFile("p.zip", b"x" * 1001))
    assert not Batch.objects.exists()


@pytest.fixture
def small_uploads(monkeypatch, settings):
    monkeypatch.setattr("catalog.imports.archives.MAX_UPLOAD", 3 << 20)
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 3 << 20)
    settings.FILE_UPLOAD_HANDLERS = ["console.uploads.CappedFileHandler"]


def test_a_zip_that_is_too_large_is_refused_at_both_doors(client, small_uploads):
    client.force_login(make_user("owner"))
    files = {"sheet": as_csv([line()]), "pictures": SimpleUploadedFile("p.zip", b"x" * (8 << 20))}
    assert "at most 3 MB are taken" in client.post("/admin/catalog/batch/add/", files).content.decode()
    files = {"sheet": as_csv([line()]), "pictures": SimpleUploadedFile("p.zip", b"x" * (8 << 20))}
    answer = client.post("/api/v1/product-imports/", files)
    assert (answer.status_code, "at most 3 MB are taken" in answer.content.decode()) == (400, True)
    assert not Batch.objects.exists()


def test_what_is_too_large_takes_no_room_while_it_streams_in(small_uploads):
    handler = uploads.CappedFileHandler()
    handler.new_file("pictures", "p.zip", "application/zip", None)
    sizes = []
    for nth in range(8):
        handler.receive_data_chunk(b"x" * (1 << 20), nth << 20)
        sizes.append(handler.file.file.tell() >> 20)
    assert sizes == [1, 2, 3, 0, 0, 0, 0, 0]
    assert handler.file_complete(8 << 20).size == 8 << 20


def test_a_list_of_millions_of_files_is_refused_before_it_is_read():
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + (400 << 20).to_bytes(4, "little") + bytes(6)
    with pytest.raises(ValidationError, match="more than 50000 files"):
        Pictures(io.BytesIO(b"PK" + end))


def test_the_command_refuses_a_large_zip_with_2(tmp_path, monkeypatch):
    monkeypatch.setattr("catalog.imports.archives.MAX_UPLOAD", 1000)
    sheet, archive = tmp_path / "s.csv", tmp_path / "p.zip"
    sheet.write_bytes(as_csv([line()]).read())
    archive.write_bytes(b"x" * 2000)
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="Import in several parts") as error:
        run("import_products", "--yes", str(sheet), pictures=archive)
    assert error.value.returncode == 2


# --- mended sheets


def mended(content: bytes, name: str = "mended.xlsx") -> SimpleUploadedFile:
    """The downloaded bad rows with their prices put right."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    heads = [cell.value for cell in book.active[1]]
    for row in range(2, book.active.max_row + 1):
        book.active.cell(row, heads.index("Price (yuan)") + 1).value = "19"
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile(name, out.getvalue())


def half_bad() -> Batch:
    rows = [line(1, head_img="a.png"), line(2, head_img="b.png", sale_price="十九")]
    return imported(as_csv(rows), zipped(a_dot_png=picture(), b_dot_png=picture()))


def bad_rows(batch: Batch) -> bytes:
    return write.xlsx([*columns.PRODUCTS, columns.MENDS, columns.FAULTS], sheet_rows.faulty_rows(batch))


def test_a_mended_sheet_finds_the_pictures_of_its_import():
    first = half_bad()
    second = imported(mended(bad_rows(first)))
    assert (second.mends, second.created, faults(second)) == (first, 1, {})
    assert SPU.objects.get(out_product_id="p2").pictures.get().image.name == "b.png"


def test_a_sheet_that_is_mended_twice_still_finds_them():
    first = half_bad()
    book = openpyxl.load_workbook(io.BytesIO(bad_rows(first)))
    out = io.BytesIO()
    book.save(out)
    second = looked_through(SimpleUploadedFile("still-bad.xlsx", out.getvalue()))
    assert faults(second).keys() == {2}
    assert imported(mended(bad_rows(second))).created == 1


def test_pictures_inside_cells_are_found_again_too():
    rows = [line(head_img='=DISPIMG("ID_AB12",1)', sale_price="十九")]
    first = looked_through(with_cell_pictures(rows, {"ID_AB12": picture()}))
    assert faults(first) == {2: ["sale_price"]}
    assert imported(mended(bad_rows(first))).created == 1


def test_a_new_zip_goes_before_the_old_one():
    first, newer = half_bad(), picture()
    imported(mended(bad_rows(first)), zipped(b_dot_png=newer))
    with SPU.objects.get(out_product_id="p2").pictures.get().image.file.open("rb") as file:
        assert file.read() == newer


def test_nobody_gets_at_the_pictures_of_somebody_else():
    with actors.acting("admin", make_user("product")):
        first = half_bad()
    with actors.acting("admin", make_user("product", username="stranger")):
        seller = looked_through(mended(bad_rows(first)))
    seeing = seller.user.has_perm("wechat.view_step")
    assert (seller.mends == first, faults(seller) == {}) == (seeing, seeing)
    stranger = make_user("", username="nobody")
    with actors.acting("admin", stranger):
        other = looked_through(mended(bad_rows(first)))
    assert (other.mends, faults(other)) == (None, {2: ["head_img"]})


@pytest.mark.parametrize("cell", ["999999", "x", "-1", "1e30", 10**20, "１"])
def test_a_cell_that_names_no_import_is_nothing(cell):
    sheet = as_xlsx([line(mends=cell)], [*columns.PRODUCTS, columns.MENDS])
    assert looked_through(sheet).mends is None


def test_the_page_offers_the_mended_sheet(client, drain):
    user = make_user("product")
    client.force_login(user)
    with actors.acting("admin", user):
        first = half_bad()
    page = client.get(f"/admin/catalog/batch/{first.pk}/change/").content.decode()
    address = f"/admin/catalog/batch/add/?mends={first.pk}"
    assert address in page
    assert f'name="mends" value="{first.pk}"' in client.get(address).content.decode()
    content = client.get(f"/admin/catalog/batch/{first.pk}/faults.xlsx").content
    client.post(address, {"sheet": mended(content), "mends": first.pk})
    drain()
    second = Batch.objects.exclude(pk=first.pk).get()
    assert (second.mends, second.state, second.good) == (first, State.CHECKED, 1)
    assert str(first) in client.get(f"/admin/catalog/batch/{second.pk}/change/").content.decode()


def test_the_api_takes_the_import_that_is_mended(client, drain):
    user = make_user("product")
    client.force_login(user)
    with actors.acting("api", user):
        first = half_bad()
    sheet = as_csv([line(2, head_img="b.png")])
    answer = client.post("/api/v1/product-imports/", {"sheet": sheet, "mends": first.pk})
    assert (answer.status_code, answer.json()["mends"]) == (201, first.pk)
    drain()
    assert Batch.objects.get(pk=answer.json()["id"]).good == 1
    assert client.post("/api/v1/product-imports/", {"sheet": as_csv([line()]), "mends": 0}).status_code == 400


def test_the_command_takes_the_import_that_is_mended(tmp_path):
    first = half_bad()
    sheet = tmp_path / "s.csv"
    sheet.write_bytes(as_csv([line(2, head_img="b.png")]).read())
    out, _err, code = run("import_products", "--yes", str(sheet), mends=first.pk)
    assert (code, "1 products new" in out) == (0, True)


def test_the_command_tells_what_was_done_to_pictures(tmp_path):
    sheet, archive = tmp_path / "s.csv", tmp_path / "p.zip"
    sheet.write_bytes(as_csv([line(head_img="a.webp")]).read())
    archive.write_bytes(zipped(a_dot_webp=picture("WEBP")).read())
    out, _err, code = run("import_products", "--yes", str(sheet), pictures=archive)
    assert (code, "“a.webp”: Converted from WEBP to JPG." in out) == (0, True)


# --- the cases from the field


def uploaded(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (FIELD_CASES / name).read_bytes())


@needs_field_cases
def test_the_field_case_of_a_zip_packed_on_a_mac_is_imported():
    batch = imported(uploaded("products-chinese-picture-name.xlsx"), uploaded("pictures-macos-no-flag.zip"))
    assert (batch.state, batch.created, faults(batch)) == (State.IMPORTED, 1, {})
    assert SPU.objects.get().pictures.get().image.name == "红色连衣裙.jpg"


@needs_field_cases
def test_the_field_case_of_a_phone_photo_is_imported():
    batch = imported(uploaded("import-mpo.xlsx"), uploaded("import-mpo.zip"))
    assert (batch.state, batch.created, faults(batch)) == (State.IMPORTED, 2, {})
    assert Image.objects.get(name="m.jpg").content_type == "image/jpeg"
