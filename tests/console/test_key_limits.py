"""Who makes which keys, until when and from where they work, and what is counted of their requests."""

import re
import time
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from lxml import html

from console import guides, key_requests, keys, scopes
from console.addresses import networks
from console.cards import ending_keys
from console.models import APIKey, Edit, RequestCount, RequestError
from console.models.key_requests import ERRORS
from console.tasks import forget_requests
from tests.console.pages import words
from tests.factories import OPENID, make_key, make_user
from tests.schema import one_by_one

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = "/admin/console/apikey/"
PRODUCTS = "/api/v1/products/"
FORM = {"name": "till", "scopes": ["read"], "per_minute": "600"}

FOUND = "Orders are found by your number, others by their `id`."


def limits(**fields) -> tuple[APIKey, dict]:
    key, header = make_key("read")
    APIKey.objects.filter(pk=key.pk).update(**fields)
    key.refresh_from_db()
    return key, header


# Who makes which.


def test_a_developer_gives_only_scopes_whose_permissions_they_hold(client):
    developer = make_user("developer")
    client.force_login(developer)
    page = client.get(f"{KEYS}add/")
    boxes = html.fromstring(page.content.decode()).xpath("//input[@name='scopes']")
    assert {box.get("value") for box in boxes} == set(scopes.SCOPES)
    assert {box.get("value") for box in boxes if box.get("disabled") is None} == {
        "alerts",
        "events",
        "read",
        "scenes",
        "webhooks",
    }
    assert "an owner can give it" in words(page) and "orders Place orders" in words(page)
    forged = client.post(f"{KEYS}add/", FORM | {"scopes": ["read", "orders"]})
    assert "You do not have all the permissions of: orders. An owner can give it." in words(forged)
    assert not APIKey.objects.exists()
    client.post(f"{KEYS}add/", FORM)
    assert [(key.scopes, key.created_by) for key in APIKey.objects.all()] == [(["read"], developer)]


def test_an_owner_is_offered_every_scope(client):
    client.force_login(make_user("owner"))
    page = client.get(f"{KEYS}add/")
    boxes = html.fromstring(page.content.decode()).xpath("//input[@name='scopes'][@disabled]")
    assert boxes == [] and "Greyed out" not in words(page)


def test_a_developer_sees_and_changes_their_own_keys_only(client):
    developer = make_user("developer")
    other, _header = make_key("read", name="of the owner")
    own, _text = APIKey.objects.make("of mine", ["read"], developer)
    client.force_login(developer)
    assert ("of mine" in words(client.get(KEYS)), "of the owner" in words(client.get(KEYS))) == (True, False)
    for path in ("revoke", "limits", "note"):
        assert client.post(f"{KEYS}{other.pk}/{path}/", {"per_minute": "7", "text": "x"}).status_code == 404
    assert "of the owner" not in client.get(f"{KEYS}{other.pk}/change/", follow=True).content.decode()
    client.post(f"{KEYS}{own.pk}/revoke/")
    assert list(APIKey.objects.filter(revoked_at=None)) == [other]
    client.force_login(make_user("owner"))
    assert "of mine" in words(client.get(KEYS)) and client.get(f"{KEYS}{own.pk}/change/").status_code == 200


def test_a_person_who_loses_a_role_or_the_account_is_named_with_their_keys(client):
    key, header = make_key("products")
    maker = key.created_by
    assert client.get(PRODUCTS, headers=header).status_code == 200
    client.force_login(make_user("owner"))
    developer = Group.objects.get(name="developer")
    form = {"username": maker.username, "groups": [developer.pk], "is_active": "on"}
    page = client.post(f"/admin/auth/user/{maker.pk}/change/", form, follow=True)
    assert f"API keys that {maker} made do less from now on, or nothing: shop." in words(page)
    assert "does not have all the permissions of these scopes" in words(client.get(f"{KEYS}{key.pk}/change/"))
    client.post(f"/admin/auth/user/{maker.pk}/change/", {name: form[name] for name in ("username", "groups")})
    answer = client.get(PRODUCTS, headers=header)
    assert answer.status_code == 401
    assert (
        answer.json()["detail"] == f"{maker}, who made this key, is not active any more: an owner can make another key."
    )
    assert "Who made it is not active" in words(client.get(KEYS))


# Until when.


