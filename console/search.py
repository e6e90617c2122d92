"""Finds records of every kind, pages of the menu and actions, for the palette and the search page."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from wechat.models import PulledList
from wechat.steps.pulls import pulls

from . import beside
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
    """What is found of each kind: one question tells of which kinds there is something."""
    rows = {
        model._meta.label: model_admin.get_search_results(request, model_admin.get_queryset(request), query)[0]
        for model, model_admin in site._registry.items()
        if getattr(model_admin, "in_global_search", False)
        and model_admin.search_fields
        and model_admin.has_view_permission(request)
    }
    there = beside.found(cast(User, request.user), rows)
    return [_group(found) for label, found in rows.items() if label in there]


def _group(found: QuerySet) -> dict[str, Any]:
    opts, rows = found.model._meta, list(found[: MOST + 1])
    return {
        "name": opts.verbose_name_plural,
        "links": [record_link(row, getattr(row, "picker_label", "")) for row in rows[:MOST]],
        "more": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") if len(rows) > MOST else "",
    }


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
