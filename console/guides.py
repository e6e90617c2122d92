"""The guides of `docs/`, read from inside: each in the reader's language, where it has been translated."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

LINK = re.compile(r"\]\((\w+)\.md")  # to another guide
GUIDES = {
    "records": gettext_lazy("Records: forms and timeline"),
    "orders": gettext_lazy("Orders"),
    "aftersales": gettext_lazy("After-sales"),
    "products": gettext_lazy("Products"),
    "access": gettext_lazy("Access, people and live days"),
    "live": gettext_lazy("The live evening"),
    "stock": gettext_lazy("Stock"),
    "coupons": gettext_lazy("Coupons"),
    "funds": gettext_lazy("Money"),
    "sales": gettext_lazy("Sales figures"),
    "reconciliation": gettext_lazy("Reconciliation: what differs from WeChat"),
    "closing": gettext_lazy("Daily close"),
    "payouts": gettext_lazy("Pay-outs to promoters and sharers"),
    "integration": gettext_lazy("For developers: the API, what changed, webhooks"),
    "approvals": gettext_lazy("What takes two people"),
    "keys": gettext_lazy("API keys"),
    "health": gettext_lazy("Health and set-up"),
    "alerts": gettext_lazy("Alerts"),
    "signin": gettext_lazy("Signing in, and what people changed"),
    "leaving": gettext_lazy("Leaving, erasing, keeping"),
    "export": gettext_lazy("What the export holds"),
}


def file_of(name: str) -> Path:
    """The guide's file in the active language, else the English one."""
    docs = Path(settings.BASE_DIR) / "docs"
    translated = docs / (get_language() or "en") / f"{name}.md"
    return translated if translated.exists() else docs / f"{name}.md"


def rendered(name: str) -> SafeString:
    """The guide as HTML. HTML in the text itself is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    text = file_of(name).read_text(encoding="utf-8")
    text = LINK.sub(r"](../\1/", text)
    return mark_safe(parser.render(text))  # noqa: S308  our own files, with HTML switched off


def page(site: Any, request: HttpRequest, name: str = "") -> HttpResponse:
    """One guide, or the list of all."""
    if name and name not in GUIDES:
        raise Http404
    context = {
        **site.each_context(request),
        "title": GUIDES[name] if name else _("Guides"),
        "guides": GUIDES,
        "name": name,
        "text": rendered(name) if name else "",
    }
    return render(request, "admin/guide.html", context)
