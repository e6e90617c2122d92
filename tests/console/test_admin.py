"""The admin as a door: buttons, lists, the record page, settling, and what each press leaves behind."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from console import jobs
from console.models import Edit, Job, Reveal
from qualifications.models import BrandQualification, CategoryQualification, Document
from qualifications.operations import submit_brand
from tests.console.pages import act, words
from tests.factories import (
    make_brand,
    make_category,
    make_category_qualification,
    make_document,
    make_user,
    picture,
    upload,
)
from tests.threads import at_once
from wechat import tasks
from wechat.errors import Unreachable
from wechat.models import AccountInfo, Callback, Step
from wechat.sealed import seal

pytestmark = pytest.mark.django_db(transaction=True)
BRANDS = "/admin/qualifications/brandqualification/"


@pytest.fixture
def staff(client):
    user = make_user("product")
    client.force_login(user)
    client.user = user
    return client


def form(**fields):
    """A brand's form as the browser posts it."""
    papers = {
        f"{name}-shown": "1"
        for name in (
            "license",
            "sale_authorization",
            "trademark_registration_certificate",
            "trademark_change_certificate",
            "trademark_registration_application",
            "imported_goods_form",
        )
    }
    return {
        "brand_wording": "茶里",
        "brand_audit_type": "1",
        "trademark_type": "30",
        "brand_management_type": "1",
        "commodity_origin_type": "2",
        "trademark_registrant_nu": "1249305",
        "trademark_registrant": "某公司",
        "trademark_authorization_period": "2030-03-25",
        **papers,
        **fields,
    }


def test_one_press_saves_the_form_with_its_files_and_submits_it(staff, platform, drain):
    files = {"license-files": upload(), "trademark_registration_certificate-files": upload()}
    response = staff.post(f"{BRANDS}add/", form(_operation="submit_brand", **files), follow=True)
    brand = BrandQualification.objects.get()
    assert "Submit for review" in words(response)
    assert platform.ledger("audit_brand") == []
    drain()
    brand.refresh_from_db()
    assert brand.last_round.status == 0
    step = Step.objects.get(operation="qualifications.submit_brand")
    assert (step.user, step.door, step.jobs.get().finished_at is not None) == (staff.user, "admin", True)


def test_what_is_missing_stands_at_its_field_and_nothing_is_sent(staff, platform):
    response = staff.post(f"{BRANDS}add/", form(_operation="submit_brand", trademark_registrant=""), follow=True)
    page = response.content.decode()
    assert "Saved, but not sent yet" in page
    for field, sentence in (
        ("license", "The business licence is needed."),
        ("trademark_registrant", "Write who the trademark is registered to, as on the certificate."),
    ):
        row = page[page.index(f'field-{field}"') :]
        assert sentence in row[: row.index("form-row", 10)]
    assert not Job.objects.exists()
    assert platform.ledger("upload") == []


def test_a_bad_file_is_named_and_the_good_ones_and_the_words_are_kept(staff):
    files = {"license-files": [upload("good.png"), upload("text.png", b"no picture")]}
    response = staff.post(f"{BRANDS}add/", form(brand_wording="不要丢", **files))
    page = response.content.decode()
    assert "text.png: This is not a JPG or PNG picture" in page
    assert "不要丢" in page
    good = Document.objects.get(title="good")
    assert f'name="license" value="{good.pk}" checked' in page
    assert not BrandQualification.objects.exists()


def test_a_3_mb_picture_is_made_smaller_and_the_page_says_so(staff):
    big = upload("big.png", picture() + b"\x00" * 3 * 1024 * 1024)
    response = staff.post(f"{BRANDS}add/", form(**{"license-files": big}), follow=True)
    assert "“big.png”: Made smaller: 3.0 MB became 0.1 MB, 24 × 24 pixels." in words(response)
    assert BrandQualification.objects.get().license.get().image.size < 1000


def test_papers_are_chosen_from_the_library_and_dropped(staff):
    licence, other = make_document(), make_document()
    brand = make_brand(license=[licence])
    staff.post(f"{BRANDS}{brand.pk}/change/", form(license=[str(other.pk)]))
    assert list(brand.license.all()) == [other]


