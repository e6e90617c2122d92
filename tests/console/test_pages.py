"""Today, signing in, health, languages and headers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from qualifications.operations import refresh_brand, submit_brand
from tests.console.pages import words
from tests.factories import make_brand, make_document, make_user
from wechat.models import Callback
from wechat.sealed import seal
from wechat.steps import operations

pytestmark = pytest.mark.django_db(transaction=True)


def test_today_says_in_words_that_nothing_waits(client):
    client.force_login(make_user("owner"))
    page = words(client.get("/admin/"))
    for empty in ("Nothing waits for you.", "Nothing is urgent.", "All quiet: ", "Rejected brands", "Unknown outcomes"):
        assert empty in page


def test_today_counts_what_waits_and_quotes_the_newest_reason(client, platform):
    brand, waiting = make_brand(), make_brand()
    for one in (brand, waiting):
        submit_brand(one)
    platform.reject(brand.last_round.audit_id, "图片模糊")
    refresh_brand(brand)
    make_brand()
    make_document(expires_on=timezone.localdate() + timedelta(days=3))
    operations.new_step(submit_brand, make_brand().pk, state="unknown").save()
    Callback.objects.create(key="f", event="e", state="failed", body=seal(b"{}"), received_at=timezone.now())
    client.force_login(make_user("owner"))
    page = words(client.get("/admin/"))
    for expected in (
        "1 Rejected brands",
        "图片模糊",
        "1 Brands in review",
        "2 Brands to submit",
        "1 Documents: 7 days left or less",
        "1 Unknown outcomes",
        "1 Failed messages",
    ):
        assert expected in page


def test_a_wrong_clock_raises_an_alert(client):
    Callback.objects.create(
        key="s", state="refused", body=seal(b""), received_at=timezone.now(), error="stale: the signed timestamp"
    )
    client.force_login(make_user("developer"))
    assert "check this server's clock" in words(client.get("/admin/"))


def test_the_front_page_shows_only_what_the_person_may_see(client):
    client.force_login(make_user("warehouse"))
    page = words(client.get("/admin/"))
    assert "To ship" in page
    assert "Rejected brands" not in page and "Failed messages" not in page


def test_the_language_is_switched_by_a_button(client):
    client.force_login(make_user("owner"))
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})
    page = client.get("/admin/").content.decode()
    assert "今日" in page and 'lang="zh-hans"' in page


def test_health_needs_nobody_signed_in(client):
    assert client.get("/healthz").content == b"alive"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["migrations"]) == (200, "ok", "ok")


def test_signing_in_changes_the_session_and_idling_ends_it(client, settings):
    user = make_user("owner")
    client.get("/admin/login/")
    before = client.session.session_key
    client.post("/admin/login/", {"username": user.username, "password": "pass word 1"})
    assert client.session.session_key != before
    assert client.get("/admin/").status_code == 200
    session = client.session
    session["seen"] -= settings.SESSION_IDLE + 1
    session.save()
    assert client.get("/admin/").status_code == 302


def test_a_session_ends_after_its_hours_however_busy(client, settings):
    client.force_login(make_user("owner"))
    client.get("/admin/")
    session = client.session
    session["started"] -= settings.SESSION_COOKIE_AGE - 10
    session["seen"] -= 120
    session.save()
    client.get("/admin/")
    assert client.session.get_expiry_age() <= 10


def test_every_page_comes_with_a_policy_that_lets_nothing_else_in(client):
    response = client.get("/admin/login/")
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_check_deploy_is_clean(tmp_path):
    import subprocess
    import sys

    from tests.processes import ROOT

    env = {
        "PATH": "/usr/bin:/bin",
        "SECRET_KEY": "x" * 25 + "abcdefghijklmnopqrstuvwxyz012345",
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_it_starts_with_nothing_set(tmp_path):
    import subprocess
    import sys

    from tests.processes import ROOT

    env = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path)}
    for command in (["migrate", "-v", "0"], ["check"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
