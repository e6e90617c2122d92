from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.models.buyers import digest_of
from wechat.steps.errors import Conflict

from ..edits import trace_edit
from ..keeping import Kept, model_of, of_buyers
from ..models import Erasure
from . import lists, logs, records, sealing

LOG_WAIT = 500  # milliseconds; WeChat gives up its message after little more than a second


class Unfinished(Conflict):
    """Something of the buyer is not over yet, and cannot be ended without their data."""


def refuse_unfinished(openid: str) -> None:
    """Raises Unfinished, naming what is not over; Conflict where nobody knows any more who it is."""
    if not openid:
        raise Conflict(_("The openid is not here any more, so nobody can be found by it. Drop this, and ask anew."))
    if found := records.what_is_unfinished(openid):
        raise Unfinished(_("Not over yet: %(what)s.") % {"what": ", ".join(found[:10])})
    if records.open_steps(records.find(openid)):
        raise Unfinished(_("WeChat is being asked about one of their records. Try it again in a minute."))


def ask(openid: str, user: Any, reason: str) -> Erasure:
    """Put the erasure of a buyer before a second person; one that waits already is returned. Raises Unfinished."""
    refuse_unfinished(openid)
    digest = digest_of(openid)
    with transaction.atomic():
        if waiting := Erasure.objects.waiting().filter(digest=digest).first():
            return waiting
        asked = Erasure.objects.create(digest=digest, openid=openid, asked_by=user, reason=reason)
        trace_edit(asked, {"asked_second": ["", reason]})
    return asked


def approve(asked: Erasure, user: Any) -> None:
    """A second person approves: erase them now. Raises Conflict for who asked, Unfinished, and lists.NotNoted."""
    sealing.seal_messages()
    with scrubbed(), transaction.atomic():
        asked.approve(user)
        refuse_unfinished(asked.openid)
        erase(asked)
        lists.append(asked)  # the last: who cannot be noted is not erased


def drop(asked: Erasure) -> None:
    """Nobody erases them: the buyer took it back, or it was asked for by mistake."""
    if Erasure.objects.waiting().filter(pk=asked.pk).update(dropped_at=timezone.now(), openid=None):
        trace_edit(asked, {"dropped_at": ["", ""]})


def erase(erasure: Erasure) -> None:
    """Erase the buyer and write the receipt, in the caller's transaction."""
    keys = records.find(erasure.openid)
    erasure.receipt = {
        "logs": logs.erase(erasure, keys),
        "erased": records.blank(keys),
        "kept": {kept.label: len(keys[model]) for kept, model in _stays(keys)},
    }
    erasure.openid, erasure.done_at = None, timezone.now()
    erasure.save()
    trace_edit(erasure, {"done_at": ["", erasure.done_at.isoformat(timespec="seconds")]})


def _stays(keys: records.Keys) -> Iterator[tuple[Kept, type[models.Model]]]:
    return ((kept, model) for kept in of_buyers() if kept.blank and keys[model := model_of(kept)])


@contextmanager
def scrubbed() -> Iterator[None]:
    """Within it SQLite overwrites with zeros what is deleted; PostgreSQL's vacuum frees it by itself."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA secure_delete = OFF")
            if not connection.in_atomic_block:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")  # waits for nobody


def empty_log() -> None:
    """What stood there before is in SQLite's log, too; it is emptied at night, as writers have to wait meanwhile."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        patience = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout = {LOG_WAIT}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
