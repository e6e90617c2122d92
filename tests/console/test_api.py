"""The API as a door: success, each kind of refusal, ids as strings, and a document that tells the truth."""

import json
import re

import hypothesis
import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from hypothesis import given
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from aftersales.models import Aftersale
from catalog.models import Brand
from console.scopes import SCOPES
from orders.views import OrderViewSet
from qualifications.models import BrandQualification, Document
from qualifications.operations import submit_brand
from tests.factories import (
    OPENID,
    make_brand,
    make_category,
    make_category_qualification,
    make_key,
    make_order,
    make_spu,
    make_user,
    picture,
)
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(client):
    client.force_login(make_user("product"))
    return client


def post(api, url, data=None):
    return api.post(f"/api/v1/{url}", json.dumps(data or {}), content_type="application/json")


def test_a_brand_goes_from_file_to_approval(api, platform, drain, hear):
    def paper(kind):
        file = SimpleUploadedFile("a.png", picture(), "image/png")
        return api.post("/api/v1/documents/", {"kind": kind, "file": file}).json()["id"]

    created = post(
        api,
        "brand-qualifications/",
        {
            "brand_wording": "茶里",
            "trademark_type": "30",
            "trademark_registrant_nu": "1249305",
            "trademark_registrant": "某公司",
            "trademark_authorization_period": "2030-03-25",
            "license": [paper("licence")],
            "trademark_registration_certificate": [paper("trademark")],
        },
    )
    assert created.status_code == 201, created.json()
    url = f"brand-qualifications/{created.json()['id']}/"
    answer = post(api, f"{url}submit_brand/")
    assert (answer.status_code, answer.json()["counts"]["wanted"]) == (202, 1)
    drain()
    job = api.get(f"/api/v1/jobs/{answer.json()['id']}/").json()
    assert (job["state"], job["steps"][0]["state"]) == ("finished", "done")
    brand = api.get(f"/api/v1/{url}").json()
    platform.approve(brand["rounds"][0]["audit_id"])
    hear()
    brand = api.get(f"/api/v1/{url}").json()
    assert (brand["brand_id"], brand["state"], brand["rounds"][0]["status"]) == ("10001", "Approved", 1)


def test_what_is_missing_is_400_with_the_fields(api, platform):
    answer = post(api, f"brand-qualifications/{make_brand(license=[]).pk}/submit_brand/")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"license": ["The business licence is needed."]}
    assert not Step.objects.exists()


def test_a_wrong_state_is_409_with_the_state(api, platform):
    brand = make_brand()
    submit_brand(brand)
    answer = post(api, f"brand-qualifications/{brand.pk}/submit_brand/")
    assert (answer.status_code, "In review" in answer.json()["detail"]) == (409, True)


def test_wechats_refusal_is_on_the_jobs_step_with_its_words(api, platform, drain):
    platform.fault("error", "/shop/audit/audit_brand", errcode=1070010)
    job = post(api, f"brand-qualifications/{make_brand().pk}/submit_brand/").json()
    drain()
    (step,) = api.get(f"/api/v1/jobs/{job['id']}/").json()["steps"]
    assert (step["state"], step["errcode"], len(step["rid"].split("-"))) == ("refused", 1070010, 3)
    assert "Upload the file again" in step["meaning"]


def test_what_is_with_wechat_is_not_changed(api, platform):
    brand = make_brand()
    submit_brand(brand)
    answer = api.patch(f"/api/v1/brand-qualifications/{brand.pk}/", {"brand_wording": "x"}, "application/json")
    assert answer.status_code == 400
    assert "In review" in answer.json()["detail"]


def test_a_file_that_is_no_picture_is_refused_at_its_field(api):
    file = SimpleUploadedFile("a.png", b"text", "image/png")
    answer = api.post("/api/v1/documents/", {"kind": "licence", "file": file})
    assert answer.status_code == 400
    assert "not a JPG or PNG" in str(answer.json())
    assert not Document.objects.exists()