def test_a_rejected_brand_shows_the_whole_reason_and_is_corrected_and_sent_again(staff, platform, hear, drain):
    brand = make_brand()
    submit_brand(brand)
    reason = "商标注册证不清晰；" * 30
    platform.reject(brand.last_round.audit_id, reason)
    hear()
    page = words(staff.get(f"{BRANDS}{brand.pk}/change/"))
    assert reason in page
    assert "message from WeChat" in page
    keep = {
        name: [str(doc.pk) for doc in getattr(brand, name).all()]
        for name in ("license", "trademark_registration_certificate")
    }
    staff.post(f"{BRANDS}{brand.pk}/change/", form(brand_wording="茶里 2", _operation="submit_brand", **keep))
    drain()
    brand.refresh_from_db()
    platform.approve(brand.last_round.audit_id)
    hear()
    page = words(staff.get(f"{BRANDS}{brand.pk}/change/"))
    assert "Approved" in page and "Review 2" in page and "brand_wording" in page
    brand.refresh_from_db()
    assert brand.brand_id == 10001


def test_what_is_with_wechat_cannot_be_edited_or_deleted_but_its_papers_are_shown(staff, platform):
    brand = make_brand(brand_wording="before")
    submit_brand(brand)
    page = staff.get(f"{BRANDS}{brand.pk}/change/").content.decode()
    assert f'src="/files/{brand.license.get().image_id}/"' in page
    assert staff.post(f"{BRANDS}{brand.pk}/change/", form(brand_wording="after")).status_code == 403
    assert staff.post(f"{BRANDS}{brand.pk}/delete/", {"post": "yes"}).status_code == 403
    brand.refresh_from_db()
    assert brand.brand_wording == "before"


def test_a_button_not_allowed_now_is_disabled_and_says_why(staff, platform):
    page = staff.get(f"{BRANDS}{make_brand().pk}/change/").content.decode()
    assert re.search(r'<button[^>]*title="Not possible now: Draft" disabled>Ask for the result', page)


def test_a_job_has_an_outcome_for_each_record(staff, platform, drain):
    good, bad = make_brand(), make_brand(license=[])
    jobs.start(submit_brand, [good, bad])
    drain()
    job = Job.objects.get()
    assert (job.counts()["done"], job.counts()["skipped"]) == (1, 1)
    page = words(staff.get(f"/admin/console/job/{job.pk}/change/"))
    assert "The business licence is needed." in page
    csv = staff.get(f"/admin/console/job/{job.pk}/failed.csv").content.decode()
    assert csv.count("\n") == 2 and "The business licence is needed." in csv


def test_operations_run_on_post_only(staff, platform):
    brand = make_brand()
    url = reverse("admin:qualifications_brandqualification_do", args=[brand.pk, "submit_brand"])
    assert staff.get(url).status_code == 404
    assert not Step.objects.exists()


