"""The admin's base for lists: capped counts, chips, days, chosen columns, saved views, sums, downloads, no facets."""

from collections.abc import Collection
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wechat.steps.operations import Operation

from . import exports, list_export
from .bulk_forms import BulkForm
from .counting import CAP, CHIP, CappedPaginator, counts, shown
from .links import row_key
from .list_filters import date_range
from .masking import is_guessable
from .models import Export, SavedView
from .money import yuan
from .search_index import MOST as MOST_FOUND

LONGEST = cast(int, SavedView._meta.get_field("query").max_length)
OURS = ("cols", "as")  # parameters that are no filters


class ConsoleChangeList(ChangeList):
    """A list that knows chosen columns, and the sum of the amounts of its rows."""

    model_admin: Any
    cut = 0  # where a search by part finds more than so many
    amount = ""  # the sum of the amounts of all rows, where there are not too many to add up

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        return {name: value for name, value in super().get_filters_params(params).items() if name not in OURS}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> Any:
        """Filtered by days, the newest day is first: an index then gives the rows in their order."""
        day = self.model_admin.day_column
        own = self.model_admin.get_ordering(request) or self.params.get(ORDER_VAR)
        if day and not own and {"since", "until"} & self.params.keys():
            return [f"-{day}", "-pk"]
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        """The page's rows; the counts of the list and of its chips, and the sum, are one query."""
        rows, column = self.model._default_manager.all(), self.model_admin.money_column
        chips = self.model_admin.chips
        numbers = counts(
            [*((rows.filter(where), CHIP) for *_label, where in chips), (self.queryset, CAP)], sum_of=column
        )
        self.counted = numbers[len(chips)]
        self.chips = [
            {"label": label, "query": query, "count": shown(count, CHIP), "on": query in request.GET.urlencode()}
            for (label, query, _where), count in zip(chips, numbers, strict=False)
        ]
        if column and 0 < self.counted <= CAP:
            self.amount = yuan(numbers[-1], "¥")
        self.cut = MOST_FOUND if getattr(request, "search_cut", False) else 0
        request.counted_rows = self.counted  # type: ignore[attr-defined]  # read by get_paginator
        super().get_results(request)


