"""Leaving with everything: the export read again and counted against the tables."""

import csv
import json
import re
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from console import exports
from console.keeping import of
from console.leaving import asking, tables
from console.leaving.columns import columns_of, exported
from console.leaving.writing import MANIFEST, Everything
from console.models import APIKey, Export, Reveal
from orders.funds.models import MerchantAccount
from orders.models import Order
from tests.factories import ADDRESS, OPENID, make_brand, make_image, make_key, make_order, make_spu, make_user
from wechat.models import Call, Callback
from wechat.sealed import seal

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent.parent
# Columns whose names sound like a secret, and that are none.
HARMLESS = {
    "console.alert.key", "console.requestcount.key", "console.requesterror.key", "wechat.step.key",
    "console.difference.key",
    "console.approval.keys", "wechat.image.sha256", "wechat.image.source_sha256", "orders.order.ticket_until",
    "console.alertchannel.digest_at", "console.webhookendpoint.old_secret_until", "console.erasure.digest",
    "console.editlink.digest", "console.editlink.key", "console.editlink.signature",
    "console.editanchor.digest", "console.editanchor.key", "console.editanchor.signature",
    "console.editcheck.digest", "console.editcheck.key", "console.editcheck.signature",
}  # fmt: skip


@pytest.fixture
def shop(platform):
    """A little of all that a shop has; some in more than one chunk."""
    make_brand()
    make_spu()
    orders = [make_order() for _nth in range(3)]
    make_key("orders")
    Callback.objects.create(key="1", event="e", body=seal(f'{{"Event":"e","openid":"{OPENID}"}}'.encode()),
                            received_at=timezone.now())  # fmt: skip
    return orders


@pytest.fixture
def owner(shop):
    return make_user("owner", username="boss")


def export(place: Path, *more: str) -> str:
    out = StringIO()
    call_command("export_all", "--output", str(place), "--by", "boss", "--reason", "we move", *more, stdout=out)
    return out.getvalue()


