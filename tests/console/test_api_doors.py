"""Doors of the API beside those of single products and orders: many at once, lists, disputes, complaints, live days."""

import json

import pytest
from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.utils import timezone

from aftersales.models import Complaint, Dispute
from catalog.models import Brand
from catalog.operations import delist_spu, refresh_spu, submit_spu
from config.api import router
from console.models import Approval, Edit, Job
from console.scopes import SCOPES
from scenes.models import LiveDay
from tests.factories import make_key, make_spu, make_user
from wechat.models import AccountInfo, PulledList
from wechat.steps import operations

pytestmark = pytest.mark.django_db(transaction=True)


def on_sale(platform, **fields):
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return spu


@pytest.fixture
def api(client):
    """A machine that may do all of this."""
    key, header = make_key("products", "lists", "disputes", "live-days")

    def call(method, path, body=None):
        answer = client.generic(
            method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=header
        )
        return answer.status_code, answer.json()

    call.key = key
    return call


# --- many at once


def test_many_products_by_ids_or_by_a_filter_are_one_job(api, platform, drain):
    first, second = on_sale(platform), on_sale(platform)
    named = {"operation": "delist_spu", "ids": [first.out_product_id], "confirm": 1}
    assert api("POST", "products/bulk/", named)[0] == 202
    drain()
    assert [platform.product(spu.out_product_id).status for spu in (first, second)] == [11, 5]
    refresh_spu(first)
    status, job = api("POST", "products/bulk/", {"operation": "list_spu", "filter": {"status": "11"}, "confirm": 1})
    assert (status, job["operation"]) == (202, "catalog.list_spu")
    drain()
    assert platform.product(first.out_product_id).status == 5


def test_the_number_has_to_be_the_one_that_is_meant(api, platform):
    on_sale(platform)
    status, problem = api("POST", "products/bulk/", {"operation": "delist_spu", "filter": {}, "confirm": 7})
    assert (status, "to 1 records" in problem["detail"], Job.objects.count()) == (409, True, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"operation": "delist_spu", "ids": ["nobody-has-this"], "confirm": 1}, "ids"),
        ({"operation": "burn_spu", "ids": ["x"], "confirm": 1}, "operation"),
        ({"operation": "delist_spu", "filter": {"statuss": "5"}, "confirm": 1}, "statuss"),
        ({"operation": "delist_spu", "filter": {"status": "x"}, "confirm": 1}, "status"),
        ({"operation": "delist_spu", "confirm": 1}, ""),
        ({"operation": "delist_spu", "ids": ["x"], "filter": {}, "confirm": 1}, ""),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_done(api, platform, body, field):
    status, problem = api("POST", "products/bulk/", body)
    assert (status, field in problem["fields"], Job.objects.count()) == (400, True, 0)


def test_many_take_a_second_person_through_the_api_too(api, platform, monkeypatch):
    monkeypatch.setattr(delist_spu, "second_above", 1)
    ids = [on_sale(platform).out_product_id for _nth in range(2)]
    status, problem = api("POST", "products/bulk/", {"operation": "delist_spu", "ids": ids, "confirm": 2})
    assert (status, "put before those who may approve" in problem["detail"]) == (409, True)
    assert (Approval.objects.get().asked_by, Job.objects.count()) == (api.key.user, 0)


# --- the others


def test_a_list_is_pulled_and_says_how_old_it_is(api, platform, drain):
    assert api("GET", "lists/granted_brands/")[1]["pulled_at"] is None
    status, job = api("POST", "lists/granted_brands/pull/")
    drain()
    assert (status, job["operation"]) == (202, "wechat.pull_granted_brands")
    assert PulledList.objects.get(name="granted_brands").pulled_at is not None
    assert Brand.objects.count() == api("GET", "lists/granted_brands/")[1]["count"]
    assert api("POST", "lists/nothing/pull/")[0] == 404


def test_a_complaint_is_read_masked_and_marked_as_answered(api):
    complaint = Complaint.objects.create(
        complaint_order_id="77", openid="oTVP50O53a7jgmawAmxKukNlq3XI", content="没收到货", due_at=timezone.now()
    )
    assert "*" in api("GET", f"complaints/{complaint.pk}/")[1]["openid"]
    status, shown = api("POST", f"complaints/{complaint.pk}/mark_answered/", {"answer": "已补发"})
    complaint.refresh_from_db()
    assert (status, shown["answer"], complaint.answered_by) == (200, "已补发", api.key.user)


def test_evidence_is_handed_in_with_its_text(api, platform):
    dispute = Dispute.objects.create(complaint_order_id=5)
    assert "evidence_text" in api("POST", f"disputes/{dispute.pk}/hand_in_evidence/")[1]["fields"]
    status, job = api("POST", f"disputes/{dispute.pk}/hand_in_evidence/", {"evidence_text": "已于三日签收"})
    dispute.refresh_from_db()
    assert (status, job["operation"], dispute.evidence_text) == (202, "aftersales.hand_in_evidence", "已于三日签收")


