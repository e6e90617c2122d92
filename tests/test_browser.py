"""One walk in a real Chromium: sign in, submit, be rejected by WeChat, read why, correct it, be approved."""

import os
import shutil
import threading
import time

import pytest
from django.db import connections

from qualifications.models import BrandQualification
from tests.factories import make_user, picture
from wechat.sandbox import pushes

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI is to walk in one: apt-get install chromium")
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()


@pytest.fixture
def workers(drain, live_server, settings):
    """The workers and the sandbox's postman, in threads beside the browser."""
    settings.JOB_WAIT = 8
    settings.WECHAT_CALLBACK_URL = f"{live_server.url}/wechat/callback/"
    stop = threading.Event()

    def go_on():
        while not stop.wait(0.1):
            pushes.deliver_due()
            drain()
        connections.close_all()

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_a_newcomer_gets_a_brand_approved(page, live_server, workers, platform, tmp_path):
    licence, certificate, no_picture = tmp_path / "licence.png", tmp_path / "certificate.jpg", tmp_path / "text.png"
    licence.write_bytes(picture())
    certificate.write_bytes(picture("JPEG"))
    no_picture.write_text("this is no picture")
    user = make_user("product")

    page.goto(f"{live_server.url}/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")
    page.click("text=Brand applications >> nth=0")
    page.click("text=Add brand application")

    page.fill("#id_brand_wording", "茶里")
    page.select_option("#id_trademark_type", "30")
    page.fill("#id_trademark_registrant_nu", "1249305")
    assert page.locator("#id_trademark_registrant").is_visible()
    page.select_option("#id_brand_audit_type", "2")
    assert not page.locator("#id_trademark_registrant").is_visible()
    page.select_option("#id_brand_audit_type", "1")
    page.set_input_files("[name=license-files]", [licence, no_picture])
    page.click("button[value=submit_brand]")
    page.wait_for_selector("text=text.png: This is not a JPG or PNG picture")
    assert page.input_value("#id_brand_wording") == "茶里"
    assert page.locator("[name=license]:checked").count() == 1

    page.click("button[value=submit_brand]")
    page.wait_for_selector("text=A registered trademark needs its registration certificate.")
    page.set_input_files("[name=trademark_registration_certificate-files]", certificate)
    page.fill("#id_trademark_registrant", "杭州茶里有限公司")
    page.fill("#id_trademark_authorization_period", "2030-03-25")
    page.click("button[value=submit_brand]")
    page.wait_for_selector(".record-head .badge-blue:has-text('Under review')")
    record = page.url

    page.goto(f"{live_server.url}/sandbox/")
    page.fill("[name=reason]", "商标注册证不清晰，请上传原件。")
    page.click("button.no")
    wait_for(lambda: BrandQualification.objects.get().last_round.status == 9)
    page.goto(record)
    page.wait_for_selector(".refusal .reason:has-text('商标注册证不清晰，请上传原件。')")
    page.fill("#id_brand_wording", "茶里 CHALI")
    page.click("button[value=submit_brand]")
    page.wait_for_selector(".record-head .badge-blue:has-text('Under review')")

    page.goto(f"{live_server.url}/sandbox/")
    page.click("button.yes")
    wait_for(lambda: BrandQualification.objects.get().brand_id == 10001)
    page.goto(record)
    page.wait_for_selector(".record-head .badge-green:has-text('Approved')")
    page.wait_for_selector(".timeline :text('Review 2')")
    assert page.locator("button[value=submit_brand]").count() == 0
    assert page.complaints == []


def wait_for(true) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_is_wider_than_its_screen_or_breaks_the_policy(page, live_server, width, language, platform):
    from qualifications.operations import submit_brand
    from tests.factories import make_brand, make_category_qualification

    user, brand, category = make_user("owner"), make_brand(), make_category_qualification()
    submit_brand(brand)
    page.set_viewport_size({"width": width, "height": 844})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")
    for path in (
        "/admin/", "/admin/qualifications/brandqualification/", "/admin/qualifications/brandqualification/add/",
        f"/admin/qualifications/brandqualification/{brand.pk}/change/", "/admin/qualifications/document/",
        f"/admin/qualifications/categoryqualification/{category.pk}/change/", "/admin/catalog/category/",
        "/admin/wechat/accountinfo/", "/admin/console/job/", "/admin/wechat/callback/",
        "/admin/wechat/step/", "/sandbox/",
    ):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, (path, too_wide)
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.wait_for_selector("text=Trading console API")
    assert page.complaints == []
