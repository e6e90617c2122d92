"""Restores what an import changed, the last change first."""

from collections.abc import Callable

from django.db import transaction

from wechat.steps.leases import lease

from .. import content
from ..models import Batch, BatchChange
from . import writing

State, Outcome = Batch.State, BatchChange.Outcome
CHUNK = 500  # products in one commit


def undo(batch: Batch, progress: Callable[[Batch], None]) -> None:
    while True:
        chunk = list(batch.changes.filter(outcome="").select_related("spu").order_by("-id")[:CHUNK])
        if not chunk:
            batch.close(State.UNDONE)
            return
        with transaction.atomic():
            for change in chunk:
                change.outcome = _undo_one(change)
            BatchChange.objects.bulk_update(chunk, ["outcome"])
            if not batch.mine().filter(state=State.UNDOING).update(lease_until=lease(), faults=1, message=""):
                transaction.set_rollback(True)
                return
        progress(batch)
        if Batch.objects.filter(pk=batch.pk, paused=True).exists():
            batch.mine().update(lease_until=None)
            return


def _undo_one(change: BatchChange) -> str:
    spu = change.spu
    if spu is None:
        return Outcome.DELETED
    # Another change in this chunk may have changed the same product already.
    spu.refresh_from_db()
    if spu.changed_at != change.changed_at:
        return Outcome.EDITED
    if change.before is None:
        if spu.is_known or spu.removed_at or content.is_being_sent(spu):
            return Outcome.SENT
        spu.delete()
        change.spu = None
        return Outcome.DELETED
    writing.restore(spu, change.before)
    return Outcome.RESTORED