def test_platform_ids_are_strings_and_lists_have_pages(api):
    Brand.objects.create(brand_id=9007199254740993, brand_wording="大号")
    make_category()
    assert api.get("/api/v1/brands/").json()["results"][0]["brand_id"] == "9007199254740993"
    assert api.get("/api/v1/brands/9007199254740993/").json()["brand_wording"] == "大号"
    assert api.get("/api/v1/categories/", {"granted": "false"}).json()["count"] == 1
    assert api.get("/api/v1/categories/7448/").json()["third_cat_name"] == "坚果炒货"


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"x"', '{"brand_wording": {}}', '{"license": ["x"]}', '{"trademark_type": 99}']
)
def test_rubbish_is_400_and_changes_nothing(api, body):
    answer = api.post("/api/v1/brand-qualifications/", body, content_type="application/json")
    assert answer.status_code == 400
    assert not BrandQualification.objects.exists()


def test_lists_ask_a_constant_number_of_questions(api, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/brand-qualifications/").status_code == 200
        return len(queries)

    make_brand()
    count()
    few = count()
    for _time in range(12):
        make_brand()
    assert count() == few


def test_a_write_without_a_csrf_token_is_refused():
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("product"))
    assert strict.post("/api/v1/brand-qualifications/", "{}", content_type="application/json").status_code == 403


def test_the_document_and_its_pages_come_from_our_own_files(api):
    schema = api.get("/api/v1/schema/")
    assert schema.status_code == 200
    page = api.get("/api/v1/docs/").content.decode()
    assert "swagger" in page and "https://" not in page


def test_the_document_is_generated_without_a_warning():
    from io import StringIO

    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_reads_answer_as_the_document_says(api, live_server):
    """Whatever a caller makes of the document's parameters, the answer is one that it declares."""
    loaded = schemathesis.openapi.from_dict(json.loads(api.get("/api/v1/schema/?format=json").content))
    loaded.config.generation.allow_x00 = False  # a filter says 400 to them, which no document of the library declares
    make_brand()
    make_category()
    signed_in = {"Cookie": f"sessionid={api.cookies['sessionid'].value}"}
    reads = [found.ok() for found in loaded.get_all_operations() if found.ok().method.upper() == "GET"]
    assert len(reads) >= 8
    for operation in reads:

        @given(case=operation.as_strategy())
        @hypothesis.settings(max_examples=8, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
        def check(case):
            case.call_and_validate(base_url=live_server.url, headers=signed_in)

        check()


def test_nothing_that_is_sent_to_the_order_api_makes_it_fail(client, live_server, platform):
    """Whatever a machine makes of the document, the answer is one that it declares, and never a 5xx of our own."""
    from tests.factories import make_key, make_order

    client.force_login(make_user("owner"))
    loaded = schemathesis.openapi.from_dict(json.loads(client.get("/api/v1/schema/?format=json").content))
    make_order()
    _key, header = make_key("read", "orders", "ship")
    writes = [
        found.ok()
        for found in loaded.get_all_operations()
        if found.ok().path.startswith("/api/v1/orders/") and found.ok().method.upper() == "POST"
    ]
    actions = [one for one in OrderViewSet.get_extra_actions() if "post" in one.mapping]
    assert len(writes) == len(actions) + 1  # and the order itself
    for operation in writes:

        @given(case=operation.as_strategy())
        @hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
        def check(case):
            answer = case.call(base_url=live_server.url, headers={**dict(case.headers or {}), **header})
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])

        check()


def _document() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def _ref(content: dict) -> str:
    return next((part["schema"].get("$ref", "") for part in content.values()), "")


def test_no_operations_body_is_its_own_resource():
    """`action` overwrites what `extend_schema` said below it: the body was then that of the whole record."""
    paths = _document()["paths"]
    resources = {
        _ref(methods["get"]["responses"]["200"]["content"])
        for path, methods in paths.items()
        if path.endswith("}/") and "get" in methods
    }
    wrong = [
        path
        for path, methods in paths.items()
        if re.search(r"/[a-z_]+/$", path) and "post" in methods and "get" not in methods
        if (body := _ref(methods["post"].get("requestBody", {}).get("content", {}))) and body in resources
    ]
    assert wrong == []