def test_no_page_calls_wechat(staff, platform):
    brand, qualification = make_brand(), make_category_qualification()
    for url in (
        "/admin/",
        BRANDS,
        f"{BRANDS}{brand.pk}/change/",
        "/admin/qualifications/document/",
        "/admin/catalog/category/",
        f"/admin/qualifications/categoryqualification/{qualification.pk}/change/",
        "/admin/catalog/brand/",
        "/admin/wechat/accountinfo/",
        "/admin/console/job/",
        "/admin/search/?q=a",
        "/readyz",
        "/healthz",
    ):
        assert staff.get(url, follow=True).status_code == 200, url
    from sandbox.models import Entry

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("url", "make"),
    [
        (BRANDS, make_brand),
        ("/admin/qualifications/document/", make_document),
        ("/admin/catalog/category/", None),
        ("/admin/qualifications/categoryqualification/", None),
        ("/admin/console/job/", None),
        ("/admin/wechat/step/", None),
        ("/admin/wechat/callback/", None),
        ("/admin/console/edit/", None),
        ("/admin/auth/user/", lambda: make_user("product")),
    ],
)
def test_a_list_asks_the_same_number_of_questions_for_two_rows_as_for_forty(
    client, url, make, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from console.edits import trace_edit

    owner = make_user("owner")
    client.force_login(owner)
    numbers = iter(range(1000))

    def row():
        if make:
            return make()
        number = next(numbers)
        if "category/" in url or "categoryq" in url:
            category = make_category(third_cat_id=9000 + number, third_cat_name=f"c{number}")
            return make_category_qualification(category) if "categoryq" in url else category
        brand = make_brand()
        if "job" in url or "step" in url:
            return jobs.start(submit_brand, [brand])
        if "edit" in url:
            return trace_edit(brand, {"a": ["b", "c"]})
        return Callback.objects.create(
            key=str(number), event="e", body=seal(b"x"), received_at="2026-01-01T00:00Z", record=brand
        )

    def count() -> int:
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    for _time in range(2):
        row()
    few = count()
    for _time in range(38):
        row()
    assert count() == few


def test_an_unknown_outcome_is_shown_and_settled_by_a_person(staff, platform):
    brand = make_brand()
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    page = words(staff.get(f"{BRANDS}{brand.pk}/change/"))
    assert "gave no clear answer" in page
    assert "1 Unknown outcomes" in words(staff.get("/admin/")) or not staff.user.has_perm("wechat.view_step")
    step = Step.objects.unknown().get()
    audit_id = platform.ledger("audit_brand")[0].answer["audit_id"]
    page = staff.get(f"{BRANDS}{brand.pk}/change/").content.decode()
    (url,) = re.findall(r'action="([^"]*settle[^"]*)"', page)
    assert url == f"{BRANDS}{brand.pk}/settle/{step.pk}/"
    assert "Write down the number" in words(staff.post(url, {"received": "1", "key": ""}, follow=True))
    assert "is asked about this number" in words(staff.post(url, {"received": "1", "key": audit_id}, follow=True))
    assert platform.ledger("result") == []
    tasks.sweep()
    brand.refresh_from_db()
    assert brand.last_round.audit_id == audit_id


def test_every_edit_is_traced_with_before_and_after_and_never_changed(staff):
    brand = make_brand(brand_wording="before", trademark_registrant="杭州茶里有限公司")
    staff.post(f"{BRANDS}{brand.pk}/change/", form(brand_wording="after", trademark_registrant="上海新茶有限公司"))
    edit = Edit.objects.get()
    assert (edit.user, edit.changes["brand_wording"]) == (staff.user, ["before", "after"])
    assert edit.changes["trademark_registrant"] == ["杭州茶****公司", "上海新****公司"]
    with pytest.raises(TypeError):
        edit.save()
    with pytest.raises(TypeError):
        edit.delete()


def test_a_message_is_shown_only_for_a_reason_that_leaves_a_trace(client):
    client.force_login(make_user("developer"))
    callback = Callback.objects.create(
        key="k", event="e", body=seal("<xml>秘密</xml>".encode()), received_at="2026-01-01T00:00Z"
    )
    url = f"/admin/wechat/callback/{callback.pk}/reveal/"
    assert "秘密" not in words(client.get(f"/admin/wechat/callback/{callback.pk}/change/")) + words(client.get(url))
    assert "秘密" not in words(client.post(url, {"reason": "  "}))
    assert not Reveal.objects.exists()
    assert "秘密" in client.post(url, {"reason": "查丢失的推送"}).content.decode()
    assert Reveal.objects.get().reason == "查丢失的推送"
    client.force_login(make_user("auditor"))
    assert client.post(url, {"reason": "curious"}).status_code == 403


def test_a_failed_message_is_handled_again_from_the_list(client):
    client.force_login(make_user("developer"))
    callback = Callback.objects.create(
        key="k", event="e", state="failed", attempts=9, body=seal(b"{}"), received_at="2026-01-01T00:00Z"
    )
    act(client, "/admin/wechat/callback/", "handle_again", [callback])
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == ("received", 0)


def test_private_pictures_need_a_permission(client):
    image = make_document().image
    url = f"/files/{image.pk}/"
    assert client.get(url).status_code == 302
    client.force_login(make_user("warehouse"))
    assert client.get(url).status_code == 403
    client.force_login(make_user("product"))
    response = client.get(url)
    assert (response.status_code, response["Content-Type"], response["X-Content-Type-Options"]) == (
        200,
        "image/png",
        "nosniff",
    )


def test_service_settings_are_one_record_and_hide_the_address_from_those_who_only_look(client):
    AccountInfo.objects.create(receiver_name="王芳", tel_number="13800138000", detailed_address="文三路 100 号")
    client.force_login(make_user("product"))
    assert "13800138000" in client.get("/admin/wechat/accountinfo/", follow=True).content.decode()
    client.force_login(make_user("warehouse"))
    page = client.get("/admin/wechat/accountinfo/", follow=True).content.decode()
    assert "13800138000" not in page and "王芳" not in page


def test_every_list_can_be_pulled_from_the_beginning(staff):
    page = words(staff.get("/admin/wechat/pulledlist/"))
    for name in ("All categories", "Granted categories", "Granted brands", "Certificates filed with the mini program"):
        assert name in page


def test_pulling_a_list_leads_back_to_where_it_was_pressed(staff, platform, drain):
    from wechat.models import PulledList

    pulled = PulledList.objects.get(name="categories")
    url = reverse("admin:wechat_pulledlist_do", args=[pulled.pk, "pull_categories"])
    staff.post(url, {"next": "/admin/catalog/category/"})
    drain()
    page = words(staff.get("/admin/catalog/category/"))
    assert re.search(r"All categories: \d\d rows, pulled just now", page)
    assert staff.post(url, {"next": "https://evil.example/"}).url.startswith("/admin/")


def test_the_category_picker_finds_by_any_level_and_leaves_out_what_needs_no_papers(staff):
    make_category()
    make_category(third_cat_id=1, third_cat_name="坚果自由", qualification_type=0)
    make_category(third_cat_id=2, third_cat_name="旧坚果", gone=True)
    query = {"app_label": "qualifications", "model_name": "categoryqualification", "field_name": "category"}
    for term in ("坚果", "休闲", "食品", "7448", "坚果炒货 休闲"):
        results = staff.get("/admin/autocomplete/", {**query, "term": term}).json()["results"]
        assert [row["text"] for row in results] == [
            "食品饮料 › 休闲食品 › 坚果炒货 (papers: category required, products not needed)"
        ], term


def test_a_category_application_is_filled_in_and_sent(staff, platform, drain):
    category = make_category()
    data = {"category": category.pk, "license-shown": "1", "certificate-shown": "1", "_operation": "submit_category"}
    files = {"license-files": upload(), "certificate-files": upload()}
    staff.post("/admin/qualifications/categoryqualification/add/", {**data, **files})
    drain()
    assert CategoryQualification.objects.get().last_round.status == 0


def test_a_job_is_paused_and_resumed_by_who_started_it(staff, platform, drain):
    from wechat.steps import actors

    with actors.acting("admin", staff.user):
        job = jobs.start(submit_brand, [make_brand(), make_brand()])
    staff.post(f"/admin/console/job/{job.pk}/pause/")
    drain()
    assert platform.ledger("audit_brand") == []
    staff.force_login(make_user("auditor"))
    assert staff.post(f"/admin/console/job/{job.pk}/resume/").status_code == 403
    staff.force_login(staff.user)
    staff.post(f"/admin/console/job/{job.pk}/resume/")
    drain()
    assert len(platform.ledger("audit_brand")) == 2


def test_search_finds_brands_by_their_beginning(staff):
    brand = make_brand(brand_wording="寻找我")
    page = staff.get("/admin/search/", {"q": "寻找"}).content.decode()
    assert f"{BRANDS}{brand.pk}/change/" in page
    assert "Nothing is called" in words(staff.get("/admin/search/", {"q": "没有"}))


def test_a_document_in_use_is_not_deleted_and_a_deletion_is_traced(staff):
    used, free = make_document(), make_document()
    make_brand(license=[used])
    url = "/admin/qualifications/document/{}/delete/"
    assert staff.post(url.format(used.pk), {"post": "yes"}).status_code == 403
    staff.post(url.format(free.pk), {"post": "yes"})
    staff.post(
        "/admin/qualifications/document/", {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    )
    assert list(Document.objects.filter(pk__in=[used.pk, free.pk])) == [used]
    edit = Edit.objects.get()
    assert (edit.object_id, edit.changes["–"][1]) == (free.pk, "deleted")


def test_no_password_is_kept_in_a_trace(client):
    client.force_login(make_user("owner"))
    secret = "correct horse battery 9"
    data = {"username": "newcomer", "password1": secret, "password2": secret, "usable_password": "true"}
    client.post("/admin/auth/user/add/", data)
    from django.contrib.auth.models import User

    person = User.objects.get(username="newcomer")
    client.post(
        f"/admin/auth/user/{person.pk}/password/",
        {"password1": secret + "x", "password2": secret + "x", "usable_password": "true"},
    )
    assert [list(edit.changes) for edit in Edit.objects.order_by("id")] == [["username"], ["password"]]
    assert secret not in str(list(Edit.objects.values_list("changes", flat=True)))


def test_presses_at_the_same_moment_make_one_call(staff, platform, drain):
    brand = make_brand()
    url = reverse("admin:qualifications_brandqualification_do", args=[brand.pk, "submit_brand"])

    def press():
        browser = Client()
        browser.force_login(staff.user)
        return browser.post(url).status_code

    assert at_once(5, press) == [302] * 5
    drain()
    assert len(platform.ledger("audit_brand")) == 1


def test_what_waits_for_a_quota_says_when_and_can_be_cancelled(staff, platform, drain):
    from wechat.steps import actors

    brand = make_brand()
    platform.fault("error", "/shop/audit/audit_brand", errcode=45009)
    with actors.acting("admin", staff.user):
        job = jobs.start(submit_brand, [brand])
    drain()
    page = words(staff.get(f"/admin/console/job/{job.pk}/change/"))
    assert "Today's calls to this interface are used up." in page and "Next try at" in page
    page = staff.get(f"{BRANDS}{brand.pk}/change/").content.decode()
    assert f"/admin/console/job/{job.pk}/change/" in page
    staff.post(f"/admin/console/job/{job.pk}/cancel/")
    job.refresh_from_db()
    assert (job.counts()["skipped"], job.finished_at is not None) == (1, True)
    assert not Step.objects.open().exists()


@pytest.mark.parametrize(
    ("url", "status", "says"), [("/nothing/", 404, "Nothing here"), ("/files/1/", 403, "Not for your role")]
)
def test_errors_are_pages_that_say_what_to_do(client, url, status, says):
    client.force_login(make_user("warehouse"))
    response = client.get(url)
    assert (response.status_code, says in words(response)) == (status, True)


# --- error pages


@pytest.fixture
def strict():
    """A browser whose posts are checked as in earnest, and that gets the page instead of the exception."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(make_user("owner"))
    return browser


@pytest.mark.parametrize(("language", "says"), [("en", "Please try again"), ("zh-hans", "请重试")])
def test_a_form_without_its_token_is_answered_with_a_sentence(strict, language, says):
    strict.cookies["django_language"] = language
    response = strict.post("/admin/qualifications/document/add/", {"title": "x"})
    assert (response.status_code, says in words(response)) == (403, True)


@pytest.mark.parametrize("url", ["/admin/", "/api/v1/products/"])
def test_what_is_too_large_or_fails_is_said_in_words(strict, settings, monkeypatch, url):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    strict.handler.enforce_csrf_checks = False
    kind = "application/json" if "api" in url else "application/x-www-form-urlencoded"
    response = strict.post(url, "x" * 200, content_type=kind)
    assert response.status_code == 413
    assert "larger" in response.json()["detail"] if "api" in url else "Too large" in words(response)
    monkeypatch.setattr("console.site.waiting_for", lambda *args, **kwargs: 1 / 0)
    monkeypatch.setattr("catalog.views.SPUViewSet.list", lambda *args, **kwargs: 1 / 0)
    response = strict.get(url)
    assert response.status_code == 500
    assert "This is our fault" in (response.json()["detail"] if "api" in url else words(response))


@pytest.mark.parametrize(
    ("url", "status", "says"), [("/nothing/", 404, "Nothing here"), ("/admin/orders/order/77/change/", 404, "Nothing")]
)
def test_the_demo_shows_people_these_pages_too(strict, settings, url, status, says):
    settings.DEBUG = settings.PLAIN_ERRORS = True
    response = strict.get(url, follow=True)
    if response.status_code == 200:  # the admin leads an unknown record to the front page, with a message
        assert "doesn’t exist" in words(response)
        return
    assert (response.status_code, says in words(response)) == (status, True)
    settings.PLAIN_ERRORS = False
    assert "DEBUG = True" in strict.get(url).content.decode()
