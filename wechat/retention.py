"""How long what grows is kept: days by kind, which `KEEP_DAYS` changes; 0 is without end."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import QuerySet
from django.utils import timezone

# None: WECHAT_KEEP_DAYS.
DEFAULTS: dict[str, int | None] = {
    "messages": None,
    "refused": 7,  # messages that were not accepted
    "calls": None,
    "reads": None,  # steps that read
    "steps": 1095,  # steps that wrote
    "jobs": 1095,
    "feed": None,
    "deliveries": None,  # of webhooks
    "alerts": None,
    "imports": 365,
    "sheets": 90,  # files of imports
    "downloads": 1095,
    "files": 7,  # of downloads
    "sign_ins": 180,  # also passwords that were tried, and notices
    "edits": 0,  # whole months of them
}


def days(kind: str) -> int:
    """Days that rows of this kind are kept; 0 without end."""
    default = DEFAULTS[kind]
    return int(settings.KEEP_DAYS.get(kind, settings.WECHAT_KEEP_DAYS if default is None else default))


def end_of(kind: str) -> datetime | None:
    """What is older than this is deleted; None where the kind is kept without end."""
    return timezone.now() - timedelta(days=days(kind)) if days(kind) else None


def over(kind: str, rows: QuerySet, column: str) -> QuerySet:
    """The rows whose time is over by this column."""
    end = end_of(kind)
    return rows.none() if end is None else rows.filter(**{f"{column}__lt": end})


def delete(rows: QuerySet) -> int:
    """Delete rows in small batches; returns how many."""
    gone = 0
    while ids := list(rows.values_list("pk", flat=True)[:1000]):
        rows.model._base_manager.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone


def check(**kwargs: object) -> list[CheckMessage]:
    """KEEP_DAYS names kinds that there are, and whole days."""
    wrong = [
        f"{kind}={value}"
        for kind, value in settings.KEEP_DAYS.items()
        if kind not in DEFAULTS or not str(value).isascii() or not str(value).isdecimal()
    ]
    if not wrong:
        return []
    text = f"KEEP_DAYS cannot be read: {', '.join(wrong)}. Kinds are {', '.join(DEFAULTS)}; days are whole numbers."
    return [Error(text, id="wechat.E001")]
