"""The receipt of an erasure in words: what was erased, what stays and why."""

from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from wechat import retention

from ..keeping import of
from ..models import Erasure

LOGS: dict[str, Promise] = {
    "keys": _("the key of what was logged of the buyer: messages and edits under it are unreadable for ever"),
    "messages": _("messages of WeChat about these records"),
    "calls": _("contents of calls to WeChat about these records"),
    "steps": _("contents of steps"),
    "notes": _("notes of colleagues beside these records"),
    "downloads": _("files of all downloads, as any of them may have named the buyer"),
    "drafts": _("what was written on the pages of these records and not saved"),
    "filters": _("saved views and downloads whose filters named the buyer"),
}


def words(erasure: Erasure) -> dict[str, Any]:
    """`erased`: rows of (records, how many, columns); `logs`: (what, how many); `kept`: (records, how many, why)."""
    logs = erasure.receipt.get("logs", {})
    erased, kept = (_known(erasure.receipt.get(part, {})) for part in ("erased", "kept"))
    return {
        "erased": [(_name(label), count, _columns(label)) for label, count in erased],
        "logs": [(LOGS[what], count) for what, count in logs.items() if what in LOGS],
        "kept": [(_name(label), count, of(_model(label)).why) for label, count in kept],
        "call_days": retention.days("calls"),
    }


def _known(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(label, count) for label, count in counts.items() if _model(label)]


def _model(label: str) -> Any:
    """The model; None where this version has it no more."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def _name(label: str) -> str:
    return capfirst(str(_model(label)._meta.verbose_name_plural))


def _columns(label: str) -> str:
    """The overwritten columns that have a name for people."""
    fields = [_model(label)._meta.get_field(name) for name in of(_model(label)).blank if name != "erased_at"]
    return ", ".join(str(field.verbose_name) for field in fields if field.verbose_name != field.name.replace("_", " "))
