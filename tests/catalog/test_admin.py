"""Products in the admin: the form that knows the road, the list, the buttons, and the import's pages."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.imports import batches
from catalog.models import SPU, Batch, Brand, EditStatus, Status, Unsent
from catalog.operations import refresh_spu, submit_spu
from console.models import Edit, Job
from tests.catalog.test_sheets import as_csv, line
from tests.console.pages import confirm, words
from tests.factories import free_category, make_category, make_image, make_spu, make_user, upload
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)
PRODUCTS = "/admin/catalog/spu/"


@pytest.fixture
def staff(client):
    client.force_login(make_user("product"))
    return client


def form(spu: SPU | None = None, *, skus=None, **fields) -> dict:
    """A product's form as the browser posts it."""
    known = {
        "out_product_id": "p1",
        "title": "法式碎花连衣裙",
        "category": free_category().third_cat_id,
        "brand": "",
        "path": "pages/p?id=1",
        "direct_path": "",
        "desc": "",
        "info_version": "",
        "scene_group_list": ["1"],
        "head_img-shown": "1",
        "imgs-shown": "1",
        "qualification_pics-shown": "1",
    }
    rows = (
        [
            {
                "out_sku_id": "s1",
                "sku_attrs": "",
                "sale_price": "199.00",
                "market_price": "",
                "stock_num": "5",
                "sku_code": "",
                "barcode": "",
            }
        ]
        if skus is None
        else skus
    )
    if spu:
        known |= {
            "title": spu.title,
            "path": spu.path,
            "desc": spu.desc,
            "out_product_id": spu.out_product_id,
            "head_img": [image.pk for image in spu.links("head_img")],
        }
        if skus is None:
            sku = spu.skus.get()
            rows[0] |= {"id": sku.pk, "spu": spu.pk, "out_sku_id": sku.out_sku_id, "stock_num": sku.stock_num}
    inline = {
        "skus-TOTAL_FORMS": len(rows),
        "skus-INITIAL_FORMS": sum("id" in row for row in rows),
        "skus-MIN_NUM_FORMS": 0,
        "skus-MAX_NUM_FORMS": 1000,
    }
    for nth, row in enumerate(rows):
        inline |= {f"skus-{nth}-{name}": value for name, value in {"thumb_img-shown": "1", **row}.items()}
    return known | inline | fields


def on_sale(platform) -> SPU:
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return SPU.objects.with_content().get(pk=spu.pk)


def test_one_press_saves_a_new_product_and_sends_it(staff, platform, drain):
    files = {"head_img-files": [upload("a.png"), upload("b.png")], "skus-0-thumb_img-files": upload("t.png")}
    staff.post(f"{PRODUCTS}add/", form(_operation="send", **files))
    drain()
    (entry,) = platform.ledger("spu/add")
    assert (entry.request["title"], len(entry.request["head_img"])) == ("法式碎花连衣裙", 2)
    assert entry.request["skus"][0]["sale_price"] == 19900
    assert entry.request["skus"][0]["thumb_img"] not in entry.request["head_img"]


def test_the_road_is_chosen_by_what_has_changed(staff, platform, drain):
    spu = on_sale(platform)
    url = f"{PRODUCTS}{spu.pk}/change/"
    page = words(staff.post(url, form(spu, _operation="send"), follow=True))
    assert "WeChat has all of it already" in page
    sku = spu.skus.get()
    row = {"id": sku.pk, "spu": spu.pk, "out_sku_id": sku.out_sku_id, "sale_price": "188", "stock_num": "3"}
    staff.post(url, form(spu, skus=[row], _operation="send"))
    drain()
    assert (len(platform.ledger("update_without_audit")), len(platform.ledger("spu/update"))) == (1, 0)
    spu.refresh_from_db()
    assert (spu.edit_status, spu.status) == (EditStatus.APPROVED, Status.LISTED)
    staff.post(url, form(spu, skus=[row], title="换了标题的连衣裙", _operation="send"))
    drain()
    assert (len(platform.ledger("update_without_audit")), len(platform.ledger("spu/update"))) == (1, 1)
    page = words(staff.post(url, form(spu, skus=[row], title="又换了标题", _operation="send"), follow=True))
    assert "Saved, not sent: the product is in review" in page
    assert SPU.objects.get().title == "又换了标题"