def test_every_operation_says_its_refusals_as_problems():
    document = _document()
    problems = {
        f"#/components/schemas/{name}"
        for name, one in document["components"]["schemas"].items()
        if "detail" in one.get("properties", {})
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            refusals = [answer for status, answer in operation["responses"].items() if status >= "400"]
            assert refusals and all(_ref(answer["content"]) in problems for answer in refusals), path


def test_an_unknown_parameter_of_a_list_is_refused_with_the_known_ones(api, settings):
    answer = api.get("/api/v1/products/", {"statuss": "5"})
    assert (answer.status_code, "out_product_id" in answer.json()["fields"]["statuss"][0]) == (400, True)
    settings.API_IGNORE_UNKNOWN_PARAMETERS = True
    assert api.get("/api/v1/products/", {"statuss": "5"}).status_code == 200


def test_a_refused_body_has_its_sentences_by_path(api, platform):
    body = {"out_product_id": "a b", "skus": [{"out_sku_id": "x", "sale_price": "1.5"}]}
    problem = post(api, "products/", body).json()
    assert problem["detail"] and "skus[0].sale_price" in problem["fields"]


def test_the_document_is_read_with_a_key_and_without_one_only_where_that_is_set(client, settings):
    _key, header = make_key("read")
    assert client.get("/api/v1/schema/", headers=header).status_code == 200
    assert client.get("/api/v1/schema/").status_code == 403
    settings.API_PUBLIC_SCHEMA = True
    assert client.get("/api/v1/schema/").status_code == 200


def test_whatever_is_written_is_answered_as_the_document_says(client, live_server, platform):
    """Each POST, PUT, PATCH and DELETE with bodies made of the document: no 5xx of ours, no undeclared answer."""
    client.force_login(make_user("owner"))
    loaded = schemathesis.openapi.from_dict(json.loads(client.get("/api/v1/schema/?format=json").content))
    _key, header = make_key(*SCOPES)
    checks = [schemathesis.checks.not_a_server_error, status_code_conformance, response_schema_conformance]
    writes = [found.ok() for found in loaded.get_all_operations() if found.ok().method.upper() != "GET"]
    assert len(writes) > 90
    wrong: dict[str, str] = {}
    order = make_order()
    line = order.lines.get()
    aftersale = Aftersale.objects.create(family=0, order=order, line=line, type=1, product_cnt=1, orderamt=1, status=1)
    known = {
        "products": make_spu().pk,
        "orders": order.out_order_id,
        "aftersales": aftersale.pk,
        "brand-qualifications": make_brand().pk,
        "category-qualifications": make_category_qualification().pk,
        "sharers": OPENID,
    }
    for operation in writes:

        @given(case=operation.as_strategy())
        @hypothesis.settings(max_examples=4, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
        def check(case):
            if (key := known.get(case.operation.path.split("/")[3])) and case.path_parameters:
                case.path_parameters = dict.fromkeys(case.path_parameters, str(key))
            answer = case.call(base_url=live_server.url, headers={**dict(case.headers or {}), **header})
            try:
                case.validate_response(answer, checks=[] if answer.status_code == 503 else checks)
            except BaseExceptionGroup as found:
                wrong[case.operation.label] = f"{answer.status_code} {answer.text[:300]} {found.exceptions[0]}"[:900]

        check()
    assert wrong == {}


def test_an_address_without_its_last_slash_is_named(client, platform):
    _key, header = make_key("orders")
    answer = client.post("/api/v1/orders", {}, content_type="application/json", headers=header)
    assert (answer.status_code, "/api/v1/orders/" in answer.json()["detail"]) == (404, True)


def test_a_key_is_told_which_scope_it_lacks(client, platform):
    _key, header = make_key("orders")
    answer = client.post("/api/v1/orders/o-1/ship_order/", {}, content_type="application/json", headers=header)
    assert answer.status_code == 403
    assert "ship" in answer.json()["detail"] and "It has: orders" in answer.json()["detail"]


def test_a_number_that_is_not_here_is_named(client, platform):
    _key, header = make_key("orders")
    answer = client.get("/api/v1/orders/nope/", headers=header)
    assert (answer.status_code, "nope" in answer.json()["detail"]) == (404, True)
