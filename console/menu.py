"""The menu on every page: groups by work in the order of the day, with what waits; only what the person may open.

An admin class says where it stands: `menu = ("orders", 10)`. Without it, its list is among the technical in Settings.
Pages of the site itself are in OWN_PAGES.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from .today import waiting_for

GROUPS: dict[str, str | Promise] = {
    "aftersales": gettext_lazy("After-sales"),
    "orders": gettext_lazy("Orders"),
    "products": gettext_lazy("Products"),
    "papers": gettext_lazy("Papers"),
    "selling": gettext_lazy("Selling"),
    "money": pgettext_lazy("menu", "Money"),
    "settings": gettext_lazy("Settings"),
}
# The guide of each group's pages; an admin class may name another: `guide = "coupons"`.
GUIDES = {
    "aftersales": "aftersales",
    "orders": "orders",
    "products": "products",
    "papers": "products",
    "selling": "access",
    "money": "funds",
    "settings": "access",
}
TECHNICAL = "technical"


class OwnPage(NamedTuple):
    """A page that is no list of records; permission "" is everybody's."""

    group: str
    order: int
    label: Promise
    address: str
    permission: str
    guide: str = ""


OWN_PAGES = [
    OwnPage("settings", 78, gettext_lazy("Health"), "admin:health", "wechat.view_call", "health"),
    OwnPage("settings", 79, gettext_lazy("Error guide"), "admin:errors", "", "health"),
    OwnPage("settings", 80, gettext_lazy("Check my set-up"), "admin:setup", "console.check_setup", "health"),
    OwnPage("settings", 88, gettext_lazy("Leave with everything"), "admin:leave", "console.export_all", "leaving"),
]


class Page(NamedTuple):
    label: str
    url: str
    is_current: bool
    guide: str = ""


class Group(NamedTuple):
    name: str
    label: str
    url: str
    pages: list[Page]
    technical: list[Page]
    waiting: int
    is_urgent: bool
    is_current: bool


def menu_for(request: Any) -> list[Group]:
    """The groups that have a page this person may open, made once a request."""
    if not hasattr(request, "console_menu"):
        request.console_menu = _made_for(request)
    return request.console_menu


def _made_for(request: HttpRequest) -> list[Group]:
    """The counts of what waits are one query at most."""
    pages: dict[str, list[tuple[int, str, str, str]]] = {}
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_view_permission(request):
            name, order = getattr(model_admin, "menu", (TECHNICAL, 0))
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            pages.setdefault(name, []).append(
                (order, str(capfirst(model._meta.verbose_name_plural)), url, getattr(model_admin, "guide", ""))
            )
    for own in OWN_PAGES:
        if not own.permission or request.user.has_perm(own.permission):
            pages.setdefault(own.group, []).append((own.order, str(own.label), reverse(own.address), own.guide))
    every = waiting_for(request.user)
    urls = [url for rows in pages.values() for _order, _label, url, _guide in rows]
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    home = reverse("admin:index")
    groups = [
        Group("today", pgettext("front page", "Today"), home, [], [], 0, False, request.path == home),
    ]
    for name, label in GROUPS.items():
        listed = _pages(pages.get(name, []), here, GUIDES[name])
        technical = _pages(pages.get(TECHNICAL, []), here, "") if name == "settings" else []
        if listed or technical:
            waits = [one for one in every if one.work.group == name and one.tone in ("amber", "red")]
            groups.append(
                Group(
                    name,
                    str(label),
                    (listed or technical)[0].url,
                    listed,
                    technical,
                    sum(one.count for one in waits),
                    any(one.tone == "red" for one in waits),
                    any(page.is_current for page in (*listed, *technical)),
                )
            )
    return groups


def _pages(rows: Iterable[tuple[int, str, str, str]], here: str, guide: str) -> list[Page]:
    return [Page(label, url, url == here, own or guide) for _order, label, url, own in sorted(rows)]