def test_the_page_says_which_changes_force_a_review_and_warns_when_on_sale(staff, platform):
    spu = on_sale(platform)
    sku = spu.skus.get()
    row = {"id": sku.pk, "spu": spu.pk, "out_sku_id": sku.out_sku_id, "sale_price": "188", "stock_num": "3"}
    url = f"{PRODUCTS}{spu.pk}/change/"
    page = words(staff.post(url, form(spu, skus=[row]) | {"_continue": "1"}, follow=True))
    assert "Not sent yet; it needs no review" in page
    assert f"{sku.out_sku_id} · price ¥199.00 ¥188.00 no review" in page
    page = words(staff.post(url, form(spu, skus=[row], title="换了标题的连衣裙") | {"_continue": "1"}, follow=True))
    assert "Not sent yet; it needs a review" in page
    assert "Sent, it goes into review; until it is approved, buyers go on seeing it as it was" in page
    assert f"title {spu.title} 换了标题的连衣裙 review" in page


def test_what_is_missing_stands_at_its_field_also_in_the_table(staff, platform):
    free_category()
    row = {"out_sku_id": "s1", "sku_attrs": "", "sale_price": "1", "market_price": "", "stock_num": "0"}
    url = staff.post(f"{PRODUCTS}add/", form(path="", _operation="send", skus=[row]))["Location"]
    response = staff.get(url)
    page = response.content.decode()
    assert "Saved, but not sent yet: what is missing is marked below." in page
    inline = response.context["inline_admin_formsets"][0].formset
    assert list(inline.initial_forms[0].errors) == ["stock_num"]
    assert set(response.context["adminform"].form.errors) == {"path", "head_img"}
    assert "A new SKU needs a stock above zero." in page
    assert platform.ledger("spu/add") == []
    assert "Saved, but not sent yet" not in staff.get(url).content.decode()


def test_a_mistake_loses_nothing(staff):
    files = {"head_img-files": [upload("good.png"), upload("bad.png", b"no picture")]}
    row = {"out_sku_id": "s1", "sku_attrs": "红", "sale_price": "十九", "stock_num": "1", "market_price": ""}
    response = staff.post(f"{PRODUCTS}add/", form(skus=[row], **files))
    page = response.content.decode()
    assert response.status_code == 200
    for kept in ("法式碎花连衣裙", "十九", "红", "bad.png", "is not an amount in yuan"):
        assert kept in page
    assert not SPU.objects.exists()


def test_pictures_are_reordered_and_dropped(staff):
    spu = make_spu(head_img=[make_image() for _nth in range(3)])
    first, second, third = spu.links("head_img")
    staff.post(f"{PRODUCTS}{spu.pk}/change/", form(spu, head_img=[third.pk, first.pk]))
    assert SPU.objects.with_content().get().links("head_img") == [third, first]
    assert second.places.count() == 0


def test_who_changed_a_price_is_kept_with_before_and_after(staff):
    spu = make_spu()
    sku = spu.skus.get()
    row = {"id": sku.pk, "spu": spu.pk, "out_sku_id": sku.out_sku_id, "sale_price": "188", "stock_num": "10"}
    staff.post(f"{PRODUCTS}{spu.pk}/change/", form(spu, skus=[row]))
    (pair,) = [pair for name, pair in Edit.objects.get().changes.items() if name.endswith("sale_price")]
    assert pair == ["19900", "18800"]


