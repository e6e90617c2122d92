"""A month of the books: its days and their sums on a page, and everything in it as XLSX."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console import exports
from console.lists import ListAdmin
from console.models import Export
from orders.funds.models.flow import FlowKind

from . import book, figures
from .models import Close


class Day(NamedTuple):
    close: Close
    amounts: list[int]  # of each kind, then the net
    closing: int | None


def of_month(first: date) -> QuerySet[Close]:
    return Close.objects.filter(day__gte=first, day__lt=(first + timedelta(days=32)).replace(day=1)).order_by("day")


def month_of(text: str) -> date:
    """The first day of a month such as 2026-11; of this one where the text is none."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.min
    return first if 2000 <= first.year <= 2100 else timezone.localdate().replace(day=1)


class MonthPages(ListAdmin):
    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("month/", wrap(self.month), name="closing_close_month"),
            path("book/", wrap(require_POST(self.ask_book)), name="closing_close_book"),
            *super().get_urls(),
        ]

    def month(self, request: HttpRequest) -> HttpResponse:
        """The days of a month and their sums, as they were checked or closed last."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        first = month_of(request.GET.get("month", ""))
        days = [_day(close) for close in of_month(first)]
        sums = [sum(amounts) for amounts in zip(*(day.amounts for day in days), strict=True)]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Books of %(month)s") % {"month": f"{first:%Y-%m}"},
            "kinds": list(figures.NAMES.values()),
            "days": days,
            "sums": sums,
            "month": f"{first:%Y-%m}",
            "before": f"{first - timedelta(days=1):%Y-%m}",
            "after": f"{first + timedelta(days=32):%Y-%m}",
            "unexplained": sum(day.close.open_count for day in days),
            "open_days": sum(not day.close.is_closed for day in days),
            "may_export": request.user.has_perm("closing.export_close"),
        }
        return render(request, "admin/closing_month.html", context)

    def ask_book(self, request: HttpRequest) -> HttpResponse:
        """Have a worker write the month as XLSX: it is kept as a download, with who asked for it."""
        if not request.user.has_perm("closing.export_close") or not self.has_view_permission(request):
            raise PermissionDenied
        first = month_of(request.POST.get("month", ""))
        days = list(of_month(first))
        if not days:
            messages.error(request, _("No day of this month is in the books."))
            return HttpResponseRedirect(f"{reverse('admin:closing_close_month')}?month={first:%Y-%m}")
        query = QueryDict(mutable=True)
        query.update({"since": str(days[0]), "until": str(days[-1]), "as": "book"})
        export = Export.objects.create(
            user_id=cast(int, request.user.pk),
            list=self.opts.label_lower,
            query=query.urlencode(),
            kind="xlsx",
            language=get_language() or "",
        )
        exports.ask(export)
        return redirect("admin:console_export_change", export.pk)

    def book_of(self, export: Export) -> Callable[..., None] | None:
        """What writes the file of such a download; None of a download of the list. Raises PermissionDenied."""
        asked = QueryDict(export.query)
        if asked.get("as") != "book":
            return None
        if not export.user.has_perm("closing.export_close"):
            raise PermissionDenied
        days = Close.objects.filter(day__gte=asked["since"], day__lte=asked["until"])
        return partial(book.write_days, days)


def _day(close: Close) -> Day:
    lines = close.figures.get("lines") or {}
    amounts = [lines[kind][3] if kind in lines else 0 for kind in FlowKind.values]
    return Day(close, [*amounts, sum(amounts)], close.figures.get("closing"))