class ListAdmin(admin.ModelAdmin):
    """A list page has its records' name as title, and the actions on chosen rows below the rows."""

    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER  # their counts are unbounded
    show_full_result_count = False
    list_per_page = 50
    actions_on_top, actions_on_bottom = False, True
    change_list_template = "admin/list.html"
    chips: list[tuple[Any, str, models.Q]] = []  # (label, query string, condition)
    bulk_forms: dict[Operation, type[BulkForm]] = {}  # what an operation is asked once for all chosen rows
    money_column = ""  # of an amount in fen: chosen rows are confirmed with its sum
    day_column = ""  # of the day or moment by which the list is filtered
    empty_text: str | Promise = ""  # what the list will hold, and how its first row comes

    def get_urls(self) -> list[Any]:
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("download/", wrap(self.download), name=f"{name}_download"),
            path("views/", wrap(require_POST(self.save_view)), name=f"{name}_views"),
            path("views/<int:pk>/delete/", wrap(require_POST(self.drop_view)), name=f"{name}_view_delete"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ConsoleChangeList

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        made = super().get_paginator(request, *args, **kwargs)
        if hasattr(request, "counted_rows"):
            made.count = request.counted_rows
        return made

    def get_list_filter(self, request: HttpRequest) -> Any:
        days = [date_range(self.day_column)] if self.day_column else []
        return [*days, *super().get_list_filter(request)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The list's own filters, and columns that hold nothing that pages mask."""
        own = {name for one in self.get_list_filter(request) for name in _parameters(one)}
        is_own = lookup in own
        return (is_own or not is_guessable(self.model, lookup)) and super().lookup_allowed(lookup, value, request)

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns, or those that the address names; the first is always there."""
        every = list(super().get_list_display(request))
        chosen = request.GET.get("cols", "").split(",")
        return [name for nth, name in enumerate(every) if not nth or name in chosen] if chosen != [""] else every

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if len(columns := request.GET.getlist("cols")) > 1:  # as the form sends them; the list's links keep one value
            query = request.GET.copy()
            query["cols"] = ",".join(columns)
            return HttpResponseRedirect(f"?{query.urlencode()}")
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "views": SavedView.objects.of(request.user, self.opts.label_lower),
            "columns": self._columns(request),
            "empty_text": self.empty_text,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def _columns(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The columns that can be chosen."""
        chosen = self.get_list_display(request)
        every = super().get_list_display(request)[1:]
        return [
            {"name": name, "label": capfirst(str(label_for_field(name, self.model, self))), "on": name in chosen}
            for name in every
        ]

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def download(self, request: HttpRequest) -> HttpResponseBase:
        """The rows that the list shows, `?as=csv` or `xlsx`: at once, or as a file that a worker writes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = "xlsx" if request.GET.get("as") == "xlsx" else "csv"
        query = request.GET.copy()
        query.pop("as", None)
        changelist = self.get_changelist_instance(request)
        rows = changelist.get_queryset(request)
        if refused := self.refuse_cut(request):
            return refused
        if kind == "xlsx" and rows[list_export.MOST_XLSX : list_export.MOST_XLSX + 1].exists():
            text = _("More than %(most)d rows do not fit into one XLSX file: take CSV, or filter the list.")
            messages.error(request, text % {"most": list_export.MOST_XLSX})
            return HttpResponseRedirect(f"{self._list()}?{query.urlencode()}")
        export = Export(
            user_id=cast(int, request.user.pk),
            list=self.opts.label_lower,
            query=query.urlencode(),
            kind=kind,
            language=get_language() or "",
        )
        count = rows.order_by()[: list_export.MOST + 1].count()
        if count <= list_export.MOST:
            export.rows, export.done_at = count, timezone.now()
            export.save()
            columns, table = list_export.table(self, request, changelist)
            return list_export.answer(list_export.file_name(export.list, kind), columns, table)
        export.save()
        exports.ask(export)
        return redirect("admin:console_export_change", export.pk)

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> Any:  # type: ignore[override]
        across = request.POST.get("select_across") == "1"
        return (self.refuse_cut(request) if across else None) or super().response_action(request, queryset)

    def refuse_cut(self, request: HttpRequest) -> HttpResponseRedirect | None:
        """Back to the list where its search found more than it shows: all of it cannot be meant then."""
        if not getattr(request, "search_cut", False):
            return None
        text = _("The search finds more than the newest %(most)d, and only these: narrow it first.")
        messages.error(request, text % {"most": MOST_FOUND})
        query = request.GET.copy()
        query.pop("as", None)
        return HttpResponseRedirect(f"{self._list()}?{query.urlencode()}")

    def save_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """Keep the filters, columns and order of the list under a name."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        name, query = request.POST.get("name", "").strip()[:60], request.POST.get("query", "").strip("?")
        if len(query) > LONGEST:
            messages.error(request, _("This view has too many filters to be saved: remove some of them."))
        elif name:
            SavedView.objects.update_or_create(
                user_id=cast(int, request.user.pk),
                list=self.opts.label_lower,
                name=name,
                defaults={"query": query, "shared": bool(request.POST.get("shared"))},
            )
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
        else:
            messages.error(request, _("A view needs a name."))
        return HttpResponseRedirect(f"{self._list()}?{query}")

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        get_object_or_404(SavedView, pk=pk, user_id=request.user.pk, list=self.opts.label_lower).delete()
        messages.success(request, _("The view is deleted."))
        return HttpResponseRedirect(self._list())


def _parameters(one: Any) -> tuple[str, ...]:
    """The parameters of a filter that is a class of its own."""
    return (*getattr(one, "names", ()), getattr(one, "parameter_name", None) or "")


def cut(request: HttpRequest, keys: Collection[int]) -> Collection[int]:
    """The keys that a search by part found; notes on the request where there are more."""
    request.search_cut = getattr(request, "search_cut", False) or len(keys) >= MOST_FOUND  # type: ignore[attr-defined]
    return keys


def is_list(request: HttpRequest) -> bool:
    """Whether many rows are shown: the list, and its download."""
    match = request.resolver_match
    return bool(match and match.url_name and match.url_name.endswith(("_changelist", "_download")))


def is_record(request: HttpRequest) -> bool:
    """Whether the form of one record is shown, and not just sent."""
    match = request.resolver_match
    return request.method == "GET" and bool(match and match.url_name and match.url_name.endswith("_change"))


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


class PageAdmin(ReadOnlyAdmin):
    """Rows of which each has a page of its own instead of a form: `page` answers with it."""

    page_related: tuple[str, ...] = ()  # read in the same query as the row

    def page(self, request: HttpRequest, record: Any) -> HttpResponse:
        raise NotImplementedError

    def page_rows(self, request: HttpRequest) -> QuerySet:
        rows = self.get_queryset(request)
        return rows.select_related(*self.page_related) if self.page_related else rows

    def change_view(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.page(request, get_object_or_404(self.page_rows(request), pk=row_key(object_id)))
