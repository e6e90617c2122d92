"""Keys for machines: found by their hash only, held to their scopes, shown once, and every step keeps whose it was."""

import html
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.keys import has
from console.models import APIKey, Edit, Job
from console.roles import ROLES
from console.scopes import SCOPES, grants
from tests.console.pages import words
from tests.factories import make_spu, make_user
from wechat.models import Step
from wechat.steps import actors

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = "/admin/console/apikey/"
PRODUCTS = "/api/v1/products/"
FORM = {"name": "shop backend", "scopes": ["read", "products"], "per_minute": "600"}


def make_key(*scopes, name="shop", per_minute=1200) -> tuple[APIKey, Client]:
    """A key, and a machine that sends it."""
    key, text = APIKey.objects.make(name, scopes, make_user("owner"), per_minute)
    return key, machine(text)


def machine(text) -> Client:
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})


def whole_database() -> str:
    """Every column of every row."""
    models = [model for model in apps.get_models() if model._meta.app_label != "sandbox"]
    return "\n".join(str(row) for model in models for row in model._base_manager.values_list())


def test_a_key_opens_what_its_scope_names():
    _key, api = make_key("read")
    spu = make_spu()
    assert api.get(PRODUCTS).json()["results"][0]["out_product_id"] == spu.out_product_id
    assert api.get("/api/v1/categories/").status_code == 200


def test_the_database_holds_no_secret():
    key, text = APIKey.objects.make("shop", ["read"], make_user("owner"))
    assert re.fullmatch(rf"tc_{key.prefix}_[\w-]{{43}}", text)
    machine(text).get(PRODUCTS)
    held = whole_database()
    assert key.digest in held
    assert text not in held and text.split("_", 2)[2] not in held


def test_a_key_acts_as_an_account_of_its_own_that_nobody_signs_in_with(client):
    key, _text = APIKey.objects.make("shop", ["read"], make_user("owner"))
    again, _text = APIKey.objects.make("shop", ["read"], key.created_by)
    assert (key.user.username, again.user.username) == ("api:shop", f"api:shop-{again.prefix}")
    assert (key.user.is_staff, key.user.is_active, key.user.has_usable_password()) == (False, True, False)
    for password in ("", key.user.password, key.digest):
        client.post("/admin/login/", {"username": "api:shop", "password": password})
        assert "_auth_user_id" not in client.session


def test_a_name_of_any_length_makes_an_account():
    key, _api = make_key("read", name="ﷺ" * 100)
    assert len(key.user.username) <= 150


def _unknown(key, text):
    return f"tc_{'a' * 12}_{text[-43:]}"


def _another_secret(key, text):
    return text[:-1] + ("a" if text[-1] != "a" else "b")


def _revoked(key, text):
    assert (key.revoke(), key.revoke()) == (True, False)
    return text


def _of_a_stopped_account(key, text):
    key.user.is_active = False
    key.user.save()
    return text


@pytest.mark.parametrize("spoil", [_unknown, _another_secret, _revoked, _of_a_stopped_account])
def test_a_key_that_does_not_work_is_401_and_no_more_is_said(spoil):
    key, text = APIKey.objects.make("shop", ["read"], make_user("owner"))
    _refused(machine(spoil(key, text)).get(PRODUCTS))
    key.refresh_from_db()
    assert key.last_used_at is None


@pytest.mark.parametrize(
    "text", ["", "x", "tc_", "tc__", "tc_abc_def", "tc_" + "a" * 12 + "_" + "é" * 43, "tc_" + "A" * 12 + "_" + "a" * 43]
)
def test_what_is_not_written_as_a_key_is_401_without_a_question_to_the_database(text, django_assert_num_queries):
    with django_assert_num_queries(0):
        _refused(machine(text).get(PRODUCTS))


