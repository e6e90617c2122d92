"""Finds records of every kind, pages of the menu and actions, for the palette and the search page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from wechat.models import PulledList
from wechat.steps.pulls import pulls

from .links import record_link
from .menu import menu_for

MOST = 8  # records of a kind that are shown


def found(site: admin.AdminSite, request: HttpRequest, query: str) -> dict[str, Any]:
    """`records`, `pages` and `actions` that this person may open or run."""
    return {
        "records": _records(site, request, query),
        "pages": _pages(request, query),
        "actions": _actions(request, query),
    }


def _records(site: admin.AdminSite, request: HttpRequest, query: str) -> list[dict[str, Any]]:
    groups = []
    for model, model_admin in site._registry.items():
        searchable = getattr(model_admin, "in_global_search", False) and model_admin.search_fields
        if not searchable or not model_admin.has_view_permission(request):
            continue
        rows, _doubles = model_admin.get_search_results(request, model_admin.get_queryset(request), query)
        shown = list(rows[: MOST + 1])
        if shown:
            at = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            groups.append(
                {
                    "name": model._meta.verbose_name_plural,
                    "links": [record_link(row, getattr(row, "picker_label", "")) for row in shown[:MOST]],
                    "more": at if len(shown) > MOST else "",
                }
            )
    return groups


def _pages(request: HttpRequest, query: str) -> list[Any]:
    every = [page for group in menu_for(request) for page in (*group.pages, *group.technical)]
    return [page for page in every if query.casefold() in page.label.casefold()]


def _actions(request: HttpRequest, query: str) -> list[dict[str, Any]]:
    """The pulls of lists: what a person runs without a record."""
    wanted = {
        name: op
        for name, op in pulls.items()
        if query.casefold() in str(op.label).casefold() and request.user.has_perm(op.permission)
    }
    keys = dict(PulledList.objects.filter(name__in=wanted).values_list("name", "pk")) if wanted else {}
    return [
        {"label": op.label, "url": reverse("admin:wechat_pulledlist_do", args=[keys[name], op.name])}
        for name, op in wanted.items()
        if name in keys
    ]
