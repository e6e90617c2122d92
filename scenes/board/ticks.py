"""What people enter on the board: ticks, and the time of the release. Each is stored as an edit."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from console.edits import trace_edit
from wechat.steps.errors import Conflict

from ..models import Access, Tick
from .guide import TICKED
from .rows import Board
from .states import State


def tick(number: int, user: Any) -> None:
    """Tick a step that no endpoint shows; a tick that counts already is not changed. Raises Conflict if not ready."""
    _refuse_unless_ticked(number)
    with transaction.atomic():
        access = Access.load_to_write()
        row = Board(access).rows[number - 1]
        if row.is_completed:
            return
        if row.state != State.READY:
            raise Conflict(_("This step cannot be ticked yet: what it needs is not there."))
        Tick.objects.update_or_create(number=number, defaults={"user": user, "at": timezone.now()})
        trace_edit(access, {_step(number): ["", _("ticked")]})


def untick(number: int) -> None:
    """Remove a tick, where there is one. Raises Conflict for a step that is never ticked."""
    _refuse_unless_ticked(number)
    with transaction.atomic():
        gone, _rows = Tick.objects.filter(number=number).delete()
        if gone:
            trace_edit(Access.load(), {_step(number): [_("ticked"), ""]})


def write_release(at: datetime) -> None:
    """Store when the mini program was released."""
    with transaction.atomic():
        access = Access.load_to_write()
        before = access.released_at
        if before != at:
            Access.objects.filter(pk=access.pk).update(released_at=at)
            trace_edit(access, {"released_at": [_time(before), _time(at)]})


def _refuse_unless_ticked(number: int) -> None:
    if number not in TICKED:
        steps = ", ".join(map(str, TICKED))
        raise Conflict(_("%(number)d is no step that is ticked: %(steps)s.") % {"number": number, "steps": steps})


def _step(number: int) -> str:
    return _("step %(number)d") % {"number": number}


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
