"""What is pressed for many rows is confirmed: on the page between, in the API's body, on the terminal."""

import io
from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.urls import reverse
from django.utils import timezone

from catalog.models import SPU, Status
from catalog.operations import delist_spu
from console import jobs
from console.commands import BulkCommand
from console.models import Job
from console.operation_admin import OperationAdmin, SingleAdmin
from qualifications.models import BrandQualification
from qualifications.operations import submit_brand
from tests.console.pages import act, confirm, document, words
from tests.console.test_posts import sample
from tests.factories import make_brand, make_companies, make_document, make_image, make_order, make_spu, make_user
from wechat.models import Image, Step
from wechat.operations import upload_image
from wechat.steps.operations import registry

pytestmark = pytest.mark.django_db(transaction=True)
BRANDS = "/admin/qualifications/brandqualification/"
OPERATIONS = [
    (model, op)
    for model, model_admin in admin.site._registry.items()
    if isinstance(model_admin, OperationAdmin) and not isinstance(model_admin, SingleAdmin)
    for op in model_admin.operations
    if not op.reads
]


@pytest.fixture
def staff(client):
    client.force_login(make_user("owner", is_superuser=True))
    return client


# --- each operation through each way in


@pytest.mark.django_db(transaction=False)
def test_no_list_action_that_writes_starts_before_it_is_confirmed(staff):
    make_companies()
    shown = {}
    for model, op in OPERATIONS:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = staff.post(url, {"action": op.name, "_selected_action": [sample(model).pk]})
        if op.name in admin.site._registry[model].get_actions(page.wsgi_request):
            shown[op.name] = page.templates[0].name if page.status_code == 200 else ""
    assert set(shown.values()) == {"admin/confirm_many.html", ""}  # "": the list of one record leads to its page
    assert not Job.objects.exists()


@pytest.mark.parametrize("op", [op for op in registry.values() if op.typed_above == 0], ids=lambda op: op.name)
def test_what_cannot_be_taken_back_asks_at_the_button_too(op):
    assert op.confirm


def test_a_single_record_of_the_api_needs_no_confirmation(staff, platform):
    assert staff.post(f"/api/v1/brand-qualifications/{make_brand().pk}/submit_brand/").status_code == 202


COMMANDS = [name for name, app in get_commands().items() if isinstance(load_command_class(app, name), BulkCommand)]
SHEETS = {
    "ship_orders": "order,express,waybill\no,SF,SF1234567890\n",
    "invite_sharers": "oNew_sharer_of_the_tests_00001",
}


def test_no_command_writes_without_a_yes(platform, tmp_path):
    make_brand()
    spu = make_spu()
    make_order(expire_at=timezone.now() - timedelta(days=1))
    codes = {}
    for name in COMMANDS:
        file = tmp_path / f"{name}.csv"
        file.write_text(SHEETS.get(name, ""))
        args = [str(file)] if name in SHEETS else [spu.out_product_id] if name.endswith("_products") else ["--all"]
        if name in ("pull_products", "refresh_audits"):
            args = []
        if name == "decide_aftersales":
            args = ["--all", "--agree"]
        try:
            call_command(name, *args, stdout=io.StringIO(), stderr=io.StringIO())
        except (CommandError, SystemExit) as error:
            codes[name] = getattr(error, "returncode", None) or error.code
    assert not Step.objects.filter(reads=False).exclude(operation="orders.place_order").exists()
    wrote = {"submit_qualifications", "upload_documents", "submit_products", "delist_products", "list_products"}
    assert {name for name, code in codes.items() if code == 2} >= wrote | {"close_overdue_orders", "invite_sharers"}


def test_a_command_without_a_terminal_says_what_it_needs(platform):
    make_brand()
    with pytest.raises(CommandError, match="Nothing was done: say --yes") as refused:
        call_command("submit_qualifications", "--all")
    assert (refused.value.returncode, Step.objects.count()) == (2, 0)