def test_a_key_that_ended_is_401_and_says_since_when_and_who_renews_it(client):
    at = timezone.now() - timedelta(minutes=5)
    key, header = limits(expires_at=at)
    answer = client.get(PRODUCTS, headers=header)
    when = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    said = f"This key ended at {when}. {key.created_by}, who made it, or an owner can renew it."
    assert (answer.status_code, answer.json()) == (401, {"detail": said})
    wrong = {"Authorization": header["Authorization"][:-2] + "xx"}
    assert client.get(PRODUCTS, headers=wrong).json() == {"detail": "This key is not valid."}
    client.force_login(make_user("owner"))
    assert "Ended" in words(client.get(KEYS))
    renewed = {"per_minute": "600", "expires_at_0": "2099-01-31", "addresses": ""}
    client.post(f"{KEYS}{key.pk}/limits/", renewed)
    assert client.get(PRODUCTS, headers=header).status_code == 200
    assert Edit.objects.latest("id").changes == {
        "per_minute": ["1200", "600"],
        "expires_at": [when, "2099-01-31 23:59"],
    }


def test_an_end_is_a_day_a_moment_or_none_and_a_year_is_offered(client):
    client.force_login(make_user("owner"))
    offered = html.fromstring(client.get(f"{KEYS}add/").content.decode()).xpath("//input[@name='expires_at_0']/@value")
    assert offered == [str(timezone.localdate() + timedelta(days=365))]
    for end in ({"expires_at_0": "2099-01-31"}, {"expires_at_0": "2099-01-31", "expires_at_1": "18:00"}, {}):
        client.post(f"{KEYS}add/", FORM | end)
    ends = [key.expires_at and f"{timezone.localtime(key.expires_at)}" for key in APIKey.objects.order_by("id")]
    assert ends == ["2099-01-31 23:59:59+08:00", "2099-01-31 18:00:00+08:00", None]
    for end, fault in (
        ({"expires_at_0": "2001-01-31"}, "This moment has passed."),
        ({"expires_at_1": "18:00"}, "A time needs its day."),
    ):
        assert fault in words(client.post(f"{KEYS}add/", FORM | end))
    assert APIKey.objects.count() == 3


def test_keys_that_end_within_14_days_wait_and_are_marked(client):
    now = timezone.now()
    soon, _header = limits(expires_at=now + timedelta(days=13))
    for fields in (
        {"expires_at": now + timedelta(days=15)},
        {"expires_at": now - timedelta(days=1)},
        {"expires_at": now + timedelta(days=1), "revoked_at": now},
        {},
    ):
        limits(**fields)
    assert list(ending_keys()) == [soon]
    client.force_login(make_user("owner"))
    assert "API keys that end soon" in words(client.get("/admin/"))
    page = words(client.get(f"{KEYS}?ends=soon"))
    assert ("Ends soon" in page, "Works" in page) == (True, False)


# From where.


SEEN = [  # trusted proxies, our peer, X-Forwarded-For, and the address that is refused
    (0, "203.0.113.7", "", ""),
    (0, "::ffff:203.0.113.7", "", ""),
    (0, "10.2.9.9", "", ""),
    (0, "2001:db8::5", "", ""),
    (0, "198.51.100.1", "203.0.113.7", "198.51.100.1"),
    (1, "127.0.0.1", "203.0.113.7", ""),
    (1, "127.0.0.1", "203.0.113.7, 198.51.100.1", "198.51.100.1"),
    (2, "127.0.0.1", "198.51.100.1, 203.0.113.7, 127.0.0.2", ""),
    (2, "198.51.100.1", "", "198.51.100.1"),
    (1, "", "rubbish", "an unknown address"),
]


def test_a_key_works_from_its_addresses_only(client, settings):
    key, header = limits(addresses=["203.0.113.7", "10.2.0.0/16", "2001:db8::/32"])
    for proxies, peer, forwarded, refused in SEEN:
        settings.TRUSTED_PROXIES = proxies
        headers = header | ({"X-Forwarded-For": forwarded} if forwarded else {})
        APIKey.objects.update(last_used_at=None)
        answer = client.get(PRODUCTS, headers=headers, REMOTE_ADDR=peer)
        key.refresh_from_db()
        assert (answer.status_code, key.last_used_at is None) == ((403, True) if refused else (200, False)), peer
        if refused:
            who = f"{key.created_by}, who made it, or an owner can add the address."
            assert answer.json() == {"detail": f"This key may not be used from {refused}. {who}"}


