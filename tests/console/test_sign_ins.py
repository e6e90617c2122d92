"""Signing in: who guesses is stopped, nobody is locked out by others, and people are told and end their sessions."""

from datetime import timedelta
from itertools import count

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from config.starting import check_proxies
from console.models import Edit, KnownBrowser, PasswordTry, SignIn, SignInNotice
from console.signing_in import limits, notices
from tests.console.pages import document, words
from tests.factories import make_user
from tests.threads import at_once

PASSWORD = "pass word 1"
numbers = count(1)


def sign_in(client, name: str, password: str = PASSWORD, *, address: str = "192.0.2.1", **more):
    values = {"username": name, "password": password, **more}
    return client.post("/admin/login/", values, REMOTE_ADDR=address)


REAL = limits.time.time


def ticket_of(answer) -> str:
    if answer.status_code != 429:
        return ""
    found = document(answer).xpath("//input[@name='ticket']/@value")
    return found[0] if found else ""


@pytest.fixture
def later(monkeypatch):
    """Let the seconds pass that a browser has to wait."""

    def pass_by(seconds: int) -> None:
        monkeypatch.setattr(limits.time, "time", lambda: REAL() + seconds)

    return pass_by


def test_spraying_forty_accounts_from_one_address_is_stopped():
    people = [make_user("warehouse") for _nth in range(40)]
    answers = [sign_in(Client(), person.username, "Spring2026!", address="203.0.113.9") for person in people]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 30
    assert int(answers[-1]["Retry-After"]) > 800
    assert "Too many wrong passwords came from your internet address" in words(answers[-1])
    right = sign_in(Client(), people[39].username, address="203.0.113.9")
    assert right.status_code == 429  # it is not told that it was right
    assert sign_in(Client(), people[39].username).status_code == 302  # from elsewhere nobody waits


def test_an_address_may_try_again_after_a_quarter_of_an_hour():
    person = make_user("warehouse")
    for nth in range(11):
        sign_in(Client(), f"nobody{nth}", "wrong")
    assert sign_in(Client(), person.username).status_code == 429
    PasswordTry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert sign_in(Client(), person.username).status_code == 302


def test_an_ipv6_customer_is_one_address():
    for nth in range(10):
        sign_in(Client(), f"nobody{nth}", "wrong", address=f"2001:db8:1:2::{nth + 1:x}")
    assert sign_in(Client(), make_user().username, address="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(Client(), make_user().username, address="2001:db8:1:3::1").status_code == 302


def test_an_account_guessed_from_many_addresses_is_slowed_and_its_owner_still_gets_in(later):
    owner = make_user("owner")
    at_home = Client()
    assert sign_in(at_home, owner.username).status_code == 302
    at_home.post("/admin/logout/")
    waits = []
    for nth in range(40):
        answer = sign_in(Client(), owner.username, "wrong", address=f"198.51.100.{nth}")
        waits.append(int(answer.get("Retry-After", 0)))
        if ticket := ticket_of(answer):
            later(31)
            sign_in(Client(), owner.username, "wrong", address=f"198.51.100.{nth}", ticket=ticket)
            later(0)
    assert waits[:11] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30]
    assert set(waits[10:]) == {30}
    assert sign_in(at_home, owner.username).status_code == 302  # the browser that was used before waits for nothing
    elsewhere = Client()
    slowed = sign_in(elsewhere, owner.username)
    assert slowed.status_code == 429 and "Wait for 30 seconds" in words(slowed)
    ticket = ticket_of(slowed)
    early = sign_in(elsewhere, owner.username, ticket=ticket)
    assert (early.status_code, ticket_of(early)) == (429, ticket)
    later(31)
    assert sign_in(elsewhere, owner.username, ticket=ticket).status_code == 302


