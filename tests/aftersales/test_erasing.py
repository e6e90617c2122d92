"""Erasing a buyer: searched for in the whole database, in files and in a restored backup."""

import json
import os
import sqlite3
import time
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import BinaryField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.models import Aftersale, Complaint, Dispute
from aftersales.operations import accept_refund, refresh_claim
from aftersales.operations.disputes import apply_snapshot
from console.backup.after import Restored
from console.buyers import address
from console.edits import save_traced
from console.erasing import lists, logs, restoring, running, sealing
from console.models import Draft, Edit, Erasure, Export, Note, SavedView
from console.restored import erase_again
from console.tasks import forget_old
from orders.models import BuyerHash, Order
from orders.tasks import hash_buyers
from tests.factories import ADDRESS, OPENID, make_order, make_user, order_body
from wechat import callbacks
from wechat.models import BuyerKey, Call, Callback, Step, UnreadRecord
from wechat.models.buyers import digest_of
from wechat.sealed import Unreadable, seal
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "收到的裙子和王五描述的不一样"
REASON = "照李四的意思不退"
# OPENID is in the sandbox's own answers, so the buyer of these tests has another one.
BUYER = "oTVP50Oerased0000mAxmKukNlq3"
OTHER = "oTVP50Oother00000mAxmKukNlq3"
TRACES = [
    BUYER,
    ADDRESS["tel_number"],
    ADDRESS["receiver_name"],
    ADDRESS["detailed_address"],
    WORDS,
    REASON,
    "customer-77",
]


@pytest.fixture(autouse=True)
def erasures_file(settings, tmp_path):
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    return settings.ERASURES_FILE


@pytest.fixture
def buyer(platform, bought, hear, monkeypatch):
    """A buyer with all that the console may know of one, and nothing that is not over."""
    body = order_body
    monkeypatch.setattr(
        "tests.aftersales.conftest.order_body", lambda **fields: body(openid=BUYER, out_user_id="customer-77", **fields)
    )
    order = bought(red=1)
    claim = platform.apply(order.out_order_id, "red", 1, reason=WORDS)
    hear()
    aftersale = Aftersale.objects.get(aftersale_id=claim.aftersale_id)
    Aftersale.objects.filter(pk=aftersale.pk).update(refund_reason=WORDS)
    save_traced(aftersale, reject_reason=REASON)
    accept_refund(aftersale)
    hear()
    refresh_claim(aftersale)
    Order.objects.filter(pk=order.pk).update(status=200)
    Complaint.objects.create(
        complaint_order_id="1", openid=BUYER, phone_number=ADDRESS["tel_number"], content=WORDS,
        answered_at=timezone.now(), told={"x": WORDS},
    )  # fmt: skip
    Dispute.objects.create(
        complaint_order_id=7, order=order, phone_number=ADDRESS["tel_number"], flow=[{"content": WORDS}]
    )
    user = make_user("customer_service", username="wang")
    Note.objects.write(order, f"{ADDRESS['receiver_name']} 来电 {ADDRESS['tel_number']}")
    SavedView.objects.create(user=user, list="orders.order", name="x", query=f"openid={BUYER}")
    hash_buyers()
    message = f'{{"Event":"open_product_order_pay","order_info":{{"openid":"{BUYER}","note":"{WORDS}"}}}}'.encode()
    Callback.objects.create(
        key="k", event="e", state="handled", body=BuyerKey.objects.seal(BUYER, message), received_at=timezone.now()
    )
    Callback.objects.create(key="waits", event="e", body=seal(message), received_at=timezone.now())
    assert BuyerHash.objects.exists()
    Step.objects.exclude(state="done").delete()
    return order


