"""Which processes start on a database that belongs to another mini program, and how it is bound anew."""

import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from config.command_line import uses_records
from tests.factories import make_order, make_spu
from tests.processes import ROOT, end_sessions, environment
from wechat import belonging
from wechat.models import Belonging
from wechat.shop import account

OURS, MERCHANT = "wxtest0000000001", "wx00000000000000aa"


def belongs_to(appid: str, number: int = 1) -> None:
    Belonging.objects.create(number=number, appid=appid, platform="sandbox", noted_by="a test")


def test_check_says_it_before_a_process_is_replaced_and_notes_nothing(client):
    call_command("check", databases=["default"])
    assert not Belonging.objects.exists()
    belongs_to(MERCHANT)
    call_command("check")  # which asks no database
    with pytest.raises(SystemCheckError, match=f"belongs to the mini program {MERCHANT}"):
        call_command("check", databases=["default"])
    assert client.get("/readyz").json()["mini_program"] == "another"


def test_commands_that_use_records_are_asked_and_those_that_set_up_are_not():
    asked = {"pull_orders", "export_orders", "handle_callbacks", "demo_data", "index_search", "runserver", "shell"}
    free = {"migrate", "check", "bind_database", "createsuperuser", "changepassword", "collectstatic", "run"}
    assert ({name for name in asked | free if uses_records(name)}) == asked


COMMANDS = {
    "a command": "manage.py export_orders -",
    "the web": "-m gunicorn config.wsgi -w 1 -b 127.0.0.1:0 --no-control-socket",
    "a worker": "-m celery -A config worker -P threads -c 1",
    "the schedule": "-m celery -A config beat --pidfile=",
}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_no_process_starts_on_the_database_of_another_mini_program_and_an_upgrade_does():
    belongs_to(MERCHANT)
    env = environment("http://127.0.0.1:9", CELERY_BROKER_URL="filesystem://")
    processes = {name: begin(command, env) for name, command in COMMANDS.items()}
    upgrade = begin("manage.py migrate", env)
    printed = {name: process.communicate(timeout=120)[0] for name, process in processes.items()}
    assert upgrade.communicate(timeout=120)[0].endswith("No migrations to apply.\n")
    end_sessions()
    assert {name for name, text in printed.items() if f"belongs to the mini program {MERCHANT}" not in text} == set()
    assert {name: processes[name].returncode for name in COMMANDS} == {
        "a command": 2,
        "the web": 3,
        "a worker": 1,
        "the schedule": 1,
    }


def begin(command: str, env: dict) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *command.split()],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def bind(*args) -> str:
    out = StringIO()
    call_command("bind_database", *args, stdout=out)
    return out.getvalue()


def test_a_database_is_bound_anew_with_the_appid_typed(platform):
    make_spu()
    make_order()
    belongs_to(MERCHANT, number=2)
    assert "belongs to the mini program" in belonging.refusal()
    said = bind("--appid", OURS, "--yes")
    assert "products, 0 of which" in said and "  1 orders, 1 of which" in said
    assert account.get_brand_list() == []
    last = Belonging.objects.get(number=3)
    assert (last.appid, last.platform, last.noted_by.split(",")[0]) == (OURS, "sandbox", "bind_database")
    told = bind("--appid", OURS, "--yes")  # once more: what was noted when, and by whom
    assert "already" in told and told.index(f"{MERCHANT} in the sandbox") < told.index("(bind_database, ")
    assert Belonging.objects.count() == 3


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ((), "no terminal"),
        (("--appid", OURS), "no terminal"),
        (("--yes",), "needs the AppID"),
        (("--appid", MERCHANT, "--yes"), "Nothing was done"),
    ],
)
def test_without_the_appid_that_the_settings_name_nothing_is_bound(args, reason):
    belongs_to(MERCHANT)
    with pytest.raises(CommandError, match=reason) as refused:
        bind(*args)
    assert (refused.value.returncode, Belonging.objects.count()) == (2, 1)
