"""The end of imports: their files first, which may be large, and the rows later."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from wechat import retention
from wechat.chunks import chunks_of

from ..models import Batch

State = Batch.State


def forget_old() -> int:
    """Delete what is over; returns how many imports lost their files, or went."""
    over = Batch.objects.exclude(state__in=Batch.WORKING)
    gone = 0
    for found in chunks_of(retention.over("sheets", over.exclude(sheet=""), "created_at")):
        for batch in found:
            gone += _forget_files(batch)
    return gone + retention.delete(retention.over("imports", over.filter(sheet=""), "created_at"))


def _forget_files(batch: Batch) -> int:
    """Nobody can import a checked sheet any more; one that was begun meanwhile keeps its files."""
    what: dict[str, Any] = {"sheet": "", "pictures": ""}
    if batch.state == State.CHECKED:
        said = _("Not imported in time: the sheet is no longer kept.")
        what |= {"state": State.FAILED, "message": said, "finished_at": timezone.now()}
    mine = Batch.objects.filter(pk=batch.pk, state=batch.state)
    if not mine.update(**what):
        return 0
    for file in (batch.sheet, batch.pictures):
        if file:
            file.delete(save=False)
    return 1