def whole_database() -> str:
    """The bytes of the SQLite file, or all rows of PostgreSQL as text."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(connection.settings_dict["NAME"]).read_bytes().decode("utf-8", "replace")
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text += [row[0] for row in cursor.fetchall()]
    return "\n".join(text)


def all_opened() -> str:
    """Everything sealed that can still be read."""
    found = []
    for model in apps.get_models():
        if model._meta.app_label != "sandbox":
            for field in model._meta.concrete_fields:
                if isinstance(field, BinaryField):
                    for row in model._base_manager.exclude(**{field.name: None}):
                        value = getattr(row, field.attname)
                        found.append(str(_open(value) if isinstance(value, bytes | memoryview) else value))
    found += [str(sealed) for sealed in (_open_edit(edit) for edit in Edit.objects.all())]
    return "\n".join(found)


def _open(value) -> str:
    try:
        return BuyerKey.objects.unseal(value).decode("utf-8", "replace")
    except Unreadable:
        return ""


def _open_edit(edit: Edit) -> str:
    from console.sealed_edits import opened

    return json.dumps(opened(edit.changes), ensure_ascii=False)


def left() -> set[str]:
    """The values of the buyer that can be found anywhere."""
    files = [path.read_bytes().decode("utf-8", "replace") for path in _files() if path.is_file()]
    text = "\n".join([whole_database(), all_opened(), *files])
    return {value for value in TRACES if value in text or value.encode("unicode_escape").decode() in text}


def _files():
    return Path(default_storage.location).rglob("*")


def erase(openid: str = BUYER) -> Erasure:
    asked = running.ask(openid, make_user("customer_service"), "asked by mail on 1 May")
    running.approve(asked, make_user("owner"))
    return asked


def test_a_buyer_is_found_nowhere_afterwards_and_what_the_law_wants_stays(buyer, platform):
    elsewhere = {"receiver_name": "别人", "tel_number": "13900000000", "detailed_address": "别处"}
    other = make_order(order_body(openid=OTHER, address_info={**ADDRESS, **elsewhere}))
    assert left() == set(TRACES)
    edits = list(Edit.objects.order_by("pk").values_list("pk", "changes"))
    asked = erase()
    assert left() == set()
    order = Order.objects.get(pk=buyer.pk)
    assert (order.openid, order.address, order.order_price) == ("", {}, buyer.order_price) and order.erased_at
    assert (order.lines.count(), order.transaction_id) == (1, buyer.transaction_id)
    assert Aftersale.objects.get().orderamt > 0
    assert Order.objects.get(pk=other.pk).openid == OTHER
    assert list(Edit.objects.order_by("pk").values_list("pk", "changes"))[: len(edits)] == edits  # append-only
    asked.refresh_from_db()
    assert asked.openid in (None, "") and asked.receipt["kept"]["orders.Order"] == 1
    assert asked.receipt["logs"]["keys"] == 1 and asked.receipt["logs"]["calls"] > 0


def test_what_is_read_again_does_not_bring_them_back(buyer, platform):
    erase()
    aftersale = Aftersale.objects.select_related("order").get()
    from aftersales.snapshots import Snapshot
    from aftersales.snapshots import apply_snapshot as apply_aftersale

    answer = {
        "aftersale_id": aftersale.aftersale_id,
        "status": 200,
        "refund_reason": WORDS,
        "media_list": [{"url": WORDS}],
    }
    apply_aftersale(aftersale, Snapshot(timezone.now(), answer))
    dispute = Dispute.objects.get()
    Order.objects.filter(pk=buyer.pk).update(order_id=99)
    order = {"order_id": 99, "phone_number": ADDRESS["tel_number"]}
    from aftersales.operations.disputes import Snapshot as Read

    apply_snapshot(dispute, Read(timezone.now(), order, [{"user_record": {"material_info": {"content": WORDS}}}]))
    dispute.refresh_from_db()
    assert dispute.order_id == buyer.pk
    assert left() == set()


def test_nobody_is_erased_whose_order_is_not_over(buyer, platform):
    Order.objects.filter(pk=buyer.pk).update(status=20)
    with pytest.raises(running.Unfinished, match=f"order {buyer.out_order_id}"):
        running.ask(BUYER, make_user("owner"), "asked by mail")
    assert not Erasure.objects.exists()


def test_a_restored_backup_is_told_who_was_erased_since(buyer, erasures_file):
    asked = erase()
    line = json.loads(erasures_file.read_text())
    assert line["digest"] == asked.digest and BUYER not in erasures_file.read_text()
    # The backup of before: the buyer is there again, with a message of before there were keys.
    Order.objects.filter(pk=buyer.pk).update(openid=BUYER, address=ADDRESS, erased_at=None)
    message = f'{{"Event":"e","openid":"{BUYER}"}}'.encode()
    Callback.objects.create(key="old", event="e", state="handled", body=seal(message), received_at=timezone.now())
    Erasure.objects.all().delete()
    out = StringIO()
    call_command("apply_erasures", "--dry-run", stdout=out)
    call_command("apply_erasures", stdout=out)
    assert out.getvalue() == "1 buyers would be erased\n1 buyers are erased\n"
    assert left() == set()
    assert (Erasure.objects.get().digest, restoring.apply(erasures_file)) == (asked.digest, 0)
    assert Erasure.objects.get().done_at.isoformat() == line["at"]


def test_restoring_a_backup_erases_again(buyer, erasures_file, settings, tmp_path):
    erase()
    Order.objects.filter(pk=buyer.pk).update(openid=BUYER, address=ADDRESS, erased_at=None)
    Erasure.objects.all().delete()
    settings.ERASURES_FILE = tmp_path / "new machine" / erasures_file.name  # the list came along beside the backup
    backup = tmp_path / "console-x"
    assert erase_again(Restored(None, backup)) == ["1 buyers who were erased since then are erased again."]
    assert left() == set() and erase_again(Restored(None, backup)) == []


def test_a_list_that_is_damaged_is_refused(erasures_file):
    erasures_file.write_text('{"digest": "x"}\n')
    with pytest.raises(CommandError, match="line 1"):
        call_command("apply_erasures")


def test_two_people_take_part_on_the_page_and_the_receipt_is_printed(buyer):
    service, owner = Client(), Client()
    service.force_login(make_user("customer_service", username="service"))
    owner.force_login(make_user("owner", username="boss"))
    page = service.get(address(BUYER)).content.decode()
    assert "The buyer asks to be erased" in page
    sealed = page.split('name="buyer" value="')[1].split('"')[0]
    asked = service.post("/admin/console/erasure/ask/", {"buyer": sealed, "reason": "wrote on 1 May"})
    assert asked.status_code == 302
    assert "Somebody else has to approve" in service.get(asked.url).content.decode()
    answer = asked.url.replace("change", "answer")
    assert service.post(answer).status_code == 403 and not Erasure.objects.exclude(done_at=None).exists()
    assert "Approve as second person" in owner.get(asked.url).content.decode()
    owner.post(answer)
    receipt = owner.get(asked.url.replace("change", "receipt")).content.decode()
    assert "电子商务法" in receipt and "approved by boss" in receipt and "Orders" in receipt
    assert BUYER not in receipt and left() == set()


def test_who_asked_cannot_approve(buyer):
    boss = make_user("owner")
    asked = running.ask(BUYER, boss, "wrote on 1 May")
    client = Client()
    client.force_login(boss)
    assert client.post(f"/admin/console/erasure/{asked.pk}/answer/").status_code == 403
    client.post(f"/admin/console/erasure/{asked.pk}/answer/", {"drop": "1"})
    asked.refresh_from_db()
    assert asked.dropped_at and asked.openid in (None, "") and BUYER in left()


def run(*args: str) -> str:
    out = StringIO()
    call_command("erase_buyer", *args, "--by", "service", "--reason", "wrote on 1 May", "--yes", stdout=out)
    return out.getvalue()


def test_the_command_finds_by_phone_and_takes_two_people_too(buyer):
    make_user("customer_service", username="service")
    make_user("owner", username="boss")
    assert "orders.Order\t1\n" in run("--phone", ADDRESS["tel_number"], "--dry-run")
    with pytest.raises(CommandError, match="approve_erasure is needed"):
        run("--openid", BUYER, "--approved-by", "service")
    assert "waits for a second person" in run("--openid", BUYER)
    assert "kept\torders.Order\t1" in run("--phone", f"+86 {ADDRESS['tel_number']}", "--approved-by", "boss")
    assert left() == set()
    with pytest.raises(CommandError, match="0 buyers"):
        run("--phone", ADDRESS["tel_number"])


def test_a_message_that_names_a_buyer_is_under_their_key_once_it_is_handled(platform):
    body = f'{{"Event":"nobody","openid":"{BUYER}"}}'.encode()
    callbacks.keep(body, {"Event": "nobody", "openid": BUYER})
    callbacks.handle_due()
    callback = Callback.objects.get()
    assert callback.message["openid"] == BUYER
    BuyerKey.objects.all().delete()
    with pytest.raises(Unreadable, match="erased"):
        _ = callback.raw
    callbacks.replay(Callback.objects.all())
    callbacks.handle_due()  # it cannot be read any more
    callbacks.keep(body + b" ", {"Event": "nobody", "openid": BUYER})
    callbacks.handle_due()  # who comes back has another key
    assert Callback.objects.order_by("pk").last().message["openid"] == BUYER


def test_a_message_that_is_erased_while_it_is_handled_stays_erased(platform, monkeypatch):
    callbacks.keep(f'{{"Event":"nobody","openid":"{BUYER}"}}'.encode(), {"Event": "nobody", "openid": BUYER})
    seal_as_before = callbacks._under_key_of_buyer

    def erased_meanwhile(callback):
        sealed = seal_as_before(callback)
        logs.erase(Erasure(openid=BUYER, digest=digest_of(BUYER)), {})
        return sealed

    monkeypatch.setattr(callbacks, "_under_key_of_buyer", erased_meanwhile)
    callbacks.handle_due()
    with pytest.raises(Unreadable, match="erased"):
        _ = Callback.objects.get().raw


def test_messages_of_before_are_sealed_by_a_command():
    message = f'{{"Event":"e","openid":"{OPENID}"}}'.encode()
    Callback.objects.create(key="1", event="e", state="handled", body=seal(message), received_at=timezone.now())
    Callback.objects.create(
        key="2", event="e", state="handled", body=seal(b'{"Event":"e"}'), received_at=timezone.now()
    )
    Call.objects.create(endpoint="/x", answer={"refund_reason": WORDS}, created_at=timezone.now())
    for count in (1, 0):
        out = StringIO()
        call_command("seal_messages", stdout=out)
        assert out.getvalue() == f"{count} messages are sealed anew\n"
    assert {callback.message.get("openid") for callback in Callback.objects.all()} == {OPENID, None}
    assert Call.objects.get().answer == {"refund_reason": f"**** ({len(WORDS)})"}


def test_a_buyer_of_whom_nothing_is_known_is_erased_with_an_empty_receipt():
    asked = erase("oTVP50Onobody")
    assert (asked.receipt, bool(asked.done_at)) == ({"erased": {}, "kept": {}, "logs": {}}, True)


def test_who_came_after_the_backup_is_nobody_in_it(buyer, erasures_file):
    imported = make_order(order_body())
    Order.objects.filter(pk=imported.pk).update(openid="")
    complaint = Complaint.objects.create(complaint_order_id="2", content="not of anybody known")
    SavedView.objects.create(user=make_user("owner"), list="orders.order", name="y", query="status=20")
    line = {"digest": digest_of("oTVP50Olater"), "at": "2026-11-30T10:00:00+08:00", "reason": "wrote"}
    erasures_file.write_text(json.dumps(line))
    assert restoring.apply(erasures_file) == 1
    imported.refresh_from_db()
    complaint.refresh_from_db()
    assert (imported.erased_at, imported.address["tel_number"]) == (None, ADDRESS["tel_number"])
    assert (complaint.content, SavedView.objects.filter(query="status=20").count()) == ("not of anybody known", 1)
    receipt = Erasure.objects.get().receipt
    assert (receipt["erased"], receipt["kept"]) == ({}, {})


def test_an_erasure_whose_openid_is_lost_is_not_approved(buyer):
    asked = running.ask(BUYER, make_user("customer_service"), "wrote on 1 May")
    Erasure.objects.update(openid=None)
    with pytest.raises(Conflict, match="ask anew"):
        running.approve(asked, make_user("owner"))
    asked.refresh_from_db()
    assert (asked.is_standing, asked.approved_by) == (True, None)


def test_what_begins_while_somebody_approves_refuses_it(buyer, monkeypatch):
    asked = running.ask(BUYER, make_user("customer_service"), "wrote on 1 May")
    approve_as_before = Erasure.approve

    def ordered_meanwhile(erasure, user):
        Order.objects.filter(pk=buyer.pk).update(status=20)
        approve_as_before(erasure, user)

    monkeypatch.setattr(Erasure, "approve", ordered_meanwhile)
    with pytest.raises(running.Unfinished, match=f"order {buyer.out_order_id}"):
        running.approve(asked, make_user("owner"))
    asked.refresh_from_db()
    assert (asked.is_standing, asked.approved_by, bool(asked.openid)) == (True, None, True)


def test_who_cannot_be_noted_is_not_erased(buyer, erasures_file):
    asked = running.ask(BUYER, make_user("customer_service"), "wrote on 1 May")
    erasures_file.mkdir()
    owner = Client()
    owner.force_login(make_user("owner"))
    page = owner.post(f"/admin/console/erasure/{asked.pk}/answer/", follow=True).content.decode()
    assert (
        "Nobody was erased" in page and "erasures.jsonl (ERASURES_FILE)" in page and "Whoever runs the server" in page
    )
    asked.refresh_from_db()
    assert (asked.is_standing, asked.approved_by, left()) == (True, None, set(TRACES))
    erasures_file.rmdir()
    owner.post(f"/admin/console/erasure/{asked.pk}/answer/")
    assert left() == set() and asked.digest in erasures_file.read_text()


def test_no_half_of_a_line_stays_in_the_list(erasures_file, monkeypatch):
    erase("oTVP50Onobody")
    before = erasures_file.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    asked = running.ask("oTVP50Oanother", make_user("customer_service"), "wrote on 1 May")
    monkeypatch.setattr("console.erasing.lists.os.fsync", full)
    with pytest.raises(lists.NotNoted, match="No space left"):
        running.approve(asked, make_user("owner"))
    assert erasures_file.read_bytes() == before and Erasure.objects.waiting().count() == 1


def test_the_list_is_completed_and_forgets_nobody(erasures_file):
    mine = erase("oTVP50Onobody")
    other = {"digest": "of another database", "at": "2026-11-30T10:00:00+08:00", "reason": "wrote"}
    erasures_file.write_text(json.dumps(other) + "\n")
    assert (lists.add_missing(), lists.add_missing()) == (1, 0)
    assert [row["digest"] for row in lists.read(erasures_file)] == [other["digest"], mine.digest]
    erasures_file.write_text(json.dumps(other) + "\n")
    out = StringIO()
    call_command("apply_erasures", "--write", stdout=out)
    assert out.getvalue() == f"{erasures_file}: 2 erasures\n"
    assert {row["digest"] for row in lists.read(erasures_file)} == {other["digest"], mine.digest}
    assert [path.name for path in erasures_file.parent.iterdir()] == [erasures_file.name]
    erasures_file.unlink()
    forget_old()
    assert [row["digest"] for row in lists.read(erasures_file)] == [mine.digest]


def test_an_erasure_that_waited_in_the_backup_is_the_one_that_is_done(buyer, erasures_file):
    asked = running.ask(BUYER, make_user("customer_service"), "wrote on 1 May")
    line = {"digest": asked.digest, "at": "2026-11-30T10:00:00+08:00", "reason": "wrote on 1 May"}
    erasures_file.write_text(json.dumps(line))
    assert restoring.apply(erasures_file) == 1
    erasure = Erasure.objects.get()
    assert (erasure.pk, bool(erasure.done_at), erasure.openid in (None, ""), left()) == (asked.pk, True, True, set())


def test_what_is_erased_while_messages_are_sealed_stays_erased(platform, monkeypatch):
    message = seal(f'{{"Event":"e","openid":"{BUYER}"}}'.encode())
    callback = Callback.objects.create(key="1", event="e", state="handled", body=message, received_at=timezone.now())
    call = Call.objects.create(endpoint="/x", answer={"refund_reason": WORDS}, created_at=timezone.now())
    seal_as_before, mask_as_before = BuyerKey.objects.seal, sealing._mask

    def emptied_meanwhile(openid, value):
        Callback.objects.filter(pk=callback.pk).update(body=b"")
        return seal_as_before(openid, value)

    def masked_meanwhile(call):
        is_changed = mask_as_before(call)
        Call.objects.filter(pk=call.pk).update(answer={})
        return is_changed

    monkeypatch.setattr(BuyerKey.objects, "seal", emptied_meanwhile)
    monkeypatch.setattr(sealing, "_mask", masked_meanwhile)
    assert sealing.seal_old() == 0
    callback.refresh_from_db()
    call.refresh_from_db()
    assert (bytes(callback.body), call.answer) == (b"", {})


@pytest.mark.parametrize("state", ["handled", "failed", "unhandled", "received"])
def test_messages_that_an_earlier_version_closed_are_erased_too(buyer, state):
    message = f'{{"Event":"e","openid":"{BUYER}"}}'.encode()
    old = Callback.objects.create(key="old", event="e", state=state, body=seal(message), received_at=timezone.now())
    erase()
    old.refresh_from_db()
    with pytest.raises(Unreadable, match="erased"):
        _ = old.raw


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own log")
def test_an_erasure_waits_for_nobody_who_reads_and_the_log_is_emptied_at_night(buyer):
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders_order").fetchone()
        begun = time.monotonic()
        erase()
        with CaptureQueriesContext(connection) as asked:
            forget_old()
        waited = [query["sql"] for query in asked if "PRAGMA" in query["sql"]]
        assert log.stat().st_size > 0
    assert waited == [
        "PRAGMA busy_timeout", "PRAGMA busy_timeout = 500", "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA busy_timeout = 20000",
    ]  # fmt: skip
    assert time.monotonic() - begun < 15  # of the 20 seconds that a writer waits else
    forget_old()
    assert log.stat().st_size == 0


def test_what_waits_or_failed_of_an_erased_buyer_alarms_nobody(buyer, platform):
    message = f'{{"Event":"open_product_order_pay","openid":"{BUYER}"}}'.encode()
    for state in ("received", "failed"):
        Callback.objects.create(
            key=state, event="open_product_order_pay", state=state, body=seal(message), error=WORDS,
            received_at=timezone.now(),
        )  # fmt: skip
    other = Callback.objects.create(
        key="other", event="e", state="failed", body=BuyerKey.objects.seal(OTHER, b"{}"), error="x",
        received_at=timezone.now(),
    )  # fmt: skip
    linked = Callback.objects.create(
        key="linked", event="e", state="failed", body=seal(b"{}"), error=WORDS, received_at=timezone.now(), record=buyer
    )
    UnreadRecord.objects.create(operation="x", record=buyer, error=WORDS, since=timezone.now(), tried_at=timezone.now())
    erase()
    callbacks.handle_due()
    assert list(Callback.objects.set_aside()) == [other] and not Callback.objects.due().exists()
    assert left() == set()
    linked.refresh_from_db()
    assert (linked.state, linked.error, UnreadRecord.objects.get().error) == ("handled", "", "")


@pytest.fixture
def kept_download():
    """Makes a download whose file names the buyer."""
    made = []

    def keep(name: str, user, **columns) -> Export:
        export = Export(user=user, list="orders.order", kind="csv", language="en", **columns)
        export.file.save(name, ContentFile(BUYER.encode()), save=True)
        made.append(export.file.name)
        return export

    yield keep
    for name in made:
        default_storage.delete(name)


def test_files_of_downloads_and_drafts_go_with_the_buyer(buyer, kept_download, settings):
    user = make_user("owner", username="third")
    done = kept_download("orders.csv", user, done_at=timezone.now())
    writing = Export.objects.create(
        user=user, list="everything", kind="zip", language="en", tries=1, lease_until=timezone.now()
    )
    part = Path(settings.VAR) / "leaving" / str(writing.pk) / "orders.order.csv"
    part.parent.mkdir(parents=True)
    part.write_text(BUYER)
    for key, note in ((buyer.pk, WORDS), (buyer.pk + 1, "of another order")):
        Draft.objects.keep(user.pk, f"/admin/orders/order/{key}/change/", {"note": [note]}, [])
    asked = erase()
    assert left() == set() and not part.exists()
    done.refresh_from_db()
    writing.refresh_from_db()
    assert (done.file.name, writing.tries, writing.lease_until) == ("", 2, None)  # its worker closes it no more
    assert [draft.form for draft in Draft.objects.all()] == [f"/admin/orders/order/{buyer.pk + 1}/change/"]
    owner = Client()
    owner.force_login(user)
    receipt = owner.get(f"/admin/console/erasure/{asked.pk}/receipt/").content.decode()
    assert "Files of all downloads" in receipt and "not saved" in receipt


def test_no_download_is_lost_where_nobody_is_erased(buyer, kept_download, erasures_file):
    done = kept_download("orders.csv", make_user("owner", username="third"), done_at=timezone.now())
    erasures_file.mkdir()
    with pytest.raises(lists.NotNoted):
        erase()
    done.refresh_from_db()
    with done.file.open() as file:
        assert file.read() == BUYER.encode()


def test_files_that_no_row_names_go_after_a_day(kept_download):
    user = make_user("owner")
    named, new, old = (kept_download(f"{name}.csv", user, done_at=timezone.now()) for name in ("named", "new", "old"))
    Export.objects.exclude(pk=named.pk).delete()
    for export in (named, old):
        os.utime(export.file.path, (0, 0))
    forget_old()
    assert [Path(export.file.path).exists() for export in (named, new, old)] == [True, True, False]


def test_what_waited_in_the_backup_of_an_erased_buyer_is_closed(erasures_file):
    line = {"digest": digest_of(BUYER), "at": "2026-11-30T10:00:00+08:00", "reason": "wrote"}
    erasures_file.write_text(json.dumps(line))
    message = seal(f'{{"Event":"open_product_order_pay","openid":"{BUYER}"}}'.encode())
    Callback.objects.create(key="1", event="open_product_order_pay", body=message, received_at=timezone.now())
    assert restoring.apply(erasures_file) == 1
    assert Callback.objects.get().state == "handled" and not BuyerKey.objects.exists()
    with pytest.raises(Unreadable, match="erased"):
        _ = Callback.objects.get().raw
