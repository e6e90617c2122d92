"""Who may leave with everything, and the worker's part of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_noop

from ..masking import reveal
from ..models import Export
from .packing import pack
from .writing import Everything

MAY, MAY_CLEAR = "console.export_all", "console.reveal"
WHAT = gettext_noop("everything, with personal data in the clear")


class TakenOver(Exception):
    """Another worker writes this export now."""


def may(user: Any, *, clear: bool) -> bool:
    return user.is_active and user.has_perm(MAY) and (not clear or user.has_perm(MAY_CLEAR))


def note(user: Any, reason: str, *, clear: bool, language: str, **columns: Any) -> Export:
    """Keep the trace of an export of everything, before anything is read."""
    with transaction.atomic():
        if clear:
            reveal(user, WHAT, reason)
        what = {"list": Export.EVERYTHING, "kind": "zip", "reason": reason, "personal": clear}
        return Export.objects.create(user=user, language=language, **what, **columns)


def write(export: Export, claim: Callable[[], None], renew: Callable[[], None]) -> None:
    """Write the zip of an export into the private files, and set its `file` and `rows`.

    `claim` raises TakenOver where it is another worker's by now, `renew` looks only from time to time.
    """
    folder = Path(settings.VAR) / "leaving" / str(export.pk)
    everything = Everything(folder, clear=export.personal, claim=claim, renew=renew)
    everything.write()
    name = default_storage.get_available_name(f"exports/everything-{export.created_at:%Y%m%d}-{export.pk}.zip")
    claim()
    pack(folder, Path(default_storage.path(name)), renew)
    export.file.name, export.rows = name, everything.rows


def forget(export: Export) -> None:
    """Delete what tries that failed have left."""
    shutil.rmtree(Path(settings.VAR) / "leaving" / str(export.pk), ignore_errors=True)