def test_a_refusal_stands_on_the_record_with_its_reason(staff, platform, hear):
    spu = make_spu()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "标题与图片不符")
    hear()
    page = words(staff.get(f"{PRODUCTS}{spu.pk}/change/"))
    assert "WeChat rejected it: 标题 与图片不符" in page
    assert "Rejected · Never on sale" in page or "Rejected Never on sale" in page
    assert "标题与图片不符" in words(staff.get(f"{PRODUCTS}?state=refused"))


def test_a_product_in_review_offers_withdrawing_and_resubmitting(staff, platform, drain):
    spu = make_spu()
    submit_spu(spu)
    page = staff.get(f"{PRODUCTS}{spu.pk}/change/").content.decode()
    assert f"{PRODUCTS}{spu.pk}/do/resubmit_spu/" in page
    assert f"{PRODUCTS}{spu.pk}/do/submit_spu/" not in page
    staff.post(f"{PRODUCTS}{spu.pk}/do/withdraw_spu/")
    drain()
    assert platform.product(spu.out_product_id).edit_status == EditStatus.EDITING


def test_what_wechat_has_is_not_deleted_here(staff, platform):
    spu = on_sale(platform)
    assert staff.post(f"{PRODUCTS}{spu.pk}/delete/", {"post": "yes"}).status_code == 403
    draft = make_spu()
    staff.post(f"{PRODUCTS}{draft.pk}/delete/", {"post": "yes"})
    assert list(SPU.objects.all()) == [spu]
    assert staff.delete(f"/api/v1/products/{spu.pk}/").status_code == 403


def test_a_deleted_product_is_read_only(staff, platform, drain):
    spu = on_sale(platform)
    staff.post(f"{PRODUCTS}{spu.pk}/do/remove_spu/")
    drain()
    assert staff.post(f"{PRODUCTS}{spu.pk}/change/", form(spu, title="x")).status_code == 403
    assert "Deleted at WeChat" in words(staff.get(f"{PRODUCTS}{spu.pk}/change/"))
    page = words(staff.post(f"{PRODUCTS}add/", form(out_product_id=spu.out_product_id)))
    assert "never takes it again" in page


def test_the_pickers_offer_what_products_may_be_put_in(staff):
    free_category()
    make_category()
    Brand.objects.create(brand_id=1, brand_wording="茶里")
    Brand.objects.create(brand_id=2, brand_wording="茶外", gone=True)
    ask = {"app_label": "catalog", "model_name": "spu"}
    found = staff.get("/admin/autocomplete/", {**ask, "field_name": "category", "term": ""}).json()["results"]
    assert [row["id"] for row in found] == ["6040"]
    found = staff.get("/admin/autocomplete/", {**ask, "field_name": "brand", "term": "茶"}).json()["results"]
    assert [row["id"] for row in found] == ["1"]


@pytest.mark.parametrize(
    "state", ["draft", "review", "refused", "on-sale", "off-sale", "violation", "to-submit", "to-update", "different"]
)
def test_the_chips_count_and_show_the_same(staff, platform, state):
    draft, waiting, refused, sold, off, violation, dearer = (make_spu() for _nth in range(7))
    for spu in (waiting, refused, sold, off, violation, dearer):
        submit_spu(spu)
    platform.reject_product(refused.out_product_id, "不通过")
    for spu in (sold, off, violation, dearer):
        platform.approve_product(spu.out_product_id)
    platform.take_off_sale(violation.out_product_id)
    for spu in SPU.objects.exclude(pk=draft.pk):
        refresh_spu(spu)
    from catalog.operations import delist_spu

    delist_spu(SPU.objects.get(pk=off.pk))
    SPU.objects.filter(pk=dearer.pk).update(unsent=Unsent.FREE)
    sold.differences.create(field="title", ours="a", theirs="b")
    expected = {
        "draft": [draft],
        "review": [waiting],
        "refused": [refused],
        "on-sale": [sold, dearer],
        "off-sale": [off],
        "violation": [violation],
        "to-submit": [draft],
        "to-update": [dearer],
        "different": [sold],
    }[state]
    response = staff.get(PRODUCTS, {"state": state})
    assert set(response.context["cl"].result_list) == set(expected)
    chip = next(chip for chip in response.context["cl"].chips if chip["query"] == f"state={state}")
    assert (chip["count"], chip["on"]) == (str(len(expected)), True)