def test_a_ticket_is_for_one_name_one_address_and_one_try(later):
    first, second = make_user(), make_user()
    for person in (first, second):
        for nth in range(5):
            sign_in(Client(), person.username, "wrong", address=f"198.51.100.{nth}")
    ticket = ticket_of(sign_in(Client(), first.username))
    later(31)
    assert sign_in(Client(), second.username, ticket=ticket).status_code == 429
    assert sign_in(Client(), first.username, address="192.0.2.2", ticket=ticket).status_code == 429
    assert sign_in(Client(), first.username, "wrong", ticket=ticket).status_code == 200
    assert sign_in(Client(), first.username, ticket=ticket).status_code == 429
    assert sign_in(Client(), first.username, ticket="nonsense").status_code == 429


def test_the_owner_behind_the_guessers_address_goes_on_in_the_browser_of_before():
    owner = make_user("owner")
    before = Client()
    sign_in(before, owner.username)
    before.post("/admin/logout/")
    for _nth in range(15):
        sign_in(Client(), owner.username, "wrong")
    assert sign_in(Client(), owner.username).status_code == 429
    assert sign_in(before, owner.username).status_code == 302


def test_behind_a_counted_proxy_the_guesser_alone_is_refused(settings):
    settings.TRUSTED_PROXIES = 1
    owner = make_user("owner")
    guesser, other = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}, {"HTTP_X_FORWARDED_FOR": "198.51.100.7, 192.0.2.80"}
    for nth in range(11):
        last = Client().post("/admin/login/", {"username": f"n{nth}", "password": "wrong"}, **guesser)
    assert last.status_code == 429
    right = Client().post("/admin/login/", {"username": owner.username, "password": PASSWORD}, **other)
    assert right.status_code == 302


def test_behind_a_proxy_that_is_not_counted_nobody_is_refused_but_all_are_slowed(settings, later):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    owner = make_user("owner")
    for nth in range(16):
        sign_in(Client(), f"nobody{nth}", "wrong")
    slowed = sign_in(Client(), owner.username)
    assert "Wait for" in words(slowed)
    later(31)
    assert sign_in(Client(), owner.username, ticket=ticket_of(slowed)).status_code == 302


def test_behind_a_proxy_that_is_not_counted_tickets_of_a_short_wait_and_many_tickets_help_nobody(settings, later):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    owner, at_home = make_user("owner"), Client()
    sign_in(at_home, owner.username)
    at_home.post("/admin/logout/")
    guess = {"account": limits._account(owner.username), "user": owner}
    PasswordTry.objects.bulk_create(PasswordTry(**guess) for _nth in range(5))
    short = ticket_of(sign_in(Client(), owner.username))
    PasswordTry.objects.bulk_create(PasswordTry(**guess) for _nth in range(93))
    tickets = [ticket_of(sign_in(Client(), owner.username)) for _nth in range(4)]
    later(31)
    answer = sign_in(Client(), owner.username, "wrong", ticket=short)
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    answers = [sign_in(Client(), owner.username, "wrong", ticket=ticket) for ticket in tickets]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "Too many wrong passwords were tried for this name." in words(answers[-1])
    later(0)
    assert sign_in(at_home, owner.username).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_many_at_once_from_a_known_browser_are_no_more_than_its_limit():
    owner, known = make_user("owner"), Client()
    cookie = sign_in(known, owner.username).cookies["known_browser"].value

    def guess() -> int:
        client = Client()
        client.cookies["known_browser"] = cookie
        return sign_in(client, owner.username, "wrong").status_code

    at_once(16, guess)
    assert PasswordTry.objects.filter(is_right=False).exclude(browser=None).count() <= limits.BROWSER_TRIES


def test_a_known_browser_guesses_no_more_than_another():
    owner = make_user("owner")
    stolen = Client()
    sign_in(stolen, owner.username)
    stolen.post("/admin/logout/")
    for _nth in range(limits.BROWSER_TRIES):
        assert sign_in(stolen, owner.username, "wrong").status_code == 200
    for _nth in range(5):
        sign_in(stolen, owner.username, "wrong")
    assert sign_in(stolen, owner.username).status_code == 429