def test_a_line_that_is_no_address_is_refused_with_its_number(client):
    client.force_login(make_user("owner"))
    lines = " 203.0.113.7 \r\n\r\n10.2.0.9/16\r\n10.2.0.300\r\nfe80::/10"
    page = words(client.post(f"{KEYS}add/", FORM | {"addresses": lines}))
    assert "Line 3: “10.2.0.9/16” is one address in a network; write 10.2.0.0/16 for the whole network." in page
    assert "Line 4: “10.2.0.300” is neither an address nor a network." in page
    assert networks("203.0.113.7\n203.0.113.7\n::ffff:10.0.0.1\n2001:DB8::1") == [
        "203.0.113.7",
        "10.0.0.1",
        "2001:db8::1",
    ]


# What is counted.


def test_requests_are_counted_by_day_and_the_newest_errors_are_named(client, monkeypatch):
    key, header = make_key("read", "sharers")
    assert client.get(f"{PRODUCTS}?page_size=1", headers=header).status_code == 200
    assert client.get(f"/api/v1/sharers/{OPENID}/?x=secret", headers=header).status_code == 404
    assert client.get(f"{PRODUCTS}?wrong=张三", headers=header).status_code == 400
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("catalog.views.SPUViewSet.list", lambda *args, **kwargs: 1 / 0)
        assert client.get(PRODUCTS, headers=header).status_code == 500
    (today, *before) = RequestCount.objects.by_day(key)
    assert today == {"day": timezone.localdate(), "total": 4, "refused": 2, "failed": 1}
    assert {day["total"] for day in before} == {0} and len(before) == 6
    kept = [(error.method, error.path, error.status, error.title) for error in key.errors.all()]
    assert kept == [
        ("GET", PRODUCTS, 500, "Internal Server Error"),
        ("GET", PRODUCTS, 400, "wrong"),
        (
            "GET",
            f"/api/v1/sharers/{OPENID[:3]}****{OPENID[-2:]}/",
            404,
            f"There is no such record here: {OPENID[:3]}****{OPENID[-2:]}. {FOUND}",
        ),
    ]
    client.force_login(key.created_by)
    page = words(client.get(f"{KEYS}{key.pk}/change/"))
    assert f"{timezone.localdate()} 4 2 1" in page and FOUND in page
    assert "4, of them with errors: 3" in words(client.get(KEYS))


def test_a_request_that_is_refused_for_its_end_is_counted_and_one_without_a_key_is_not(client):
    key, header = limits(expires_at=timezone.now())
    client.get(PRODUCTS, headers=header)
    client.get(PRODUCTS, headers={"Authorization": "Bearer x"})
    client.get(PRODUCTS)
    assert [(row.key, row.total, row.refused) for row in RequestCount.objects.all()] == [(key, 1, 1)]


def test_counts_of_earlier_days_and_all_but_the_newest_errors_go():
    key, _header = make_key("read")
    other, _header = make_key("read", name="other")
    RequestError.objects.keep(other, method="GET", path="/", status=404)
    for nth in range(ERRORS + 3):
        RequestError.objects.keep(key, method="GET", path=f"/{nth}", status=404)
    assert [error.path for error in key.errors.all()] == [f"/{nth}" for nth in range(ERRORS + 2, 2, -1)]
    assert other.errors.count() == 1
    for days in (6, 7):
        RequestCount.objects.create(key=key, day=timezone.localdate() - timedelta(days=days), total=5)
    assert forget_requests() == 1
    assert [day["total"] for day in RequestCount.objects.by_day(key)] == [0, 0, 0, 0, 0, 0, 5]


def test_what_cannot_be_counted_is_answered_all_the_same_and_counted_later(client, monkeypatch):
    key, header = make_key("read")
    with monkeypatch.context() as patch:
        patch.setattr("console.models.RequestCount._meta.db_table", "not_there")
        assert client.get(PRODUCTS, headers=header).status_code == 200
    key_requests.write_counts()
    assert RequestCount.objects.by_day(key)[0]["total"] == 1


