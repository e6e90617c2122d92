"""The admin's base for lists: capped counts, chips (quick filters by state, with counts), no facets."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from .counting import CappedPaginator, counted


class ListAdmin(admin.ModelAdmin):
    """A list page has its records' name as title, and the actions on chosen rows below the rows."""

    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER  # their counts are unbounded
    show_full_result_count = False
    list_per_page = 50
    actions_on_top, actions_on_bottom = False, True
    chips: list[tuple[Any, str, models.Q]] = []  # (label, query string, condition)
    money_column = ""  # of an amount in fen: chosen rows are confirmed with its sum

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        rows = self.model._default_manager.all()
        counts = counted([rows.filter(where) for _label, _query, where in self.chips])
        chips = [
            {"label": label, "query": query, "count": count, "on": query in request.GET.urlencode()}
            for (label, query, _where), count in zip(self.chips, counts, strict=True)
        ]
        context = {"title": capfirst(self.opts.verbose_name_plural), "chips": chips}
        return super().changelist_view(request, {**context, **(extra_context or {})})


NEWEST = 20_000  # rows of a large table that are searched by part; older ones are found by a whole number


def newest(rows: QuerySet) -> QuerySet:
    """The newest rows of a large table, for a search by part."""
    last = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    return rows.filter(pk__gt=last - NEWEST)


def state_filter(states: dict[str, tuple[Any, models.Q]]) -> type[admin.SimpleListFilter]:
    """A filter `?state=…` by named conditions; the chips above the list link to it."""

    class StateFilter(admin.SimpleListFilter):
        title = gettext_lazy("state")
        parameter_name = "state"
        template = "admin/no_filter.html"

        def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
            return [(name, label) for name, (label, _where) in states.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            state = self.value()
            return queryset.filter(states[state][1]) if state in states else queryset

    return StateFilter


class ReadOnlyAdmin(ListAdmin):
    """Rows that only the console itself writes: people cannot add, change or delete them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
