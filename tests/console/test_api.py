"""The API as a door: success, each kind of refusal, ids as strings, and a document that tells the truth."""

import json

import hypothesis
import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given

from catalog.models import Brand
from orders.views import OrderViewSet
from qualifications.models import BrandQualification, Document
from qualifications.operations import submit_brand
from tests.factories import make_brand, make_category, make_user, picture
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
    assert "In review" in answer.json()["detail"][0]


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