def _refused(answer):
    assert (answer.status_code, answer.json()) == (401, {"detail": "This key is not valid."})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_bad_key_is_refused_though_a_session_stands_beside_it(client):
    client.force_login(make_user("owner"))
    assert client.get(PRODUCTS).status_code == 200
    assert client.get(PRODUCTS, headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_key_does_no_more_for_who_is_signed_in_beside_it(client):
    _key, text = APIKey.objects.make("shop", ["read"], make_user("owner"))
    client.force_login(make_user("product"))
    url = f"{PRODUCTS}{make_spu().pk}/submit_spu/"
    assert client.post(url, headers={"Authorization": f"Bearer {text}"}).status_code == 403
    assert client.post(url).status_code == 202


def test_people_are_let_in_and_refused_as_before(client):
    answer = client.get(PRODUCTS)
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (403, False)
    client.force_login(make_user("warehouse"))
    assert client.get(PRODUCTS).status_code == 200
    assert client.post(f"{PRODUCTS}{make_spu().pk}/submit_spu/").status_code == 403
    other_scheme = {"Authorization": "Basic eDp5"}
    assert client.get(PRODUCTS, headers=other_scheme).status_code == 200


def test_what_the_scope_does_not_name_is_403_and_does_nothing():
    spu = make_spu()
    _key, reader = make_key("read")
    for answer in (
        reader.post(f"{PRODUCTS}{spu.pk}/submit_spu/"),
        reader.patch(f"{PRODUCTS}{spu.pk}/", {"title": "x"}, "application/json"),
        reader.delete(f"{PRODUCTS}{spu.pk}/"),
        reader.get("/api/v1/documents/"),
    ):
        assert answer.status_code == 403
    assert not Step.objects.exists()
    _key, shipper = make_key("ship")
    assert shipper.get(PRODUCTS).status_code == 403


@pytest.mark.parametrize(
    ("scope", "permission", "held"),
    [
        ("read", "catalog.view_spu", True),
        ("read", "catalog.change_spu", False),
        ("read", "orders.refresh_order", True),
        ("read", "console.view_job", True),
        ("read", "console.view_edit", False),
        ("read", "aftersales.view_aftersale", True),
        ("products", "catalog.submit_spu", True),
        ("products", "wechat.add_image", True),
        ("products", "wechat.upload_image", False),
        ("products", "orders.view_order", False),
        ("orders", "orders.place_order", True),
        ("orders", "orders.ship_order", False),
        ("ship", "orders.ship_order", True),
        ("ship", "orders.place_order", False),
        ("after-sale", "aftersales.open_claim", True),
        ("after-sale", "aftersales.accept_refund", False),
        ("after-sale-decide", "aftersales.accept_refund", True),
        ("after-sale", "orders.view_order", False),
        ("read", "orders.reveal_personal", False),
        ("orders", "orders.reveal_personal", False),
        ("ship", "orders.reveal_personal", False),
        ("personal", "orders.reveal_personal", True),
        ("sharers", "scenes.invite_sharer", True),
        ("sharers", "scenes.unbind_sharer", False),
        ("sharers-unbind", "scenes.unbind_sharer", True),
        ("sharers-unbind", "scenes.invite_sharer", False),
        ("personal", "orders.view_order", False),
        ("no such scope", "catalog.view_spu", False),
    ],
)
def test_a_scope_holds(scope, permission, held):
    assert grants(scope, permission) is held


def test_no_scope_reaches_people_keys_or_the_account():
    for permission in ("auth.change_user", "console.add_apikey", "console.reveal", "wechat.send_account_info"):
        assert not any(grants(scope, permission) for scope in SCOPES)


def test_one_question_serves_keys_and_people(rf):
    request = rf.get("/")
    request.user = make_user("product")
    assert (has(request, "catalog.submit_spu"), has(request, "auth.add_user")) == (True, False)
    request.auth, _api = make_key("read")
    assert (has(request, "catalog.view_spu"), has(request, "catalog.submit_spu")) == (True, False)


def test_a_key_does_no_more_than_its_maker_may_now():
    key, api = make_key("read", "products")
    maker, spu = key.created_by, make_spu()
    maker.groups.set([Group.objects.get(name="developer")])
    refused = api.post(f"{PRODUCTS}{spu.pk}/submit_spu/")
    assert (refused.status_code, f"{maker}, who made this key, may not" in refused.json()["detail"]) == (403, True)
    assert api.get(PRODUCTS).status_code == 200
    maker.groups.set([Group.objects.get(name="owner")])
    assert api.post(f"{PRODUCTS}{spu.pk}/submit_spu/").status_code == 202


def test_the_step_and_the_job_keep_which_key_asked(platform, drain):
    spu = make_spu()
    key, api = make_key("products", "read")
    answer = api.post(f"{PRODUCTS}{spu.pk}/submit_spu/")
    assert answer.status_code == 202
    drain()
    step, job = Step.objects.of(spu).get(operation="catalog.submit_spu"), Job.objects.get()
    assert [(row.user, row.door) for row in (step, job)] == [(key.user, "api")] * 2
    assert platform.product(spu.out_product_id)
    assert api.get(f"/api/v1/jobs/{job.pk}/").json()["state"] == "finished"
    assert actors.current() == actors.NOBODY


def test_an_edit_keeps_which_key_made_it():
    spu = make_spu()
    key, api = make_key("products")
    assert api.patch(f"{PRODUCTS}{spu.pk}/", {"title": "a new title"}, "application/json").status_code == 200
    assert [(edit.user, edit.door) for edit in Edit.objects.all()] == [(key.user, "api")]


def test_a_key_sees_its_own_jobs_only():
    _key, mine = make_key("products", "read")
    _key, other = make_key("products", "read", name="other")
    job = mine.post(f"{PRODUCTS}{make_spu().pk}/submit_spu/").json()["id"]
    assert mine.get(f"/api/v1/jobs/{job}/").status_code == 200
    assert other.get(f"/api/v1/jobs/{job}/").status_code == 404


def test_becoming_ends_with_the_acting_around_it():
    with actors.acting("admin", "outside"):
        with actors.acting("api"):
            actors.become("key")
            assert actors.current() == ("api", "key")
        assert actors.current() == ("admin", "outside")
    with pytest.raises(LookupError):
        actors.become("key")
    assert actors.current() == actors.NOBODY


def test_a_key_that_asks_too_often_is_429_and_another_is_not():
    _key, busy = make_key("read", per_minute=2)
    _key, calm = make_key("read", name="calm", per_minute=2)
    assert [busy.get(PRODUCTS).status_code for _time in range(3)] == [200, 200, 429]
    answer = busy.get(PRODUCTS)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert set(answer.json()) == {"detail"}
    assert calm.get(PRODUCTS).status_code == 200


def test_people_are_not_counted(client, monkeypatch):
    monkeypatch.setattr("console.models.APIKey.per_minute", 1)
    client.force_login(make_user("product"))
    assert {client.get(PRODUCTS).status_code for _time in range(3)} == {200}


def test_the_last_use_is_written_at_most_once_a_minute():
    key, api = make_key("read")

    def writes():
        with CaptureQueriesContext(connection) as queries:
            assert api.get(PRODUCTS).status_code == 200
        return sum('UPDATE "console_apikey"' in query["sql"] for query in queries)

    assert [writes(), writes(), writes()] == [1, 0, 0]
    key.refresh_from_db()
    assert timezone.now() - key.last_used_at < timedelta(seconds=30)
    APIKey.objects.update(last_used_at=key.last_used_at - timedelta(seconds=61))
    assert [writes(), writes()] == [1, 0]


def test_two_that_saw_an_old_use_write_it_once():
    make_key("read")
    seen = [APIKey.objects.get(), APIKey.objects.get()]
    seen[0].note_use()
    noted = APIKey.objects.get().last_used_at
    seen[1].note_use()
    assert APIKey.objects.get().last_used_at == noted


def test_a_key_costs_one_question_and_its_makers_permission_another(client, monkeypatch):
    make_spu()
    client.force_login(make_user("product"))
    _key, api = make_key("read")

    def queries_of(by):
        by.get(PRODUCTS)
        with CaptureQueriesContext(connection) as queries:
            assert by.get(PRODUCTS).status_code == 200
        return [query["sql"] for query in queries]

    ours = [sql for sql in queries_of(client) if "auth_" not in sql and "django_session" not in sql]
    by_key = queries_of(api)
    assert len(by_key) == len(ours) + 3
    tables = ("auth_permission", '"console_apikey"', "console_requestcount")
    assert [sum(table in sql for sql in by_key) for table in tables] == [1, 1, 1]


def test_the_document_offers_keys(client):
    client.force_login(make_user("developer"))
    schema = client.get("/api/v1/schema/?format=json").json()
    scheme = schema["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert all({"apiKey": []} in operation["security"] for operation in operations)
    assert all({"401", "429"} <= set(operation["responses"]) for operation in operations)


# The admin.


def add_key(client) -> str:
    """The key's text, as the page shows it."""
    page = client.post(f"{KEYS}add/", FORM)
    assert "no-store" in page.headers["Cache-Control"]
    return re.search(r"tc_[a-z]{12}_[\w-]{43}", html.unescape(page.content.decode()))[0]


def test_a_key_is_made_shown_once_and_works(client):
    owner = make_user("owner")
    client.force_login(owner)
    assert "Make the key" in words(client.get(f"{KEYS}add/"))
    text = add_key(client)
    key = APIKey.objects.get()
    assert (key.name, key.scopes, key.per_minute, key.created_by) == ("shop backend", ["read", "products"], 600, owner)
    assert machine(text).get(PRODUCTS).status_code == 200
    secret = text.split("_", 2)[2]
    for url in (KEYS, f"{KEYS}{key.pk}/change/", f"{KEYS}add/", "/admin/console/edit/", "/admin/"):
        page = client.get(url).content.decode()
        assert secret not in page and key.digest not in page
    assert secret not in whole_database() and secret not in str(dict(client.session)) + str(client.cookies)


def test_the_list_says_what_each_key_may_and_when_it_was_used(client):
    client.force_login(make_user("owner"))
    add_key(client)
    key, api = make_key("ship", name="warehouse")
    api.get(PRODUCTS)
    key.revoke()
    page = words(client.get(KEYS))
    for word in ("shop backend", "read , products", f"tc_{key.prefix}…", "just now", "Works", "Revoked"):
        assert word in page


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"per_minute": "0"}, {"per_minute": "x"}]
)
def test_a_form_that_is_not_right_makes_no_key(client, wrong):
    client.force_login(make_user("owner"))
    page = client.post(f"{KEYS}add/", FORM | wrong)
    assert (page.status_code, "errorlist" in page.content.decode()) == (200, True)
    assert not APIKey.objects.exists()