@pytest.mark.parametrize(("answer", "done"), [("yes", 1), ("no", 0), ("", 0)])
def test_a_command_asks_on_the_terminal(platform, monkeypatch, answer, done):
    make_brand()
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    try:
        call_command("submit_qualifications", "--all", stdout=io.StringIO())
    except CommandError as error:
        assert error.returncode == 2
    assert len(platform.ledger("audit_brand")) == done
    assert asked == ["submit_brand: 1. Type yes to go on: "]


# --- the page between


def test_the_page_says_what_how_many_and_which_cannot(staff, platform, drain):
    good, bad = make_brand(brand_wording="好的"), make_brand(brand_wording="缺的", license=[])
    page = staff.post(BRANDS, {"action": "submit_brand", "_selected_action": [good.pk, bad.pk]})
    text = words(page)
    assert "1 row · 1 row is left out" in text
    assert "The business licence is needed." in text
    assert document(page).xpath("//button[contains(., 'Submit for review (1)')]")
    confirm(staff, page, BRANDS)
    drain()
    assert [step.object_id for step in Job.objects.get().steps.all()] == [good.pk]


def test_a_list_that_changed_meanwhile_is_shown_anew(staff, platform):
    brands = [make_brand(), make_brand()]
    page = staff.post(BRANDS, {"action": "submit_brand", "_selected_action": [brand.pk for brand in brands]})
    BrandQualification.objects.filter(pk=brands[0].pk).delete()
    again = confirm(staff, page, BRANDS)
    assert "The list has changed meanwhile" in words(again)
    assert not Job.objects.exists()


@pytest.mark.parametrize(("count", "typed"), [(2, False), (3, True)])
def test_taking_many_products_off_sale_wants_their_number(staff, platform, monkeypatch, count, typed):
    monkeypatch.setattr(delist_spu, "typed_above", 2)
    products = [make_spu() for _nth in range(count)]
    SPU.objects.update(status=Status.LISTED, draft={})
    page = staff.post("/admin/catalog/spu/", {"action": "delist_spu", "_selected_action": [s.pk for s in products]})
    assert bool(document(page).xpath("//input[@name='typed']")) == typed


def test_what_failed_is_tried_again_from_the_job(staff, platform, drain):
    good, bad = make_brand(), make_brand(license=[])
    job = jobs.start(submit_brand, [good, bad])
    drain()
    url = reverse("admin:console_job_retry", args=[job.pk])
    assert "Try again what failed" in words(staff.get(reverse("admin:console_job_change", args=[job.pk])))
    assert "1 row is left out" in words(staff.post(url))
    bad.license.set(good.license.all())
    confirm(staff, staff.post(url), url)
    drain()
    assert [step.object_id for step in Job.objects.latest("id").steps.all()] == [bad.pk]
    assert Job.objects.latest("id").counts()["done"] == 1


def test_pictures_that_failed_are_tried_again_too(staff, platform, drain):
    image = make_image()
    platform.fault("error", "/shop/img/upload", errcode=1070001, left=1)
    job = jobs.start(upload_image, [image])
    drain()
    url = reverse("admin:console_job_retry", args=[job.pk])
    confirm(staff, staff.post(url), url)
    drain()
    assert Job.objects.latest("id").counts()["done"] == 1


def test_what_wechat_has_already_is_not_promised_to_be_uploaded(staff, platform):
    there, new = make_document(), make_document()
    Image.objects.filter(pk=there.image_id).update(link="https://mmecimage.cn/p/x")
    chosen = [there.pk, new.pk]
    page = staff.post("/admin/qualifications/document/", {"action": "upload", "_selected_action": chosen})
    assert "1 row · 1 row is left out" in words(page) and "WeChat has it already." in words(page)


def test_who_may_not_do_it_gets_no_page(client, platform):
    client.force_login(make_user("auditor"))
    act(client, BRANDS, "submit_brand", [make_brand()])
    assert not Job.objects.exists()