def test_a_browser_is_known_for_whom_it_was_used_and_its_cookie_is_signed():
    owner, other = make_user("owner"), make_user("warehouse")
    client = Client()
    response = sign_in(client, owner.username)
    cookie = response.cookies["known_browser"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert list(KnownBrowser.objects.values_list("user", flat=True)) == [owner.pk]
    for nth in range(5):
        sign_in(Client(), other.username, "wrong", address=f"198.51.100.{nth}")
    client.post("/admin/logout/")
    assert sign_in(client, other.username).status_code == 429
    client.cookies["known_browser"] = cookie.value.replace(":", "0:", 1)
    for nth in range(5):
        sign_in(Client(), owner.username, "wrong", address=f"198.51.100.{nth}")
    assert sign_in(client, owner.username).status_code == 429


def test_wrong_passwords_count_with_the_cache_away(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x:1"}}
    for nth in range(10):
        sign_in(Client(), f"nobody{nth}", "wrong")
    assert sign_in(Client(), make_user().username).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_than_the_limit():
    answers = at_once(16, lambda: sign_in(Client(), f"nobody{next(numbers)}", "wrong").status_code)
    assert answers.count(200) <= limits.ADDRESS_TRIES


def test_the_owner_of_a_guessed_account_is_told_once_by_mail_and_on_the_page(settings):
    settings.ALERTS_FROM_SANDBOX, settings.LANGUAGE_CODE = True, "en"
    owner = make_user("owner", email="owner@example.com")
    for nth in range(14):
        answer = sign_in(Client(), owner.username, "wrong", address=f"198.51.100.{nth}")
        if answer.status_code == 429:
            PasswordTry.objects.create(account=limits._account(owner.username), user=owner)
            notices.note_guessing(owner, limits.wrong_by_strangers(owner))
    assert SignInNotice.objects.filter(kind="guessed").count() == 1
    assert (notices.mail_due(), notices.mail_due()) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == ["owner@example.com"] and "wrong passwords for your account" in sent.body
    client = Client()
    client.force_login(owner)
    assert "wrong passwords for your account" in words(client.get("/admin/sign-ins/"))


def test_a_sign_in_in_a_new_browser_is_told_but_not_the_first_one_ever(settings):
    settings.ALERTS_FROM_SANDBOX = True
    person = make_user("warehouse", email="warehouse@example.com")
    sign_in(Client(), person.username)
    assert not SignInNotice.objects.exists()
    firefox = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    sign_in(firefox, person.username, address="192.0.2.9")
    sign_in(firefox, person.username, address="192.0.2.9")
    notice = SignInNotice.objects.get()
    assert notice.values == {"address": "192.0.2.9", "program": "Firefox · Linux"}
    assert notices.mail_due() == 1 and "192.0.2.9" in mail.outbox[0].body


def test_a_notice_that_does_not_arrive_is_mailed_again(settings, monkeypatch):
    settings.ALERTS_FROM_SANDBOX = True
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    notices.note(make_user(email="a@example.com"), "guessed", count=10)
    assert notices.mail_due() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.mail_due() == 0  # not at once
    SignInNotice.objects.update(next_attempt_at=timezone.now())
    assert notices.mail_due() == 1


def test_own_sessions_are_listed_and_ended():
    person = make_user("warehouse")
    here, there = Client(), Client()
    sign_in(here, person.username)
    sign_in(there, person.username, address="192.0.2.77")
    page = here.get("/admin/sign-ins/")
    assert "192.0.2.77" in words(page) and "this session" in words(page)
    other = SignIn.objects.get(address="192.0.2.77")
    assert "1 session is ended" in words(here.post("/admin/sign-ins/", {"end": other.pk}, follow=True))
    assert there.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200
    other.refresh_from_db()
    assert (other.ended, other.ended_by, other.session_key) == ("ended", person, "")
    assert list(KnownBrowser.objects.values_list("pk", flat=True)) == [SignIn.objects.get(ended="").browser_id]


def test_all_other_sessions_end_but_not_this_one():
    person = make_user("warehouse")
    here, others = Client(), [Client(), Client()]
    for client in (here, *others):
        sign_in(client, person.username)
    assert "2 sessions are ended" in words(here.post("/admin/sign-ins/", {"end": "all"}, follow=True))
    assert [client.get("/admin/").status_code for client in (here, *others)] == [200, 302, 302]


def test_the_sessions_of_others_are_for_those_who_may_change_people():
    person, owner, finance = make_user("warehouse"), make_user("owner"), make_user("finance")
    theirs, client = Client(), Client()
    sign_in(theirs, person.username)
    client.force_login(finance)
    assert client.get(f"/admin/sign-ins/{person.pk}/").status_code == 403
    assert client.post(f"/admin/sign-ins/{person.pk}/", {"end": "all"}).status_code == 403
    client.force_login(owner)
    assert f"Sign-ins of {person}" in words(client.get(f"/admin/sign-ins/{person.pk}/"))
    client.post(f"/admin/sign-ins/{person.pk}/", {"end": "all"})
    assert theirs.get("/admin/").status_code == 302
    assert Edit.objects.get().changes == {"sign_ins": ["1", "ended from the list of sign-ins"]}
    assert client.get(f"/admin/sign-ins/{make_user(is_superuser=True).pk}/").status_code == 404


def test_what_ends_by_itself_is_listed_as_ended():
    person = make_user("warehouse")
    out, over, here = Client(), Client(), Client()
    for client in (out, over, here):
        sign_in(client, person.username)
    out.post("/admin/logout/")
    over.session.delete()
    page = words(here.get("/admin/sign-ins/"))
    assert "signed out" in page and "ended by itself" in page
    assert sorted(SignIn.objects.values_list("ended", flat=True)) == ["", "out", "over"]


def test_a_new_password_ends_the_other_sessions_and_this_one_can_still_be_ended():
    person = make_user("warehouse")
    here, there = Client(), Client()
    sign_in(here, person.username)
    sign_in(there, person.username)
    new = {"old_password": PASSWORD, "new_password1": "another Word 77", "new_password2": "another Word 77"}
    assert here.post("/admin/password_change/", new).status_code == 302
    assert (here.get("/admin/").status_code, there.get("/admin/").status_code) == (200, 302)
    assert here.session.session_key in SignIn.objects.values_list("session_key", flat=True)


def test_old_rows_go():
    from console.tasks import forget_old

    sign_in(Client(), make_user().username)
    old = timezone.now() - timedelta(days=181)
    SignIn.objects.update(at=old)
    PasswordTry.objects.update(at=old)
    assert forget_old() == 2


def test_who_has_no_mail_address_reads_it_after_the_next_sign_in():
    person, client = make_user("warehouse"), Client()
    sign_in(client, person.username)
    notices.note(person, "guessed", count=12)
    assert "12 wrong passwords for your account" in words(
        client.post("/admin/login/", {"username": person.username, "password": PASSWORD}, follow=True)
    )


def test_a_proxy_that_is_not_counted_is_warned_of(settings):
    assert check_proxies() == []
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert [one.id for one in check_proxies()] == ["config.W001"]
    settings.TRUSTED_PROXIES = 1
    assert check_proxies() == []


@pytest.mark.browser
def test_the_page_counts_down_while_a_password_would_not_be_looked_at(live_server, page):
    owner = make_user("owner")
    for nth in range(6):
        PasswordTry.objects.create(account=limits._account(owner.username), user=owner, source=f"198.51.100.{nth}")
    page.goto(f"{live_server.url}/admin/login/")
    for _time in range(2):
        page.fill("#id_username", owner.username)
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]:not([disabled])")
    page.wait_for_url(f"{live_server.url}/admin/")
    assert all("429" in text for text in page.complaints)