def test_a_key_is_revoked_by_a_press_and_the_trail_keeps_both(client):
    owner = make_user("owner")
    client.force_login(owner)
    text = add_key(client)
    key = APIKey.objects.get()
    url = f"{KEYS}{key.pk}/revoke/"
    assert "Revoke this key?" in client.get(f"{KEYS}{key.pk}/change/").content.decode()
    assert client.get(url).status_code == 405
    for _time in range(2):
        assert "Nobody comes in" in words(client.post(url, follow=True))
    assert machine(text).get(PRODUCTS).status_code == 401
    changes = [(edit.user, edit.changes) for edit in Edit.objects.order_by("id")]
    assert changes == [
        (owner, {"name": ["", "shop backend"], "scopes": ["", "read, products"], "per_minute": ["", "600"]}),
        (owner, {"revoked": ["", "revoked"]}),
    ]
    page = client.get(f"{KEYS}{key.pk}/change/").content.decode()
    assert "Revoke this key?" not in page and "Revoked" in page


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"owner", "developer"}))
def test_only_an_owner_and_a_developer_make_or_revoke(client, role):
    key, _api = make_key("read")
    client.force_login(make_user(role))
    assert client.get(f"{KEYS}add/").status_code == 403
    assert client.post(f"{KEYS}add/", FORM).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/limits/", {"per_minute": "7"}).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/revoke/").status_code == 403
    key.refresh_from_db()
    assert (key.revoked_at, key.per_minute, APIKey.objects.count()) == (None, 1200, 1)


def test_nobody_changes_or_deletes_a_key(client):
    key, _api = make_key("read")
    client.force_login(make_user("", is_superuser=True))
    assert client.post(f"{KEYS}{key.pk}/change/", FORM).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    key.refresh_from_db()
    assert key.scopes == ["read"]
