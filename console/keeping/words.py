from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wechat import retention

from .registry import Kept

# Ends that no setting changes.
FIXED: dict[str, str | Promise] = {
    "drafts": gettext_lazy("a day"),
    "requests": gettext_lazy("a week"),
    "sessions": gettext_lazy("until the session ends"),
}
PARTS: dict[str, str | Promise] = {
    "files": gettext_lazy("its file"),
    "sheets": gettext_lazy("its files"),
    "reads": gettext_lazy("what only reads"),
    "refused": gettext_lazy("what was refused"),
}


def end_of(kept: Kept) -> str:
    """When rows end, such as “90 days; its files: 7 days”; or why they have no end."""
    return "; ".join(_end(kind) for kind in kept.ends) or str(kept.why)


def _end(kind: str) -> str:
    if kind in FIXED:
        return str(FIXED[kind])
    days = retention.days(kind)
    text = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else _("without end")
    return f"{PARTS[kind]}: {text}" if kind in PARTS else text
