"""The demo that `make run` starts: its sign-in works, its data keep their AppID, and other commands find it."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import connection, connections

from config import demo
from config.management.commands.run import Command
from console.signing_in import limits
from tests.processes import ROOT, until
from walkthrough.server import free_port
from wechat import tokens
from wechat.models import AccessToken, Belonging
from wechat.shop import account

URL = "http://127.0.0.1:8000"


@pytest.fixture
def demo_file(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO_FILE", str(tmp_path / "demo.json"))
    return tmp_path / "demo.json"


def start(settings) -> dict:
    """What `run` does before it starts its processes."""
    stored = demo.write(URL, Command()._appid())
    settings.WECHAT_APPID, settings.WECHAT_SECRET = stored["appid"], stored["secret"]
    call_command("demo_data", "--username", stored["username"], "--password", stored["password"])
    return stored


def signs_in(client, username: str, password: str) -> bool:
    client.logout()
    return client.post("/admin/login/", {"username": username, "password": password}).status_code == 302


def test_the_sign_in_works_and_the_data_keep_their_appid_when_the_demos_settings_are_gone(
    platform, client, settings, demo_file
):
    settings.DEBUG = True
    first = start(settings)
    account.get_info()
    demo_file.unlink()
    again = start(settings)
    assert (again["appid"], again["secret"] == first["secret"]) == (first["appid"], False)
    assert signs_in(client, "owner", again["password"]) and signs_in(client, "finance", again["password"])
    assert not signs_in(client, "owner", first["password"])
    tokens._held = None
    AccessToken.objects.all().delete()
    account.get_info()  # the sandbox takes the new secret


def test_a_changed_password_and_a_locked_door_open_again_with_the_next_start(client, settings, demo_file):
    settings.DEBUG = True
    stored = start(settings)
    for _time in range(limits.ADDRESS_TRIES + 1):
        signs_in(client, "owner", "wrong")
    assert not signs_in(client, "owner", stored["password"])
    start(settings)
    assert signs_in(client, "owner", stored["password"])


def test_a_demo_is_not_started_on_a_merchants_data():
    Belonging.objects.create(number=1, appid="wx00000000000000aa", platform="wechat", noted_by="a test")
    with pytest.raises(CommandError, match="wx00000000000000aa at WeChat"):
        Command()._appid()


@pytest.mark.parametrize(
    ("own", "is_used"),
    [
        ({}, True),
        ({"LOG_LEVEL": "ERROR"}, True),
        ({"DATABASE_URL": "sqlite:///own.sqlite3"}, False),
        ({"WECHAT_APPID": "wx00000000000000aa"}, False),
        ({"DJANGO_SETTINGS_MODULE": "tests.settings"}, False),
    ],
)
def test_a_command_uses_the_demo_only_where_nothing_else_is_set(own, is_used, demo_file, tmp_path, monkeypatch, capsys):
    stored = demo.write(URL)
    environment = {"DEMO_FILE": str(demo_file), **own}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)  # in which there is no .env
    demo.adopt()
    assert (environment.get("WECHAT_APPID") == stored["appid"]) == is_used
    assert own.items() <= environment.items()
    assert (stored["appid"] in capsys.readouterr().err) == is_used


def test_with_an_env_file_the_demo_is_not_used(demo_file, tmp_path, monkeypatch):
    demo.write(URL)
    (tmp_path / ".env").touch()
    environment = {"DEMO_FILE": str(demo_file)}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)
    demo.adopt()
    assert environment == {"DEMO_FILE": str(demo_file)}


def copy_databases(folder) -> None:
    """The tests' own, migrated already: to migrate two new ones takes most of a start."""
    folder.mkdir()
    for alias, name in (("default", "console"), ("sandbox", "sandbox")):
        with (
            closing(sqlite3.connect(connections[alias].settings_dict["NAME"])) as source,
            closing(sqlite3.connect(folder / f"{name}.sqlite3")) as copy,
        ):
            source.backup(copy)


@pytest.fixture
def running(tmp_path):
    """`make run`'s program with all data in a folder; gives the environment of a second terminal."""
    if connection.vendor != "sqlite":
        pytest.skip("the demo has SQLite whatever database the tests have")
    if (ROOT / ".env").exists():
        pytest.skip("with an .env no command uses the demo")
    ports = f"--port={free_port()}", f"--callbacks-port={free_port()}"
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    copy_databases(tmp_path / "var")
    terminal = {"PATH": os.environ["PATH"], "DEMO_FILE": str(tmp_path / "demo.json")}
    log = tmp_path / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run", *ports],
            env=terminal | {"VAR_DIR": str(tmp_path / "var"), "LANGUAGE_CODE": "en"},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, 120, "the demo has started")
        yield log.read_text(), terminal
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.processes
def test_the_readmes_commands_work_in_a_second_terminal_as_printed(running, tmp_path):
    printed, terminal = running
    url, username, password = re.search(r"Console +(\S+)/admin/\s+Sign in +(\S+) / (\S+)", printed).groups()
    browser = requests.Session()
    browser.get(f"{url}/admin/login/")
    form = {"username": username, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post(f"{url}/admin/login/", form, allow_redirects=False).status_code == 302

    lines = re.findall(r"^    (\./manage\.py .+)$", (ROOT / "README.md").read_text().split("### A first walk")[0], re.M)
    assert len(lines) == 4
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    processes = [subprocess.Popen(line, shell=True, env=terminal, cwd=tmp_path, **output) for line in lines]
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told
    stored = json.loads((tmp_path / "demo.json").read_text())
    appid, callbacks = stored["appid"], stored["environment"]["WECHAT_CALLBACK_URL"]
    assert requests.get(callbacks, timeout=5).status_code == 403  # of a process of its own, as WeChat would be told
    assert requests.get(callbacks.replace("/wechat/callback/", "/admin/"), timeout=5).status_code == 404
    assert all(text.startswith(f"Using the demo of `make run`: {appid}") for text in told)
    assert "42 rows" in told[0] and (tmp_path / "products.xlsx").exists()