def test_the_list_asks_a_constant_number_of_questions(client, django_assert_max_num_queries):
    client.force_login(make_user("", is_superuser=True))
    for _nth in range(3):
        make_spu(skus=[{}, {"sku_attrs": [{"attr_key": "a", "attr_value": "b"}]}])
    client.get(PRODUCTS)
    with django_assert_max_num_queries(11) as few:
        client.get(PRODUCTS)
    for _nth in range(20):
        make_spu(imgs=[make_image()])
    with django_assert_max_num_queries(len(few)):
        client.get(PRODUCTS)


def test_the_record_asks_no_more_for_many_skus(client, django_assert_max_num_queries):
    client.force_login(make_user("", is_superuser=True))
    small, large = (
        make_spu(),
        make_spu(skus=[{"sku_attrs": [{"attr_key": "a", "attr_value": str(n)}]} for n in range(30)]),
    )
    client.get(f"{PRODUCTS}{small.pk}/change/")
    with django_assert_max_num_queries(12) as few:
        client.get(f"{PRODUCTS}{small.pk}/change/")
    with django_assert_max_num_queries(len(few)):
        client.get(f"{PRODUCTS}{large.pk}/change/")


def test_the_record_asks_as_much_for_one_picture_as_for_many(client, django_assert_max_num_queries):
    client.force_login(make_user("owner"))
    one, images = make_spu(), [make_image() for _nth in range(12)]
    many = make_spu(
        head_img=images[:4],
        imgs=images[4:],
        skus=[{"sku_attrs": [{"attr_key": "a", "attr_value": str(n)}]} for n in range(6)],
    )
    for sku, image in zip(many.skus.all(), images, strict=False):
        sku.thumb_img = image
        sku.save()
    client.get(f"{PRODUCTS}{one.pk}/change/")
    with django_assert_max_num_queries(12) as few:
        client.get(f"{PRODUCTS}{one.pk}/change/")
    with django_assert_max_num_queries(len(few)):
        page = client.get(f"{PRODUCTS}{many.pk}/change/").content.decode()
    kept = re.findall(r'type="checkbox" name="(head_img|imgs|skus-\d-thumb_img)" value="(\d+)" checked', page)
    assert [int(pk) for name, pk in kept if "thumb" in name] == [image.pk for image in images[:6]]
    assert {int(pk) for name, pk in kept if "thumb" not in name} == {image.pk for image in images}


def test_a_filtered_set_is_submitted_as_one_job(staff, platform, drain):
    for _nth in range(60):
        make_spu(head_img=[make_image()] if _nth == 0 else SPU.objects.with_content().first().links("head_img"))
    everything = {
        "action": "submit_spu",
        "select_across": "1",
        "index": "0",
        "_selected_action": [SPU.objects.first().pk],
    }
    page = staff.post(f"{PRODUCTS}?state=to-submit", everything)
    confirm(staff, page, f"{PRODUCTS}?state=to-submit")
    drain()
    assert Job.objects.get().counts()["done"] == 60
    assert len(platform.ledger("spu/add")) == 60


# --- imports


def brought(client, sheet, **more):
    return client.post("/admin/catalog/batch/add/", {"sheet": sheet, **more})