def read(folder: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def test_every_row_of_every_table_is_in_it(owner, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 2)
    export(tmp_path / "all")
    manifest = json.loads((tmp_path / "all" / MANIFEST).read_text())
    assert (manifest["complete"], manifest["personal_data"]) == (True, "masked")
    for model in exported():
        name = model._meta.label_lower
        rows = read(tmp_path / "all", name)
        with (tmp_path / "all" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            sheet = list(csv.reader(file))
        count = model._base_manager.count()
        assert (len(rows), len(sheet) - 1, manifest["tables"][name]["rows"]) == (count, count, count), name
        assert sheet[0] == manifest["tables"][name]["columns"]
    assert {row["out_order_id"] for row in read(tmp_path / "all", "orders.order")} == set(
        Order.objects.values_list("out_order_id", flat=True)
    )


def test_files_are_copied_as_their_rows_name_them(owner, tmp_path):
    image = make_image()
    export(tmp_path / "all")
    assert (tmp_path / "all" / "files" / str(image.file.name)).read_bytes() == image.file.read()


def test_pictures_of_peoples_papers_go_out_with_personal_data_only(owner, tmp_path):
    paper = make_image()
    MerchantAccount.objects.update_or_create(pk=1, defaults={"id_front": paper})
    export(tmp_path / "masked")
    export(tmp_path / "clear", "--personal")
    there = [(tmp_path / name / "files" / str(paper.file.name)).exists() for name in ("masked", "clear")]
    assert there == [False, True]
    assert json.loads((tmp_path / "masked" / MANIFEST).read_text())["files"]["left_out"] == 1


def contents(folder: Path) -> str:
    return "\n".join(path.read_text() for path in folder.iterdir() if path.is_file())


def test_personal_data_is_masked_and_in_the_clear_only_by_the_flag(owner, tmp_path):
    export(tmp_path / "masked")
    text = contents(tmp_path / "masked")
    for value in (OPENID, ADDRESS["tel_number"], ADDRESS["receiver_name"], ADDRESS["detailed_address"]):
        assert value not in text
    export(tmp_path / "clear", "--personal")
    assert read(tmp_path / "clear", "orders.order")[0]["openid"] == OPENID
    assert read(tmp_path / "clear", "orders.order")[0]["address"] == ADDRESS
    assert read(tmp_path / "clear", "wechat.callback")[0]["body"]["openid"] == OPENID
    traces = [(one.user.username, one.reason, one.personal) for one in Export.objects.order_by("id")]
    assert traces == [("boss", "we move", False), ("boss", "we move", True)]
    assert Reveal.objects.get().reason == "we move"


def test_no_secret_leaves(owner, tmp_path, settings):
    export(tmp_path / "all", "--personal")
    text = contents(tmp_path / "all")
    for value in (owner.password, APIKey.objects.get().digest, settings.SECRET_KEY, settings.WECHAT_SECRET):
        assert value not in text


def test_whatever_sounds_like_a_secret_is_left_out_or_named_as_harmless():
    sounds = re.compile(r"secret|password|token|digest|ticket|qrcode|sha256|keys?$|session|prefix|signature")
    names = {
        f"{model._meta.label_lower}.{column.name}" for model in exported() for column in columns_of(model, clear=True)
    }
    assert {name for name in names if sounds.search(name.rpartition(".")[2])} == HARMLESS


def test_every_secret_that_is_named_exists():
    for model in apps.get_models():
        if model._meta.app_label != "sandbox":
            names = {field.name for field in [*model._meta.fields, *model._meta.many_to_many]}
            shared = of(model).secret | of(model).personal
            assert shared <= names or model._meta.label in ("console.Mention",), model


def test_a_stopped_export_goes_on_behind_the_last_whole_table(owner, tmp_path, monkeypatch):
    written, write = [], tables.write

    def broken(model, *args, **options):
        if len(written) == 5:
            raise OSError("disk full")
        written.append(model)
        return write(model, *args, **options)

    monkeypatch.setattr(tables, "write", broken)
    with pytest.raises(CommandError, match="disk full"):
        export(tmp_path / "all")
    with pytest.raises(CommandError, match="not empty"):
        export(tmp_path / "all")
    before = list(written)
    monkeypatch.setattr(
        tables, "write", lambda model, *args, **options: written.append(model) or write(model, *args, **options)
    )
    export(tmp_path / "all", "--resume")
    assert written == exported() and written[:5] == before


def test_it_takes_the_permission_and_a_reason(owner, tmp_path):
    make_user("finance", username="money")
    with pytest.raises(CommandError, match="export_all is needed"):
        call_command("export_all", "--output", str(tmp_path / "x"), "--by", "money", "--reason", "because")
    with pytest.raises(CommandError, match="--reason"):
        call_command("export_all", "--output", str(tmp_path / "x"), "--by", "boss")
    assert not Export.objects.exists() and not (tmp_path / "x").exists()


def test_the_page_has_a_worker_write_a_zip_for_who_asked(owner, client, drain, tmp_path):
    client.force_login(owner)
    answer = client.post("/admin/leave/", {"reason": "we move", "clear": "on"})
    assert answer.status_code == 302
    drain()
    assert "Download" in client.get(answer.url).content.decode()
    taken = client.get(f"{answer.url.replace('change', 'file')}")
    (tmp_path / "all.zip").write_bytes(b"".join(taken.streaming_content))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        manifest = json.loads(archive.read("everything/manifest.json"))
        lines = archive.read("everything/orders.order.jsonl").decode().splitlines()
    assert (manifest["personal_data"], len(lines)) == ("clear", 3)
    one = Export.objects.get()
    assert one.rows == sum(table["rows"] for table in manifest["tables"].values())
    assert Path(one.file.path).stat().st_mode & 0o777 == 0o600
    client.force_login(make_user("owner"))
    assert client.get(f"{answer.url.replace('change', 'file')}").status_code == 404


@pytest.mark.parametrize("role", ["finance", "developer", "auditor", "customer_service"])
def test_the_page_is_closed_to_others(client, role):
    client.force_login(make_user(role))
    assert client.get("/admin/leave/").status_code == 403


def test_who_lost_the_permission_gets_no_file(owner, client):
    client.force_login(owner)
    client.post("/admin/leave/", {"reason": "we move"})
    owner.groups.clear()
    exports.write(Export.objects.get().pk)
    assert (Export.objects.get().fault, Export.objects.get().file.name) == (exports.GONE, "")


def test_a_killed_worker_is_followed_by_one_that_goes_on(owner, monkeypatch):
    one = asking.note(owner, "we move", clear=False, language="en")
    monkeypatch.setattr(Everything, "_copy_files", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exports.write(one.pk)
    monkeypatch.undo()
    monkeypatch.setattr(tables, "write", lambda *args, **options: pytest.fail("written twice"))
    Export.objects.update(lease_until=None)
    exports.write(one.pk)
    one.refresh_from_db()
    assert one.file and one.done_at


@pytest.mark.parametrize("folder", ["docs", "docs/zh-hans"])
def test_the_guide_names_every_file_and_column(folder):
    text = (ROOT / folder / "export.md").read_text()
    parts = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    told = {name: re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for name, part in parts.items()}
    assert told == {
        model._meta.label_lower: [column.name for column in columns_of(model, clear=True)] for model in exported()
    }


def test_calls_are_in_it_as_they_were_kept(owner, tmp_path):
    export(tmp_path / "all", "--personal")
    assert len(read(tmp_path / "all", "wechat.call")) == Call.objects.count() > 0


def test_a_worker_whose_export_was_taken_over_writes_nothing_more(owner, monkeypatch):
    one = asking.note(owner, "we move", clear=False, language="en")
    written, write = [], tables.write

    def taken_over(model, *args, **options):
        written.append(model)
        Export.objects.update(tries=2)
        return write(model, *args, **options)

    monkeypatch.setattr(tables, "write", taken_over)
    exports.write(one.pk)
    one.refresh_from_db()
    assert (written, one.done_at, one.file.name) == (exported()[:1], None, "")
    assert not (Path(settings.VAR) / "leaving" / str(one.pk) / "manifest.json").exists()


def test_a_folder_that_was_there_is_closed_to_others(owner, tmp_path):
    (tmp_path / "all").mkdir(mode=0o755)
    export(tmp_path / "all")
    assert (tmp_path / "all").stat().st_mode & 0o777 == 0o700
