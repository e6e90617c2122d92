"""What comes in through the API, the forms and addresses: texts are cleaned and said so, numbers and ids are exact."""

import io
import json

import pytest
import requests
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from catalog.imports import columns
from catalog.models import SKU, SPU
from config import chunked
from console.money import YuanField
from console.sheets import write
from orders.models import Order
from tests.catalog.test_sheets import as_csv, imported
from tests.conftest import FIELD_CASES
from tests.factories import make_category, make_user, order_body
from wechat import client as wechat_client
from wechat.cleaning import cleaned, compact

INVISIBLE = "\u200b"
needs_cases = pytest.mark.skipif(
    not FIELD_CASES.exists(), reason="the field cases of ../shared are not beside this checkout"
)


@pytest.fixture
def api(client, platform):
    client.force_login(make_user("owner"))
    return client


def post(client, url, body):
    return client.post(
        f"/api/v1/{url}", body if isinstance(body, bytes) else json.dumps(body), content_type="application/json"
    )


def product_body(**fields):
    sku = {"out_sku_id": "a", "sale_price": 19900, "market_price": 29900, "stock_num": 10}
    return {"out_product_id": "p-1", "title": "法式碎花连衣裙", "path": "pages/p", "skus": [sku], **fields}


# --- texts


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("法式\x0b碎花", "法式碎花"),
        ("a\x00b\x7fc\x85", "abc"),
        ("半个\ud83d", "半个\ufffd"),
        ("a\tb\nc", "a\tb\nc"),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_a_text_is_kept_without_what_no_page_shows(text, kept):
    assert cleaned(text) == kept
    assert cleaned(cleaned(text)) == cleaned(text)


def test_a_changed_text_is_told_in_the_answer(api):
    made = post(api, "products/", product_body(title="法式碎花\x0b连衣裙"))
    assert (made.status_code, made.json()["title"]) == (201, "法式碎花连衣裙")
    assert made.json()["warnings"] == ["Characters that no page can show were taken out of “title”."]
    assert "warnings" not in post(api, "products/", product_body(out_product_id="p-2")).json()


@pytest.mark.parametrize("number", ["a\x00b", f"a{INVISIBLE}b", "a\ud83d", 1.5, True, "2026/11-1", ".."])
def test_an_id_is_not_changed_but_refused(api, number):
    answer = post(api, "orders/", order_body(out_order_id=number))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["out_order_id"])
    assert not Order.objects.exists()


def test_an_id_in_a_list_is_an_id(api):
    answer = post(api, "coupons/", {"out_coupon_id": "c", "out_product_ids": ["p", "q\u200b"]})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["out_product_ids"])


def test_a_chunked_body_gets_its_length_or_is_refused():
    seen: list = []

    def application(environ, start_response):
        seen.append((environ["CONTENT_LENGTH"], environ["wsgi.input"].read()))
        return [b"ok"]

    body = {"wsgi.input": io.BytesIO(b"hello"), "wsgi.input_terminated": True}
    assert chunked.with_length(application)(body, seen.append) == [b"ok"]
    answers: list = []
    body = {"wsgi.input": io.BytesIO(b"hello"), "wsgi.input_terminated": True}
    chunked.with_length(application, 3)(body, lambda status, headers: answers.append(status))
    assert (seen, answers) == ([("5", b"hello")], ["413 Content Too Large"])


def test_a_body_may_begin_with_a_mark_and_be_torn(api):
    body = json.dumps(product_body(title="法式碎花连衣裙"), ensure_ascii=False).encode()
    assert post(api, "products/", b"\xef\xbb\xbf" + body).status_code == 201
    torn = post(api, "products/", body.replace("裙".encode(), "裙".encode()[:2]).replace(b"p-1", b"p-2"))
    assert (torn.status_code, torn.json()["title"]) == (201, "法式碎花连衣\ufffd")
    assert torn.json()["warnings"] == ["The body was not whole UTF-8: broken characters were replaced."]


@pytest.mark.parametrize(
    "url",
    [
        "/admin/?q=%00",
        "/admin/orders/order/?q=%00",
        "/admin/catalog/spu/?status=%00",
        "/admin/catalog/spu/?q=%ED%A0%80",
        "/api/v1/orders/?status=%00",
        "/api/v1/orders/?openid=%00",
        "/api/v1/orders/a%00b/",
        "/api/v1/products/?out_product_id=%1f",
        "/wechat/callback/?signature=%00",
    ],
)
def test_an_address_with_control_characters_is_refused(api, url):
    assert api.get(url).status_code == 400


def test_a_form_is_cleaned_and_says_where(api):
    category = make_category()
    page = api.post(
        "/admin/catalog/spu/add/",
        {"out_product_id": "f-1", "title": "法式碎花\x14连衣裙", "category": category.pk, "path": "p"},
        follow=True,
    )
    assert "were taken out of: title" in page.content.decode()


# --- numbers

WRONG = ["199.00", 199.0, True, 1e3, "1e3", "199元", "", [], {}, "١٩", 2**63, -(2**63), "9" * 400]