def test_a_sheet_is_looked_through_imported_and_undone(staff):
    free_category()
    response = brought(staff, as_csv([line(1), line(2, sale_price="十九")]))
    batch = Batch.objects.get()
    assert response["Location"] == f"/admin/catalog/batch/{batch.pk}/change/"
    batches.work(batch.pk)
    page = words(staff.get(response["Location"]))
    assert "Import the good row" in page
    assert "3 p2 法式碎花连衣裙 2 Price (yuan) : “十九” is not an amount in yuan" in page
    staff.post(f"/admin/catalog/batch/{batch.pk}/start/")
    batches.work(batch.pk)
    assert "new products 1" in words(staff.get(response["Location"]))
    staff.post(f"/admin/catalog/batch/{batch.pk}/undo/")
    batches.work(batch.pk)
    assert "Deleted again 1" in words(staff.get(response["Location"]))
    assert SPU.objects.count() == 0


def test_what_is_no_sheet_is_said_on_the_form(staff):
    page = words(brought(staff, SimpleUploadedFile("a.pdf", b"%PDF")))
    assert "A sheet is an XLSX, XLS or CSV file." in page
    assert not Batch.objects.exists()


@pytest.mark.parametrize("kind", ["products", "prices"])
def test_the_template_is_downloaded(staff, kind):
    content = staff.get(f"/admin/catalog/batch/template/{kind}.xlsx").content
    heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).active[1]]
    assert heads[0] == "Product id"
    assert ("Title" in heads) == (kind == "products")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "prices"])
def test_the_export_holds_what_the_list_shows(staff, kind):
    make_spu(out_product_id="shown-1")
    other = make_spu(out_product_id="hidden-1")
    SPU.objects.filter(pk=other.pk).update(edit_status=2)
    response = staff.get(f"{PRODUCTS}export/", {"as": kind, "state": "draft"})
    content = b"".join(response.streaming_content) if kind == "csv" else response.content
    if kind == "csv":
        text = content.decode("utf-8-sig")
    else:
        rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        text = "\n".join(str(row) for row in rows)
    assert "shown-1" in text
    assert "hidden-1" not in text


@pytest.mark.parametrize("role", ["warehouse", "auditor", "developer"])
def test_who_may_not_add_products_imports_none(client, role):
    client.force_login(make_user(role))
    assert client.get("/admin/catalog/batch/add/").status_code == 403
    assert brought(client, as_csv([line()])).status_code == 403
    assert client.post("/api/v1/product-imports/", {"sheet": as_csv([line()])}).status_code == 403
    assert not Batch.objects.exists()


def test_somebody_elses_import_is_not_steered(client):
    from wechat.steps import actors

    free_category()
    with actors.acting("admin", make_user("product")):
        batch = batches.create(as_csv([line()]))
    batches.work(batch.pk)
    client.force_login(make_user("product"))
    assert client.post(f"/admin/catalog/batch/{batch.pk}/start/").status_code == 403
    client.force_login(make_user("customer_service"))
    assert client.get(f"/admin/catalog/batch/{batch.pk}/change/").status_code == 404
    client.force_login(make_user("owner"))
    assert client.post(f"/admin/catalog/batch/{batch.pk}/start/").status_code == 302


def test_product_pictures_are_seen_by_who_sees_products_and_papers_are_not(client):
    head, paper = make_image(), make_image()
    make_spu(head_img=[head], qualification_pics=[paper])
    client.force_login(make_user("warehouse"))
    assert client.get(f"/files/{head.pk}/").status_code == 200
    assert client.get(f"/files/{paper.pk}/").status_code == 403
    assert client.get("/files/999999/").status_code == 403


def test_today_says_what_waits_among_products(staff, platform, hear):
    assert "Nothing waits for you." in words(staff.get("/admin/"))
    refused, waiting = make_spu(), make_spu()
    submit_spu(refused)
    platform.reject_product(refused.out_product_id, "标题不规范")
    hear()
    page = words(staff.get("/admin/"))
    assert "1 Products to submit" in page and "1 Rejected products" in page
    assert "标题不规范" in page
    assert waiting.unsent == Unsent.REVIEW
    assert Step.objects.filter(operation=submit_spu.full_name).count() == 1