def test_counts_are_written_once_a_minute_and_at_the_end(client, monkeypatch):
    _key, header = make_key("read")
    monkeypatch.setattr(key_requests, "WRITTEN", 60)
    monkeypatch.setattr(key_requests, "_written_at", time.monotonic())
    for _nth in range(3):
        client.get(PRODUCTS, headers=header)
    assert not RequestCount.objects.exists()
    monkeypatch.setattr(key_requests, "_written_at", time.monotonic() - 60)
    client.get(PRODUCTS, headers=header)
    client.get(PRODUCTS, headers=header)
    assert [row.total for row in RequestCount.objects.all()] == [4]
    key_requests.write_counts()
    assert [row.total for row in RequestCount.objects.all()] == [5]


def test_counts_of_a_key_that_is_gone_are_dropped(client, monkeypatch):
    key, header = make_key("read")
    monkeypatch.setattr(key_requests, "WRITTEN", 60)
    client.get(PRODUCTS, headers=header)
    key.delete()
    key_requests.write_counts()
    assert not RequestCount.objects.exists() and not key_requests._counts


def test_a_revoked_key_works_for_two_seconds_at_most_and_asks_the_database_once_in_them(client, monkeypatch):
    key, header = make_key("read")
    monkeypatch.setattr(keys, "REMEMBERED", 2.0)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            status = client.get(PRODUCTS, headers=header).status_code
        about = ("auth_permission", '"console_apikey"')
        return status, sum(any(name in query["sql"] for name in about) for query in queries)

    assert asked()[1] > 0
    assert asked() == (200, 0)
    key.revoke()
    assert asked() == (200, 0)
    until, known = keys._remembered[key.prefix]
    assert until - time.monotonic() <= 2
    keys._remembered[key.prefix] = (time.monotonic(), known)
    assert asked()[0] == 401


# What the key is told.


def test_a_key_is_told_what_it_may(client):
    end = datetime(2099, 1, 31, 23, 59, 59, tzinfo=timezone.get_default_timezone())
    key, header = limits(expires_at=end, addresses=["127.0.0.0/8"], scopes=["read", "personal"])
    key.created_by.groups.set([Group.objects.get(name="developer")])
    told = client.get("/api/v1/key/", headers=header).json()
    assert re.fullmatch(r"20\d\d-.*\+08:00", told.pop("created_at"))
    assert told == {
        "name": "shop",
        "begins_with": f"tc_{key.prefix}_",
        "scopes": [
            {"name": "read", "description": "Read products, orders and after-sales", "is_whole": True},
            {"name": "personal", "description": "See addresses and openids in full", "is_whole": False},
        ],
        "per_minute": 1200,
        "expires_at": "2099-01-31T23:59:59+08:00",
        "addresses": ["127.0.0.0/8"],
        "your_address": "127.0.0.1",
    }
    client.force_login(make_user("owner"))
    assert client.get("/api/v1/key/").status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_guide_names_every_scope_beside_what_it_is_for(language):
    with translation.override(language):
        text = guides.file_of("keys").read_text(encoding="utf-8")
        assert [f"| `{scope}` | {label} |" for scope, (label, _patterns) in scopes.SCOPES.items()] == re.findall(
            r"^\| `.*", text, re.MULTILINE
        )


def test_the_document_names_the_scopes_beside_what_they_are_for(client):
    client.force_login(make_user("developer"))
    schema = client.get("/api/v1/schema/?format=json").json()
    text = schema["components"]["securitySchemes"]["apiKey"]["description"]
    assert "- `orders`: Place orders, have them paid, received or closed\n- `ship`: Ship orders" in text
    assert set(schema["components"]["schemas"]["Key"]["properties"]) >= {"scopes", "expires_at", "addresses"}


def test_the_counts_of_days_stay_where_the_migration_is_taken_back():
    key, _headers = make_key("read")
    RequestCount.objects.create(key=key, day=timezone.localdate(), total=7)
    loader = one_by_one().loader
    migration = loader.get_migration("console", "0018_one_count_a_day")
    before = loader.project_state(("console", "0017_edit_chain"))
    with connection.schema_editor() as editor:
        migration.unapply(before.clone(), editor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT shard, total FROM console_requestcount")
        assert cursor.fetchall() == [(0, 7)]
    with connection.schema_editor() as editor:
        migration.apply(before.clone(), editor)
    assert RequestCount.objects.get().total == 7