@pytest.mark.parametrize("amount", WRONG, ids=str)
def test_an_amount_is_a_whole_number_of_fen(api, amount):
    body = order_body()
    body["product_infos"][0]["sale_price"] = amount
    answer = post(api, "orders/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["product_infos[0].sale_price"])
    assert not Order.objects.exists()


def test_a_wrong_amount_is_refused_with_the_word_fen(api):
    answer = post(api, "products/", product_body(skus=[{"out_sku_id": "a", "sale_price": "199.00"}]))
    assert answer.json()["skus"]["0"] == {
        "sale_price": ["An amount in fen is needed, a whole number: 19900 for ¥199.00."]
    }


def test_a_text_of_digits_is_still_taken(api):
    body = product_body(skus=[{"out_sku_id": "a", "sale_price": "19900", "stock_num": "10"}])
    assert post(api, "products/", body).status_code == 201
    assert (SKU.objects.get().sale_price, SKU.objects.get().stock_num) == (19900, 10)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=SCALARS, field=st.sampled_from(["sale_price", "market_price", "stock_num"]))
def test_any_scalar_in_an_integer_field_is_exact_or_refused(api, value, field):
    SPU.objects.all().delete()
    sku = {"out_sku_id": "a", "sale_price": 1, "market_price": 2**31 - 1, "stock_num": 10, field: value}
    answer = post(api, "products/", product_body(skus=[sku]))
    if answer.status_code == 201:
        kept = getattr(SKU.objects.get(), field)
        assert kept == (None if value is None else int(str(value).strip()))
    else:
        assert (answer.status_code, list(answer.json()["skus"]["0"])) == (400, [field])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), min_size=1, max_size=40))
def test_any_text_is_kept_cleaned_or_refused(api, text):
    SPU.objects.all().delete()
    answer = post(api, "products/", product_body(title=text, out_product_id=text))
    if answer.status_code == 201:
        spu = SPU.objects.get()
        assert (spu.title, spu.out_product_id) == (cleaned(text).strip(), compact(text))
    else:
        assert answer.status_code == 400


# --- sizes


def test_a_list_has_an_end(api):
    answer = post(api, "products/", product_body(skus=[{}] * 501))
    assert answer.status_code == 400
    assert len(answer.content) < 1000


def test_only_the_first_faulty_items_are_described(api):
    answer = post(api, "products/", product_body(skus=[{}] * 500))
    assert (answer.status_code, len(answer.json()["skus"])) == (400, 50)


def test_a_body_that_is_too_large_is_not_parsed(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post(api, "products/", product_body(desc="x" * 1000)).status_code == 413


# --- orders that nobody could pay


def test_an_order_of_nothing_is_refused_with_the_reason(api):
    body = order_body(price_info={"freight": 0, "discounted_price": 2 * 19990})
    answer = post(api, "orders/", body)
    assert answer.status_code == 400
    assert "no payment of ¥0" in answer.json()["fields"]["price_info.order_price"][0]


@needs_cases
@pytest.mark.parametrize(
    ("name", "status", "field"),
    [
        ("order-price-with-decimals", 400, "product_infos[0].sale_price"),
        ("order-slash-in-number", 400, "out_order_id"),
        ("order-zero-price", 400, "price_info.order_price"),
        ("order-same-sku-bought-and-gift", 400, "product_infos[1].out_sku_id"),
        ("order-control-char-in-name", 201, ""),
    ],
)
def test_the_orders_from_the_field(api, name, status, field):
    answer = post(api, "orders/", (FIELD_CASES / f"{name}.json").read_bytes())
    assert (answer.status_code, next(iter(answer.json().get("fields", [""])))) == (status, field)


# --- one amount, four doors: fen in the API, yuan in forms and sheets


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("199", 19900),
        ("199.9", 19990),
        ("199.99", 19999),
        ("0.01", 1),
        ("1,234.50", 123450),
        ("199.999", None),
        ("-1", None),
        ("1e3", 100000),
    ],
)
def test_an_amount_means_the_same_at_every_door(api, yuan, fen):
    try:
        by_form = YuanField().clean(yuan)
    except ValidationError:
        by_form = None
    assert by_form == fen
    assert post(api, "products/", product_body()).status_code == 201
    row = {"out_product_id": "p-1", "out_sku_id": "a", "sale_price": yuan, "market_price": "99999"}
    batch = imported(as_csv([row], columns.PRICES))
    assert (batch.bad, SKU.objects.get().sale_price) == ((0, fen) if fen else (1, 19900))
    if fen:
        body = product_body(skus=[{"out_sku_id": "a", "sale_price": fen, "market_price": 9999900}])
        url = f"/api/v1/products/{SPU.objects.get().pk}/"
        assert api.put(url, json.dumps(body), content_type="application/json").status_code == 200
        assert SKU.objects.get().sale_price == fen


def test_what_was_stored_before_can_be_exported(platform):
    rows = [{"out_product_id": "p", "title": "法\x0b式\ud83d\x00"}]
    assert b"".join(line.encode() for line in write.csv_lines(columns.PRODUCTS, rows)).decode().count("法式\ufffd") == 1
    sheet = load_workbook(io.BytesIO(write.xlsx(columns.PRODUCTS, rows))).active
    assert sheet["B2"].value == "法式\ufffd"


def test_an_answer_of_wechat_is_cleaned(platform):
    text = '\ufeff{"errcode": 0, "title": "a\\u0000b\x01c\\ud83d"}'
    response = requests.Response()
    response.status_code, response._content = 200, text.encode()
    assert wechat_client._read(response)["title"] == "abc\ufffd"


def test_letters_whose_code_points_look_like_half_a_character_are_an_address(api):
    assert api.get("/api/v1/withdrawals/h%C3%AD%C2%B3/").status_code == 404
    assert api.get("/api/v1/withdrawals/%ED%A0%80/").status_code in (400, 404)
