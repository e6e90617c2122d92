"""A backup is whole or refused; restored elsewhere it is the same, and what happened since is found again."""

import json
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from console.backup import after, making, restoring
from console.backup.manifest import Manifest
from console.feed import positions, reading
from console.models import Authenticator, SignOfLife
from console.setup_checks import machine
from console.watched.machine import backup_old
from orders.operations import ship_order
from tests.factories import make_document, make_order, make_user
from tests.processes import ROOT, database_url, environment
from wechat.models import Step
from wechat.shop import account
from wechat.steps import queue, recovery
from wechat.steps.errors import Conflict

PASSPHRASE = "a long enough passphrase"


def back_up(folder: Path) -> Path:
    out = StringIO()
    with override_settings(BACKUP_PASSPHRASE=PASSPHRASE):
        call_command("backup", "--to", str(folder), stdout=out)
    return Path(out.getvalue().partition(":")[0])


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of an empty machine: another database of the same kind, another VAR_DIR."""
    var = tmp_path / "elsewhere"
    var.mkdir()
    if connection.vendor == "sqlite":
        yield environment("http://127.0.0.1:9", DATABASE_URL=f"sqlite:///{var}/console.sqlite3", VAR_DIR=str(var))
        return
    name = f"x_restored_{uuid.uuid4().hex[:8]}"
    address = database_url("default").rpartition("/")[0]
    with psycopg.connect(f"{address}/postgres".replace("postgres://", "postgresql://"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield environment("http://127.0.0.1:9", DATABASE_URL=f"{address}/{name}", VAR_DIR=str(var))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(env: dict, *args: str, code: int = 0) -> str:
    command = [sys.executable, "manage.py", *args]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(address: str) -> dict[str, list]:
    """All rows of all tables, as they are stored."""
    if address.startswith("sqlite"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as opened:
            names = opened.execute(
                "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%' AND name NOT LIKE 'sqlite_%'"
            )
            return {name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"'))) for (name,) in names.fetchall()}
    with psycopg.connect(address.replace("postgres://", "postgresql://")) as opened:
        names = opened.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"').fetchall())) for (name,) in names}


# What a restore itself changes, and the command's own mark.
CHANGED = {
    "console_feedmark",
    "console_job",
    "console_job_steps",
    "console_signoflife",
    "django_session",
    "wechat_accesstoken",
    "wechat_step",
}


def private(var: Path | str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(var, "private").rglob("*") if path.is_file()}


def give_keys(env: dict, folder: Path) -> None:
    """As an operator does: the lines that `open_keys` prints become settings."""
    lines = manage({**env, "BACKUP_PASSPHRASE": PASSPHRASE}, "open_keys", f"{folder}.keys").splitlines()
    env |= dict(line.split("=", 1) for line in lines if line.startswith(("SECRET_KEY=", "FIELD_KEYS=", "LOOKUP_KEY=")))


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_backup_that_is_restored_on_an_empty_machine_is_the_same(platform, tmp_path, elsewhere):
    make_order()
    picture = Path(make_document().image.file.path)
    account.get_brand_list()
    folder = back_up(tmp_path / "backups")
    before = rows(database_url("default"))
    assert "open_keys FILE" in manage(elsewhere, "restore", str(folder), code=1)
    give_keys(elsewhere, folder)
    assert "Restored." in manage(elsewhere, "restore", str(folder))
    after = rows(elsewhere["DATABASE_URL"])
    assert before["wechat_accesstoken"] and not after["wechat_accesstoken"]
    assert {name for name in before if before[name] != after.get(name)} <= CHANGED
    assert private(elsewhere["VAR_DIR"])[picture.name] == picture.read_bytes()  # other tests' pictures are there too
    # A second time only where it is said, and over what a later version has left.
    assert "--overwrite" in manage(elsewhere, "restore", str(folder), code=2)
    assert "no terminal" in manage(elsewhere, "restore", str(folder), "--overwrite", code=2)
    manage(elsewhere, "restore", str(folder), "--overwrite", "--yes")
    assert rows(elsewhere["DATABASE_URL"])["orders_order"] == before["orders_order"]
    manage(elsewhere, "check", "--database", "default")


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_the_schedule_goes_on_and_reads_what_wechat_knows_meanwhile(platform, tmp_path, elsewhere, live_server):
    from orders.operations import pull_orders
    from wechat.steps.pulls import listed

    paid, waiting = make_order(), make_order()
    pull_orders(listed("orders"))
    folder = back_up(tmp_path / "backups")
    platform.pay(paid.out_order_id)  # of which the message goes to the machine that is lost
    later = make_order()
    give_keys(elsewhere, folder)
    manage(elsewhere, "restore", str(folder))
    elsewhere["WECHAT_API_BASE"] = f"{live_server.url}/sandbox"
    code = (
        "import django; django.setup()\n"
        "from console import jobs\nfrom console.models import Job\nfrom wechat.tasks import sweep\n"
        "from orders.models import Order\n"
        "sweep()\n[jobs.work(job.pk) for job in Job.objects.standing()]\n"
        "print(sorted(Order.objects.values_list('out_order_id', 'status')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=elsewhere, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = [(paid.out_order_id, 20), (waiting.out_order_id, 10), (later.out_order_id, 10)]
    assert done.stdout.strip().splitlines()[-1] == str(sorted(expected))


def test_steps_that_were_open_are_of_unknown_outcome_and_not_repeated(platform):
    from console.backup import after

    order = make_order()
    platform.pay(order.out_order_id)
    Step.objects.all().delete()
    (step,) = queue.create(ship_order, [order.pk])
    assert after.doubt_steps(None) == ["1 open steps are of unknown outcome now."]
    step.refresh_from_db()
    assert (step.state, step.lease_until) == (Step.State.UNKNOWN, None)
    with pytest.raises(Conflict):
        ship_order(order)
    recovery.sweep()
    assert platform.ledger("send") == []


def test_a_reader_of_the_feed_learns_that_it_was_restored(platform):
    make_order()
    positions.give()
    last = positions.last()
    positions.leave_out_lost()
    make_order()
    assert reading.position_of("after", str(last)) == last  # missed nothing
    with pytest.raises(Conflict, match="restored"):
        reading.position_of("after", str(last + 1))
    events, position, _more = reading.after(last, ["order"], 10)
    assert len(events) == 2 and reading.position_of("after", str(position)) == position == positions.last()


@pytest.fixture
def backup(tmp_path, settings):
    """A made-up one, for what is refused before anything is changed."""
    folder = tmp_path / "console-20261130T000000Z"
    folder.mkdir()
    (folder / "data").write_text("data")
    found = making._manifest(folder, "2026-11-30T00:00:00+00:00", {}, 0, 0)
    found.write(folder)
    return folder


def change(folder: Path, **fields) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def check(folder: Path, **how) -> Manifest:
    return restoring.check(folder, **{"overwrite": True, "without_keys": False, **how})


def test_what_cannot_be_restored_is_refused_with_its_reason(backup):
    assert check(backup).files.keys() == {"data"}
    with pytest.raises(CommandError, match="--overwrite"):
        check(backup, overwrite=False)
    (backup / "data").write_text("date")
    with pytest.raises(CommandError, match="data is damaged"):
        check(backup)
    (backup / "data").unlink()
    with pytest.raises(CommandError, match="data cannot be read"):
        check(backup)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format": 2}, "format 2"),
        ({"unknown": 1}, "a version that this console does not know"),
        ({"migrations": ["orders.9999_later"]}, "newer than this one: orders.9999_later"),
        ({"vendor": "oracle"}, "of a oracle database"),
    ],
)
def test_a_backup_of_another_version_or_database_is_refused(backup, fields, reason):
    change(backup, **fields)
    with pytest.raises(CommandError, match=reason):
        check(backup)


def test_other_keys_are_named_before_anything_is_changed(backup, settings):
    settings.FIELD_KEYS = ["another"]
    with pytest.raises(CommandError, match="open_keys FILE"):
        check(backup)
    assert check(backup, without_keys=True)


def test_no_folder_and_no_manifest_are_named(tmp_path):
    with pytest.raises(CommandError, match="is no backup"):
        check(tmp_path)


def test_another_mini_program_is_said(backup):
    change(backup, appid="wx00000000000000aa", platform="wechat")
    assert "belongs to wx00000000000000aa" in restoring.other_mini_program(Manifest.read(backup))


def test_keys_are_sealed_under_the_passphrase(tmp_path, settings):
    from console.backup import keys

    settings.SECRET_KEY, settings.FIELD_KEYS, settings.BACKUP_PASSPHRASE = "secret-key", ["new", "old"], PASSPHRASE
    path = tmp_path / "a.keys"
    keys.write(path, PASSPHRASE)
    assert path.stat().st_mode & 0o777 == 0o600 and "secret-key" not in path.read_text()
    out = StringIO()
    call_command("open_keys", str(path), stdout=out)
    assert "SECRET_KEY=secret-key\nFIELD_KEYS=new,old\n" in out.getvalue()
    for wrong, reason in (("another passphrase", "not the one"), ("", "is needed")):
        settings.BACKUP_PASSPHRASE = wrong
        with pytest.raises(CommandError, match=reason):
            call_command("open_keys", str(path))
    with pytest.raises(CommandError, match="too short"):
        keys.write(path, "short")
    with pytest.raises(CommandError, match="no file of keys"):
        keys.opened(ROOT / "manage.py", PASSPHRASE)


@pytest.mark.parametrize(("args", "reason"), [((), "Set BACKUP_DIR"), (("--to", "/nowhere/x"), "BACKUP_PASSPHRASE")])
def test_a_backup_says_what_it_needs(settings, args, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("backup", *args)


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_for_its_owner_only_and_old_ones_go(platform, tmp_path, settings):
    settings.BACKUP_DIR, settings.BACKUP_KEYS_DIR = str(tmp_path / "b"), str(tmp_path / "keys")
    settings.BACKUP_PASSPHRASE, settings.BACKUP_KEEP = PASSPHRASE, 1
    older = tmp_path / "b" / "console-20200101T000000Z"
    older.mkdir(parents=True)
    (older / "manifest.json").touch()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "console-20200101T000000Z.keys").touch()
    assert machine.backup().seen == "There is no backup yet."
    assert [cause.key for cause in backup_old()] == ["backup"]
    call_command("backup", stdout=StringIO())
    (folder,) = (tmp_path / "b").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [f"{folder.name}.keys"]
    assert backup_old() == [] and machine.backup().seen == "The last backup is 0 hours old."
    SignOfLife.objects.update(at=timezone.now() - timedelta(hours=27))
    assert len(backup_old()) == 1 and machine.backup().seen == "The last backup is 27 hours old."


def test_without_a_folder_for_backups_nobody_is_alarmed(client):
    assert backup_old() == []
    client.force_login(make_user("owner"))
    assert "Last backup" not in client.get("/admin/health/").content.decode()


def test_the_health_page_shows_the_last_backup(client, settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)
    client.force_login(make_user("owner"))
    assert "Last backup</th><td>none" in client.get("/admin/health/").content.decode()


def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch):
    from console.backup import databases

    def fail(folder):
        raise OSError("No space left on device")

    monkeypatch.setattr(databases, "dump", fail)
    with pytest.raises(CommandError, match=r"There is no new backup in .*No space left"):
        call_command("backup", "--to", str(tmp_path), "--without-keys")
    assert list(tmp_path.iterdir()) == [] and not SignOfLife.objects.exists()


def test_a_list_of_erasures_that_is_damaged_is_named_before_anything_is_changed(backup, settings):
    settings.ERASURES_FILE = backup.parent / "elsewhere" / "erasures.jsonl"
    (backup.parent / "erasures.jsonl").write_text('{"digest": "x"}\n')
    with pytest.raises(CommandError, match=r"erasures.jsonl, line 1: .*Mend that line"):
        check(backup)
    (backup.parent / "erasures.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match=r"erasures.jsonl: it is no text"):
        check(backup)


@pytest.mark.django_db
def test_it_is_said_whose_recovery_codes_are_valid_again():
    assert after.end_sessions(after.Restored(None, Path())) == []
    Authenticator.objects.create(user=make_user("owner"), key="00")
    (said,) = after.end_sessions(after.Restored(None, Path()))
    assert said.startswith("Authenticator apps and recovery codes are those of the backup")
