"""The second factor: who needs one, setting it up, codes and recovery codes, and what each door does without it."""

from base64 import b32decode
from datetime import timedelta
from io import StringIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from console.models import Authenticator, Edit, RecoveryCode, SignInNotice
from console.models import second_factors as models
from console.signing_in import entering, notices, second_factor
from console.watched.sign_ins import codes_guessed
from tests.console.pages import document, words
from tests.console.test_sign_ins import PASSWORD, sign_in
from tests.factories import make_key, make_user
from walkthrough import client as walkthrough

REAL = models.time.time


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.SECOND_FACTOR = True


@pytest.fixture
def later(monkeypatch):
    def pass_by(seconds: int) -> None:
        monkeypatch.setattr(models.time, "time", lambda: REAL() + seconds)

    return pass_by


def code_of(key: str, *, seconds: int = 0) -> str:
    totp = TOTP(bytes.fromhex(key))
    totp.time = REAL() + seconds
    return f"{totp.token():06d}"


def typed_key(page) -> str:
    """The key that the page shows for typing."""
    (text,) = document(page).xpath("//code[@class='copy']/text()")
    return b32decode(text.replace(" ", "")).hex()


def enrol(client, person: User) -> tuple[str, list[str]]:
    """Sign in and set one up; the app's key and the recovery codes."""
    assert sign_in(client, person.username)["Location"] == "/admin/second-factor/"
    key = typed_key(client.get("/admin/second-factor/"))
    page = client.post("/admin/second-factor/", {"code": code_of(key)})
    (codes,) = document(page).xpath("//pre/code/text()")
    return key, codes.split()


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("owner", True),
        ("finance", True),
        ("warehouse", True),  # sees addresses in full
        ("customer_service", True),
        ("developer", True),  # looks behind masks of messages
        ("product", False),
        ("auditor", False),
    ],
)
def test_who_may_reveal_approve_or_look_after_people_needs_one(role, needs):
    person = User.objects.get(pk=make_user(role).pk)
    assert second_factor.is_needed(person) is needs
    where = sign_in(Client(), person.username)["Location"]
    assert where == ("/admin/second-factor/" if needs else "/admin/")


def test_where_it_is_switched_off_nobody_is_asked(settings):
    settings.SECOND_FACTOR = False
    assert sign_in(Client(), make_user("owner").username)["Location"] == "/admin/"


