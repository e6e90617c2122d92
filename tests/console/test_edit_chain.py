"""Edits are only added: the database refuses what changes or deletes one, and a command finds it all the same."""

import re
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from console import append_only, edit_chain, edit_faults
from console.edits import trace_edit
from console.models import Edit, EditAnchor, EditCheck, EditLink
from console.tasks import cut_edits, link_edits, verify_edits
from tests.factories import make_spu


def edits(count: int = 3) -> list[Edit]:
    spu = make_spu()
    for nth in range(count):
        trace_edit(spu, {"title": ["", str(nth)]})
    edit_chain.link()
    return list(Edit.objects.order_by("pk"))


def sql(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def verify(expect: str = "") -> str:
    """What the command prints; its fault too where it finds some."""
    out = StringIO()
    try:
        call_command("verify_edits", "--expect", expect, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


@contextmanager
def without_triggers():
    append_only.drop()
    yield
    append_only.make()


CHANGE = "UPDATE console_edit SET changes = '{}' WHERE id = %s"


@pytest.mark.parametrize(
    "statement",
    [
        CHANGE,
        "DELETE FROM console_edit WHERE id = %s",
        "UPDATE console_edit SET user_id = NULL, door = 'api' WHERE id = %s",
        "UPDATE console_editlink SET digest = '' WHERE edit_id = %s",
        "DELETE FROM console_editlink WHERE edit_id = %s",
        "UPDATE console_editanchor SET number = 99 WHERE number >= 0 AND %s > 0",
        "DELETE FROM console_editanchor WHERE %s > 0",
    ],
)
def test_the_database_refuses_to_change_and_delete(statement):
    first = edits()[0]
    with pytest.raises(DatabaseError, match="is append-only"):
        sql(statement, first.pk)
    assert "append-only" not in verify() and Edit.objects.count() == 3


def test_replacing_and_emptying_are_refused_too():
    first = edits()[0]
    if connection.vendor == "sqlite":
        columns = "id, user_id, door, content_type_id, object_id, at, changes"
        statement = f"INSERT OR REPLACE INTO console_edit ({columns}) SELECT {columns} FROM console_edit WHERE id = %s"
    else:
        statement = "TRUNCATE console_edit"
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # else PostgreSQL itself refuses, within one transaction
    with pytest.raises(DatabaseError, match="is append-only"):
        sql(statement, *([first.pk] if "%s" in statement else []))


def test_an_edit_that_was_changed_is_found_where_the_triggers_were_taken_away():
    _first, second, _third = edits()
    end = str(EditLink.objects.latest("number"))
    assert "3 edits" in verify(end)
    append_only.drop()
    sql(CHANGE, second.pk)
    said = verify(end)
    assert f"Edit {second.pk} was changed, or its link 2." in said
    assert "The trigger append_only_console_edit_update is missing" in said
    assert re.search(r"\d+ faults\.$", said)
    append_only.make()
    assert verify(end).endswith("1 faults.")  # it stays found


def test_an_edit_that_was_deleted_is_found_with_its_link_and_without():
    first, second, _third = edits()
    append_only.drop()
    sql("DELETE FROM console_edit WHERE id = %s", first.pk)
    append_only.make()
    assert f"Edit {first.pk} (link 1) was deleted." in verify()
    append_only.drop()
    sql("DELETE FROM console_edit WHERE id = %s", second.pk)
    sql("DELETE FROM console_editlink WHERE number < 3")
    append_only.make()
    assert "Links 1 to 2 are missing" in verify()


def test_an_end_that_was_made_anew_is_found_by_what_was_noted_before():
    rows = edits()
    end = str(EditLink.objects.latest("number"))
    append_only.drop()
    sql("DELETE FROM console_editlink WHERE number > 1")
    sql(CHANGE, rows[2].pk)
    append_only.make()
    assert f"{end} is not in the chain any more" in verify(end)


def test_who_has_no_key_cannot_make_a_link():
    first = edits(1)[0]
    append_only.drop()
    sql(CHANGE, first.pk)
    digest = edit_chain.digest_of(Edit.objects.get(), 1, "")
    sql("UPDATE console_editlink SET digest = %s", digest)
    append_only.make()
    assert "The signature of link 1 is wrong." in verify()


def test_an_edit_that_was_linked_late_is_told():
    edits(1)
    spu = make_spu()
    with without_triggers():
        anchor = EditAnchor.objects.get()
        anchor.at = timezone.now() - timedelta(days=2)
        edit_chain.signed(anchor).save()
    Edit.objects.create(
        door="admin",
        content_type=Edit.objects.get().content_type,
        object_id=spu.pk,
        at=timezone.now() - timedelta(days=1),
    )
    assert "late: nothing ran then, or the chain was made anew." in verify()


def test_a_new_key_signs_and_the_old_one_may_go(settings):
    settings.FIELD_KEYS = ["old"]
    edits()
    settings.FIELD_KEYS = ["new", "old"]
    trace_edit(make_spu(), {"title": ["", "x"]})
    assert "fault" not in verify()
    settings.FIELD_KEYS = ["new"]
    assert "fault" not in verify()
    settings.FIELD_KEYS = ["another"]
    assert "None of FIELD_KEYS signed the last link" in verify()


def test_old_edits_go_by_whole_months_and_leave_a_signed_anchor(settings):
    kind = ContentType.objects.get_for_model(Edit)
    for days in (220, 200, 100):
        old = timezone.now() - timedelta(days=days)
        Edit.objects.create(door="admin", content_type=kind, object_id=1, at=old)
    edit_chain.link()
    settings.KEEP_DAYS = {}
    assert cut_edits() == 0
    settings.KEEP_DAYS = {"edits": 150}
    assert cut_edits() == 2
    anchor = EditAnchor.objects.latest("number")
    assert (anchor.number, anchor.count, anchor.until.astimezone(timezone.get_current_timezone()).day) == (2, 2, 1)
    assert list(EditLink.objects.values_list("number", flat=True)) == [3]
    assert Edit.objects.count() == 1 and "fault" not in verify()
    assert cut_edits() == 0
    with without_triggers():
        EditAnchor.objects.filter(number=2).update(count=1)
    assert "The anchor 2 was changed" in verify()


def test_an_anchor_of_somebody_else_lets_rows_be_deleted_but_is_found():
    rows = edits()
    sql(
        "INSERT INTO console_editanchor (number, digest, count, key, signature, at)"
        " SELECT 2, digest, 2, key, signature, at FROM console_editlink WHERE number = 2"
    )
    sql("DELETE FROM console_edit WHERE id = %s", rows[0].pk)
    assert "The anchor 2 was changed: its signature is wrong." in verify()


def test_an_anchor_under_an_unknown_key_is_found_and_nothing_is_linked_or_deleted_behind_it(settings):
    edits()
    sql(
        "INSERT INTO console_editanchor (number, digest, count, key, signature, at)"
        " SELECT 2, digest, 2, '00000000', signature, at FROM console_editlink WHERE number = 2"
    )
    sql("DELETE FROM console_edit WHERE id IN (SELECT edit_id FROM console_editlink WHERE number <= 2)")
    sql("DELETE FROM console_editlink WHERE number <= 2")
    trace_edit(make_spu(), {"title": ["", "later"]})
    said = verify()
    assert "None of FIELD_KEYS signed the anchor 2" in said and "has no link" in said
    settings.KEEP_DAYS = {"edits": 150}
    for refused in (edit_chain.link, lambda: edit_chain.cut(timezone.now())):
        with pytest.raises(edit_chain.NotOurs, match="signed the anchor 2 of the edits: no edit is linked behind it"):
            refused()
    assert EditLink.objects.count() == 1


def test_nothing_is_signed_on_top_of_links_under_an_unknown_key():
    rows = edits()
    with without_triggers():
        sql(CHANGE, rows[1].pk)
        digest = EditLink.objects.get(number=1).digest
        for number in (2, 3):
            digest = edit_chain.digest_of(Edit.objects.get(pk=rows[number - 1].pk), number, digest)
            EditLink.objects.filter(number=number).update(digest=digest, key="00000000")
    trace_edit(make_spu(), {"title": ["", "later"]})
    with pytest.raises(edit_chain.NotOurs, match="signed the link 3"):
        edit_chain.link()
    assert "None of FIELD_KEYS signed the last link, 3" in verify() and EditLink.objects.count() == 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows")
@pytest.mark.parametrize("column", ["number", "edit_id"])
def test_a_link_is_not_replaced_by_any_unique_column(column):
    edits()
    others = {"number": "99", "edit_id": "99"} | {column: column}
    with pytest.raises(DatabaseError, match="is append-only"):
        sql(
            "INSERT OR REPLACE INTO console_editlink (number, edit_id, digest, key, signature, at)"
            f" SELECT {others['number']}, {others['edit_id']}, '', '', '', at FROM console_editlink WHERE number = 2"
        )


def test_links_and_anchors_are_signed_anew_and_change_no_more_than_that(settings):
    settings.FIELD_KEYS = ["old"]
    edits()
    settings.FIELD_KEYS = ["new", "old"]
    assert (edit_chain.sign_anew(), edit_chain.sign_anew()) == (2, 0)
    settings.FIELD_KEYS = ["new"]
    trace_edit(make_spu(), {"title": ["", "x"]})
    assert "4 edits" in verify() and "fault" not in verify()
    with pytest.raises(DatabaseError, match="is append-only"):
        sql("UPDATE console_editlink SET key = 'x', at = %s WHERE number = 3", timezone.now())


def test_edits_of_a_bulk_that_committed_after_others_are_linked_within_a_minute():
    (first,) = edits(1)
    kind, spu = first.content_type, first.object_id
    bulk = [Edit(door="api", content_type=kind, object_id=spu) for _nth in range(2000)]
    Edit.objects.bulk_create(bulk, batch_size=500)
    last = Edit.objects.create(door="api", content_type=kind, object_id=spu)
    link = EditLink.objects.get()  # the last one was committed, and linked, before the bulk was
    EditLink.objects.bulk_create(edit_chain._links([last], link.number, link.digest))
    edit_chain.link()
    assert EditLink.objects.count() < 2 + edit_chain.BEHIND
    link_edits()
    assert EditLink.objects.count() == Edit.objects.count() == 2002
    assert "fault" not in verify()


@pytest.mark.django_db(transaction=True)
def test_who_links_all_lets_others_write_between_its_chunks(monkeypatch):
    monkeypatch.setattr(edit_chain, "AT_ONCE", 2)
    (first,) = edits(1)
    for _nth in range(5):
        Edit.objects.create(door="api", content_type=first.content_type, object_id=first.object_id)
    counts = []

    def write(seconds: float) -> None:
        assert not connection.in_atomic_block
        counts.append((seconds, EditLink.objects.count()))

    monkeypatch.setattr(edit_chain.time, "sleep", write)
    edit_chain.link_all()
    assert counts == [(edit_chain.PAUSE, 3), (edit_chain.PAUSE, 5), (0, 6)]


def test_each_night_what_is_new_is_verified_and_a_fault_stands_until_it_is_gone(monkeypatch):
    monkeypatch.setattr(edit_faults, "SUNDAY", None)
    assert verify_edits() == 0  # of nothing
    rows = edits()
    assert (verify_edits(), EditCheck.objects.get().number) == (0, 3)
    link = EditLink.objects.get(number=3)
    with without_triggers():
        sql("DELETE FROM console_editlink WHERE number = 3")
        sql("DELETE FROM console_edit WHERE id = %s", rows[2].pk)
    assert verify_edits() == 1  # the end that was good is not there
    Edit.objects.bulk_create([rows[2]])
    link.save(force_insert=True)
    assert verify_edits() == 0
    with without_triggers():
        sql(CHANGE, rows[0].pk)
    assert verify_edits() == 0  # not read
    monkeypatch.setattr(edit_faults, "SUNDAY", timezone.localdate().weekday())
    assert (verify_edits(), EditCheck.objects.get().number) == (1, 3)
    monkeypatch.setattr(edit_faults, "SUNDAY", None)
    assert (verify_edits(), EditCheck.objects.get().faults) == (1, 1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite switches no trigger off")
def test_a_trigger_that_was_switched_off_is_made_anew():
    sql("ALTER TABLE console_edit DISABLE TRIGGER append_only_console_edit_update")
    assert append_only.missing() == ["append_only_console_edit_update"]
    append_only.make()
    assert append_only.missing() == []


@pytest.mark.django_db(transaction=True)
def test_an_edit_is_linked_as_soon_as_it_is_committed():
    trace_edit(make_spu(), {"title": ["", "x"]})
    assert EditLink.objects.get().edit_id == Edit.objects.get().pk