def test_a_live_day_is_planned_and_says_what_its_products_lack(api, platform):
    spu = make_spu()
    body = {"date": "2026-12-12", "title": "双十二", "products": [spu.out_product_id]}
    status, day = api("POST", "live-days/", body)
    assert (status, LiveDay.objects.get().products.get()) == (201, spu)
    (finding,) = api("GET", f"live-days/{day['id']}/findings/")[1]
    assert (finding["out_product_id"], finding["is_ready"]) == (spu.out_product_id, False)
    assert api("PATCH", f"live-days/{day['id']}/", {"products": []})[0] == 200
    assert Edit.objects.filter(changes__has_key="products").count() == 2
    for products in (["nobody-has-this"], ["x"] * 1001, "x", [{}]):
        assert api("POST", "live-days/", body | {"products": products})[0] == 400


# --- every operation has a door, or says why not


def _doors() -> dict[str, set[str]]:
    doors: dict[str, set[str]] = {name: set() for name in operations.registry}
    for _prefix, view, _basename in router.registry:
        ran = [getattr(getattr(view, name), "operation", None) for name in dir(view)]
        for name in [*(op.full_name for op in ran if op), *getattr(view, "needs", {}).values()]:
            doors.get(name, set()).add("API")
    for model_admin in admin.site._registry.values():
        for op in getattr(model_admin, "operations", []):
            doors[op.full_name].add("admin")
    for name, app in get_commands().items():
        for op in getattr(load_command_class(app, name), "operations", ()):
            doors[op.full_name].add(f"`{name}`")
    return doors


def test_every_operation_stands_in_the_table_of_doors_with_its_doors(settings):
    """docs/doors.md: `| operation | admin | API | command | why not |`."""
    lines = (settings.BASE_DIR / "docs" / "doors.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    table = {row[0].strip("`"): (row[1] == "yes", row[2] == "yes", row[3], row[4]) for row in rows}
    doors = _doors()
    assert table.keys() == doors.keys()
    for name, (by_admin, by_api, commands, why) in table.items():
        assert commands == (", ".join(sorted(doors[name] - {"admin", "API"})) or "–"), name
        lists = name.startswith("wechat.pull_")  # `POST lists/{name}/pull/`
        assert (by_admin, by_api) == ("admin" in doors[name], "API" in doors[name] or lists), name
        assert why or (by_admin and by_api), name


def test_a_person_without_the_permission_does_not_do_it_to_many(client, platform):
    spu = on_sale(platform)
    client.force_login(make_user("auditor"))
    body = {"operation": "delist_spu", "ids": [spu.out_product_id], "confirm": 1}
    assert client.post("/api/v1/products/bulk/", body, content_type="application/json").status_code == 403


# --- the service settings


HOME = {"receiver_name": "李四", "tel_number": "02088888888", "detailed_address": "天河路 1 号"}


def test_the_service_settings_are_changed_traced_and_sent(client, platform, drain):
    client.force_login(user := make_user("customer_service"))
    url = "/api/v1/service-settings/"
    read = client.get(url)
    assert (read.status_code, read.json()["official_service"], read.json()["country"]) == (200, True, "中国")
    known = {"If-Match": read.headers["ETag"]}
    changed = client.patch(url, HOME | {"service_agent_path": "pages/service"}, "application/json", headers=known)
    assert (changed.status_code, changed.json()["receiver_name"]) == (200, "李四")
    assert client.patch(url, {"city": "广州市"}, "application/json", headers=known).status_code == 412
    edit = Edit.objects.get()
    assert (edit.user, edit.changes["service_agent_path"]) == (user, ["", "pages/service"])
    assert client.post(f"{url}send_account_info/").status_code == 202
    drain()
    assert platform.account.info["service_agent_path"] == "pages/service"
    assert client.get(url).json()["platform"]["service_agent_type"] == [0, 1]


def test_wrong_service_settings_are_refused_at_their_field(client, platform):
    client.force_login(make_user("customer_service"))
    url = "/api/v1/service-settings/"
    wrong = client.patch(url, {"service_agent_phone": "call me"}, "application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["service_agent_phone"])
    client.patch(url, {"receiver_name": "李四"}, "application/json")
    missing = client.post(f"{url}send_account_info/")
    assert (missing.status_code, sorted(missing.json()["fields"])) == (400, ["detailed_address", "tel_number"])


def test_who_may_not_change_the_service_settings_does_not_see_the_address(client, platform):
    AccountInfo.objects.create(**HOME)
    client.force_login(make_user("warehouse"))
    shown = client.get("/api/v1/service-settings/")
    assert (shown.status_code, "official_service" in shown.json(), "receiver_name" in shown.json()) == (
        200,
        True,
        False,
    )
    assert client.patch("/api/v1/service-settings/", HOME, "application/json").status_code == 403
    _key, header = make_key(*SCOPES)
    assert Client().get("/api/v1/service-settings/", headers=header).status_code == 403