def test_people_set_one_up_at_their_next_sign_in_and_are_asked_ever_after(client, later):
    owner = make_user("owner")
    sign_in(client, owner.username, next="/admin/orders/order/")
    page = client.get("/admin/second-factor/")
    assert "takes a second factor beside the password" in words(page)
    assert document(page).xpath("//svg")
    key = typed_key(page)
    assert "not the code that the app shows" in words(client.post("/admin/second-factor/", {"code": "000000"}))
    shown = client.post("/admin/second-factor/", {"code": code_of(key)})
    assert len(document(shown).xpath("//pre/code/text()")[0].split()) == 10
    assert document(shown).xpath("//a[@href='/admin/orders/order/']")
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    sign_in(client, owner.username)
    later(60)
    assert client.post("/admin/second-factor/", {"code": code_of(key, seconds=60)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_before_the_code_there_is_no_session_at_any_door(client):
    owner = make_user("owner")
    enrol(Client(), owner)
    sign_in(client, owner.username)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/api/v1/orders/").status_code == 403
    assert client.get("/files/1/").status_code == 302
    assert client.get("/admin/second-factor/own/")["Location"].startswith("/admin/login/")
    assert client.get("/api/v1/orders/", headers=make_key("read")[1]).status_code == 200  # a key has no phone


def test_a_session_that_began_without_one_ends_where_one_is_needed(client, settings):
    settings.SECOND_FACTOR = False
    owner, product = make_user("owner"), make_user("product")
    other = Client()
    sign_in(client, owner.username)
    sign_in(other, product.username)
    settings.SECOND_FACTOR = True
    assert client.get("/api/v1/orders/").status_code == 403
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert other.get("/admin/").status_code == 200


def test_a_wrong_code_is_refused_and_slows_the_next(client):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    sign_in(client, owner.username)
    assert "This code is wrong" in words(client.post("/admin/second-factor/", {"code": "12345x"}))
    right = code_of(key, seconds=30)
    assert client.post("/admin/second-factor/", {"code": right}).status_code == 200  # too soon
    Authenticator.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert client.post("/admin/second-factor/", {"code": right}).status_code == 302


def test_wrong_codes_slow_the_right_one_by_sixteen_seconds_at_most(later):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    Authenticator.objects.update(throttling_failure_count=40, throttling_failure_timestamp=None)
    assert not second_factor.take(owner, "123456")
    app = Authenticator.objects.get()
    long_ago = app.throttling_failure_timestamp - timedelta(seconds=17)
    Authenticator.objects.update(throttling_failure_timestamp=long_ago)
    later(60)
    assert second_factor.take(owner, code_of(key, seconds=60))


def test_ten_wrong_codes_are_told_to_the_person_and_to_who_looks_after_people(later):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    for _nth in range(10):
        assert codes_guessed() == []
        Authenticator.objects.update(throttling_failure_timestamp=None)
        assert not second_factor.take(owner, "12345x")
    assert [cause.values["who"] for cause in codes_guessed()] == [owner.username]
    notice = SignInNotice.objects.get(kind="codes")
    assert "typed 10 wrong codes" in notices.sentence(notice) and notices.WHAT_TO_DO[notice.kind]
    Authenticator.objects.update(throttling_failure_timestamp=None)
    second_factor.take(owner, "12345x")
    assert SignInNotice.objects.filter(kind="codes").count() == 1
    later(60)
    Authenticator.objects.update(throttling_failure_timestamp=None)
    assert second_factor.take(owner, code_of(key, seconds=60)) and codes_guessed() == []


def test_a_code_has_six_digits(client):
    owner = make_user("owner")
    enrol(Client(), owner)
    sign_in(client, owner.username)
    assert "This code is wrong" in words(client.post("/admin/second-factor/", {"code": "1" * 5000}))
    assert models.step_of("00" * 20, "1" * 5000) is None


def test_who_is_signed_in_gets_nothing_of_the_code_of_somebody_else(client, settings):
    settings.SECOND_FACTOR = False
    product, owner = make_user("product"), make_user("owner")
    sign_in(client, product.username)
    settings.SECOND_FACTOR = True
    sign_in(client, owner.username)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")  # the first one is out
    client.force_login(product)  # also where both came about otherwise
    session = client.session
    session[entering.HALF] = {"user": owner.pk, "hash": owner.get_session_auth_hash(), "at": int(REAL()), "next": "/"}
    session.save()
    key = typed_key(client.get("/admin/second-factor/"))
    client.post("/admin/second-factor/", {"code": code_of(key)})
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_a_code_is_taken_once(client, later):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    later(60)
    code = code_of(key, seconds=60)
    assert (second_factor.take(owner, code), second_factor.take(owner, code)) == (True, False)


def test_a_recovery_code_signs_in_once_and_the_person_is_told(client):
    owner = make_user("owner")
    _key, codes = enrol(Client(), owner)
    sign_in(client, owner.username)
    assert client.post("/admin/second-factor/", {"code": codes[0].upper()}).status_code == 302
    again = Client()
    sign_in(again, owner.username)
    assert again.post("/admin/second-factor/", {"code": codes[0]}).status_code == 200
    assert SignInNotice.objects.get(kind="recovery").values == {"left": 9}


def test_nothing_of_it_is_stored_in_the_clear():
    owner = make_user("owner")
    key, codes = enrol(Client(), owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM console_authenticator")
        assert key.encode() not in bytes(cursor.fetchone()[0])
    assert codes[0].replace("-", "") not in str(list(RecoveryCode.objects.values()))
    assert key not in str([session.get_decoded() for session in Session.objects.all()])


def test_half_signed_in_holds_for_ten_minutes_and_for_this_password(client, monkeypatch):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    sign_in(client, owner.username)
    owner.set_password("a new one 99")
    owner.save()
    assert client.post("/admin/second-factor/", {"code": code_of(key, seconds=30)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 302
    sign_in(client, owner.username, "a new one 99")
    monkeypatch.setattr(entering.time, "time", lambda: REAL() + 601)
    assert client.get("/admin/second-factor/").status_code == 302


def test_the_key_is_another_for_each_who_sets_it_up():
    owner = make_user("owner")
    first, second = Client(), Client()
    keys = []
    for client in (first, second):
        sign_in(client, owner.username)
        keys.append(typed_key(client.get("/admin/second-factor/")))
    assert keys[0] != keys[1]
    assert second.post("/admin/second-factor/", {"code": code_of(keys[0])}).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_signed_in_person_gets_new_codes_and_sets_up_another_phone_with_a_code(client, later):
    owner = make_user("owner")
    key, codes = enrol(client, owner)
    at = "/admin/second-factor/own/"
    assert "This code is wrong" in words(client.post(at, {"code": "000000", "do": "codes"}, follow=True))
    page = client.post(at, {"code": codes[1], "do": "codes"})
    new = document(page).xpath("//pre/code/text()")[0].split()
    assert not second_factor.take(owner, codes[2]) and len(new) == 10
    page = client.post(at, {"code": new[0], "do": "anew"}, follow=True)
    other = typed_key(page)
    assert client.post(at, {"code": code_of(other)}).status_code == 200
    later(60)
    assert second_factor.take(owner, code_of(other, seconds=60)) and other != key


def test_who_needs_none_may_set_one_up(client):
    person = make_user("product")
    sign_in(client, person.username)
    assert "Not set up." in words(client.get("/admin/sign-ins/"))
    key = typed_key(client.get("/admin/second-factor/own/"))
    client.post("/admin/second-factor/own/", {"code": code_of(key)})
    assert "10 recovery codes are left" in words(client.get("/admin/sign-ins/"))
    assert sign_in(Client(), person.username)["Location"] == "/admin/second-factor/"


def test_a_lost_one_is_reset_by_a_command_with_a_trace():
    owner = make_user("owner")
    there = Client()
    enrol(there, owner)
    out = StringIO()
    call_command("reset_second_factor", owner.username, "--reason", "phone lost", stdout=out)
    assert "sets up another one" in out.getvalue()
    assert there.get("/admin/").status_code == 302  # the sessions are ended
    assert not Authenticator.objects.exists() and not RecoveryCode.objects.exists()
    edit = Edit.objects.get()
    assert (edit.door, edit.changes) == ("command", {"second_factor": ["****", "reset: phone lost"]})
    assert SignInNotice.objects.filter(kind="second_factor", values={"what": "reset"}).exists()
    enrol(Client(), owner)
    with pytest.raises(CommandError, match="nobody called nobody"):
        call_command("reset_second_factor", "nobody", "--reason", "x")
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", make_user().username, "--reason", "x")


@pytest.mark.django_db(transaction=True, databases=["default", "sandbox"])
def test_a_command_that_signs_in_asks_for_the_code(live_server):
    owner = make_user("owner")
    key, _codes = enrol(Client(), owner)
    who = (live_server.url, owner.username, PASSWORD, "en", 5)
    with pytest.raises(walkthrough.Failed, match="needs a second factor: give the code that the app shows now"):
        walkthrough.Client(*who)
    signed_in = walkthrough.Client(*who, code=code_of(key, seconds=30))
    assert signed_in.get("orders/")["results"] == []


@pytest.mark.browser
def test_setting_it_up_works_in_a_browser_on_a_phone(live_server, page):
    owner = make_user("owner")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", owner.username)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector(".qrcode svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] == "critical"] == []
    key = b32decode(page.inner_text("ol code.copy").replace(" ", "")).hex()
    page.fill("#code", code_of(key))
    page.click("text=Set it up")
    assert len(page.inner_text("pre code").split()) == 10
    page.click("text=I have kept them")
    page.goto(f"{live_server.url}/admin/sign-ins/")
    assert "10 recovery codes are left" in page.inner_text("#content")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []


@pytest.mark.django_db
def test_an_app_whose_key_was_given_up_takes_no_code():
    app = Authenticator.objects.create(user=make_user("owner"), key="00" * 20)
    assert app.verify_token(code_of(app.key))
    Authenticator.objects.update(key="", last_t=-1)
    assert not Authenticator.objects.get().verify_token(code_of(""))


def test_where_none_is_asked_the_page_says_so_and_offers_none(client, settings):
    settings.SECOND_FACTOR = False
    client.force_login(make_user("owner"))
    page = words(client.get("/admin/sign-ins/"))
    assert "This console asks for none" in page and "Set it up" not in page
    settings.SECOND_FACTOR = True
    client.force_login(make_user("warehouse"))
    session = client.session
    session[second_factor.PASSED] = True
    session.save()
    assert "Set it up" in words(client.get("/admin/sign-ins/"))
