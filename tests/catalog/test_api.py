"""Products for developers: written, sent, refused, settled and imported over the API."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.imports import batches
from catalog.models import SPU, Difference
from catalog.operations import refresh_spu, submit_spu
from console.models import Edit
from tests.catalog.test_sheets import as_csv, line
from tests.factories import free_category, make_image, make_spu, make_user, picture
from wechat.models import Image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(client):
    client.force_login(make_user("product"))
    return client


def post(api, url, data=None):
    return api.post(f"/api/v1/{url}", json.dumps(data or {}), content_type="application/json")


def patch(api, url, data):
    return api.patch(f"/api/v1/{url}", json.dumps(data), content_type="application/json")


def product(**fields) -> dict:
    free_category()
    sku = {"out_sku_id": "s1", "sale_price": 1999, "stock_num": 5}
    return {
        "out_product_id": "p1",
        "title": "法式碎花连衣裙",
        "third_cat_id": 6040,
        "path": "pages/p?id=1",
        "head_img": [make_image().pk],
        "skus": [sku],
        **fields,
    }


def test_a_product_goes_from_picture_to_shelf(api, platform, drain, hear):
    file = SimpleUploadedFile("a.png", picture(), "image/png")
    image = api.post("/api/v1/pictures/", {"file": file})
    assert image.status_code == 201, image.content
    created = post(api, "products/", product(head_img=[image.json()["id"]]))
    assert created.status_code == 201, created.content
    url = f"products/{created.json()['id']}/"
    answer = post(api, f"{url}submit_spu/")
    assert answer.status_code == 202
    drain()
    platform.approve_product("p1")
    hear()
    found = api.get(f"/api/v1/{url}").json()
    assert (found["edit_status"], found["status"], found["unsent"]) == (4, 5, 0)
    assert found["product_id"] == str(platform.product("p1").product_id)
    assert (found["skus"][0]["sale_price"], found["rounds"][0]["status"]) == (1999, 4)


def test_the_same_picture_twice_is_one(api):
    content = picture()
    ids = {
        api.post("/api/v1/pictures/", {"file": SimpleUploadedFile(name, content)}).json()["id"]
        for name in ("a.png", "b.png")
    }
    assert ids == {Image.objects.get().pk}
    answer = api.post("/api/v1/pictures/", {"file": SimpleUploadedFile("x.png", b"no picture")})
    assert answer.status_code == 400


def test_what_was_done_to_a_picture_stands_beside_it(api):
    answer = api.post("/api/v1/pictures/", {"file": SimpleUploadedFile("x.webp", picture("WEBP"))})
    assert (answer.status_code, answer.json()["warnings"]) == (201, ["Converted from WEBP to JPG."])
    paper = api.post("/api/v1/documents/", {"kind": "licence", "file": SimpleUploadedFile("x.bmp", picture("BMP"))})
    assert (paper.status_code, paper.json()["warnings"]) == (201, ["Converted from BMP to PNG."])


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"out_product_id": ""}, "out_product_id"),
        ({"out_product_id": " p"}, None),  # trimmed
        ({"title": ""}, "title"),
        ({"third_cat_id": 1}, "third_cat_id"),
        ({"brand_id": 7}, "brand_id"),
        ({"head_img": [999]}, "head_img"),
        ({"scene_group_list": ["x"]}, "scene_group_list"),
        ({"skus": [{"out_sku_id": "a", "sale_price": 19.99}]}, "skus"),
        ({"skus": [{"out_sku_id": "a", "sale_price": -1}]}, "skus"),
        ({"skus": [{"out_sku_id": "a", "sale_price": 1}, {"out_sku_id": "a", "sale_price": 1}]}, "skus"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(api, fields, path):
    answer = post(api, "products/", product(**fields))
    assert answer.status_code == (400 if path else 201), answer.content
    if path:
        assert list(answer.json()) == [path, "detail", "fields"]  # the first one is deprecated
        assert not SPU.objects.exists()


def test_a_price_in_yuan_is_not_taken_for_fen(api):
    answer = post(api, "products/", product(skus=[{"out_sku_id": "a", "sale_price": "19.99", "stock_num": 1}]))
    assert "sale_price" in str(answer.json()["skus"])


def test_what_wechat_would_refuse_is_400_with_the_paths_of_the_fields(api, platform):
    spu = make_spu(path="", skus=[{"stock_num": 0}])
    answer = post(api, f"products/{spu.pk}/submit_spu/")
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"path", f"skus[{spu.out_product_id}-0].stock_num"}
    assert platform.ledger("spu/add") == []


def test_a_change_is_traced_and_known_to_need_a_review_or_not(api, platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    sku = {"out_sku_id": f"{spu.out_product_id}-0", "sale_price": 100, "stock_num": 1}
    assert patch(api, f"products/{spu.pk}/", {"skus": [sku]}).json()["unsent"] == 1
    assert Edit.objects.get().changes[f"{spu.out_product_id}-0 · price"] == ["¥199.00", "¥1.00"]
    assert patch(api, f"products/{spu.pk}/", {"title": "换了标题的连衣裙"}).json()["unsent"] == 2
    assert Edit.objects.count() == 2


def test_the_id_of_what_wechat_has_stays(api, platform):
    spu = make_spu()
    submit_spu(spu)
    assert patch(api, f"products/{spu.pk}/", {"out_product_id": "other"}).status_code == 400
    assert SPU.objects.get().out_product_id == spu.out_product_id


def test_a_state_in_the_way_is_409(api, platform):
    spu = make_spu()
    assert post(api, f"products/{spu.pk}/withdraw_spu/").status_code == 409
    submit_spu(spu)
    assert post(api, f"products/{spu.pk}/submit_spu/").status_code == 409


def test_differences_are_listed_and_taken(api, platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    platform.drift(spu.out_product_id)
    refresh_spu(spu)
    rows = api.get("/api/v1/product-differences/", {"field": "title"}).json()["results"]
    assert [(row["ours"], row["theirs"]) for row in rows] == [(spu.title, f"{spu.title} (WeChat)")]
    answer = api.post(f"/api/v1/product-differences/{rows[0]['id']}/take_theirs/")
    assert answer.json()["title"] == f"{spu.title} (WeChat)"
    assert not Difference.objects.filter(field="title").exists()


def test_a_sheet_is_imported_and_undone(api):
    free_category()
    answer = api.post("/api/v1/product-imports/", {"sheet": as_csv([line(1), line(2, sale_price="x")])})
    assert answer.status_code == 201, answer.content
    url = f"/api/v1/product-imports/{answer.json()['id']}/"
    assert api.post(f"{url}start/").status_code == 409
    batches.work(answer.json()["id"])
    found = api.get(url).json()
    assert (found["state"], found["good"], found["bad"], found["rows"][0]["number"]) == ("checked", 1, 1, 3)
    assert api.post(f"{url}start/").status_code == 202
    batches.work(answer.json()["id"])
    assert api.get(url).json()["state"] == "imported"
    assert api.post(f"{url}undo/").status_code == 202
    batches.work(answer.json()["id"])
    assert (api.get(url).json()["state"], SPU.objects.count()) == ("undone", 0)


def test_a_draft_is_deleted_here_and_what_wechat_has_is_not(api, platform):
    draft, sent = make_spu(), make_spu()
    submit_spu(sent)
    assert api.delete(f"/api/v1/products/{draft.pk}/").status_code == 204
    assert api.delete(f"/api/v1/products/{sent.pk}/").status_code == 403
    assert list(SPU.objects.all()) == [sent]


def test_lists_ask_a_constant_number_of_questions(api):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/products/").status_code == 200
        return len(queries)

    make_spu()
    count()
    few = count()
    for _time in range(12):
        make_spu(imgs=[make_image()])
    assert count() == few


# --- ETags


def test_a_write_on_top_of_what_another_wrote_is_refused(api):
    spu = make_spu(title="连衣裙 一")
    url = f"/api/v1/products/{spu.pk}/"

    def write(tag, **body):
        headers = {"If-Match": tag} if tag else {}
        return api.patch(url, json.dumps(body), content_type="application/json", headers=headers)

    tag = api.get(url).headers["ETag"]
    first = write(tag, title="连衣裙 二")
    assert first.status_code == 200 and first.headers["ETag"] not in ("", tag)
    refused = write(tag, title="连衣裙 三")
    assert refused.status_code == 412 and "Read it again" in refused.json()["detail"]
    assert SPU.objects.get().title == "连衣裙 二"
    assert api.get(url).headers["ETag"] == first.headers["ETag"]
    assert write(f'"other", {first.headers["ETag"]}', title="连衣裙 四").status_code == 200
    assert write("*", title="连衣裙 五").status_code == write(None, title="连衣裙 六").status_code == 200


def test_what_wechat_changes_leaves_the_etag(api, platform):
    spu = make_spu()
    url = f"/api/v1/products/{spu.pk}/"
    tag = api.get(url).headers["ETag"]
    submit_spu(SPU.objects.get(pk=spu.pk))
    refresh_spu(SPU.objects.get(pk=spu.pk))
    assert api.get(url).headers["ETag"] == tag
    spu.skus.update(stock_num=99)
    assert api.get(url).headers["ETag"] != tag


def test_a_setting_requires_the_header(api, settings):
    settings.API_REQUIRE_IF_MATCH = True
    url = f"products/{make_spu().pk}/"
    assert patch(api, url, {"title": "连衣裙 七"}).status_code == 428
    assert (
        api.patch(f"/api/v1/{url}", "{}", content_type="application/json", headers={"If-Match": "*"}).status_code == 200
    )
