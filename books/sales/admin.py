"""The page “Sales figures”: figures of a span of days by one dimension, compared with the days before."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from console import list_export
from console.links import record_link
from console.models import Export

from . import charts, figures, naming, sheet
from .figures import MOST_DAYS, Period, Row, Sums
from .models import Dimension, Figure

D = Dimension
PAGE = 50
USUAL = 30  # days
CARDS = [
    ("net", gettext_lazy("Net")),
    ("paid", gettext_lazy("Paid sum")),
    ("orders", gettext_lazy("Orders")),
    ("buyers", gettext_lazy("Buyers")),
    ("pieces", gettext_lazy("Pieces")),
    ("refunded", gettext_lazy("Refunded")),
]
MONEY = ("net", "paid", "refunded")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
# The filter of the list of orders that shows a row's orders.
FILTERS: dict[str, str] = {
    D.PRODUCT: "out_product_id",
    D.SCENE: "scene",
    D.PROMOTER: "promoter_id",
}


class SalesForm(forms.Form):
    by = forms.ChoiceField(label=gettext_lazy("by"), choices=Dimension, widget=forms.HiddenInput)
    since = forms.DateField(label=gettext_lazy("from"), widget=DAY)
    until = forms.DateField(label=pgettext_lazy("a day", "until"), widget=DAY)

    def clean(self) -> dict[str, Any]:
        super().clean()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and not (timedelta(0) <= until - since < timedelta(days=MOST_DAYS) and since.year > 2000):
            raise forms.ValidationError(_("From an earlier day to a later one, three years at most."))
        return self.cleaned_data


class LazyRows:
    """The rows for a paginator, which reads those of one page."""

    def __init__(self, by: str, period: Period) -> None:
        self.by, self.period = by, period

    def count(self) -> int:
        return figures.count(self.by, self.period)

    def __getitem__(self, part: slice) -> list[Row]:
        return figures.rows(self.by, self.period, part.start, part.stop)


@admin.register(Figure)
class SalesAdmin(admin.ModelAdmin):
    """One page instead of a list of rows: nobody looks at a single figure of a day."""

    menu = ("money", 5)
    guide = "sales"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="sales_figure_changelist"),
            path("download/", wrap(self.download), name="sales_figure_download"),
            path("<int:pk>/change/", wrap(self.day_of_figure), name="sales_figure_change"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, by, period = asked(request)
        page = Paginator(cast(Any, LazyRows(by, period)), PAGE).get_page(request.GET.get("p"))
        now, before = figures.total(period), figures.total(period.before)
        current_at, waiting = figures.state()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Sales figures"),
            "form": form,
            "by": by,
            "label": Dimension(by).label,
            "period": period,
            "tabs": [(label, _query(name, period), name == by) for name, label in Dimension.choices],
            "presets": [(text, _query(by, one), one == period) for text, one in presets()],
            "cards": [_card(label, name, now, before) for name, label in CARDS],
            "chart": charts.chart(period),
            "page": page,
            "rows": lines(request, by, period, page),
            "total": now,
            "buyers_days": figures.BUYERS_DAYS,
            "current_at": current_at,
            "waiting": waiting,
            "query": _query(by, period),
            **(extra_context or {}),
        }
        return render(request, "admin/sales_figures.html", context)

    def day_of_figure(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of a figure's day."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        figure = get_object_or_404(Figure, pk=pk)
        query = _query(figure.dimension, Period(figure.day, figure.day))
        return HttpResponseRedirect(f"{reverse('admin:sales_figure_changelist')}?{query}")

    def download(self, request: HttpRequest) -> HttpResponseBase:
        """All rows as CSV or XLSX; who took them is kept among the downloads."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = "xlsx" if request.GET.get("as") == "xlsx" else "csv"
        _form, by, period = asked(request)
        count = figures.count(by, period)
        if kind == "xlsx" and count > list_export.MOST:
            text = _("More than %(most)d rows do not fit into one XLSX file: take CSV, or filter the list.")
            messages.error(request, text % {"most": list_export.MOST})
            return HttpResponseRedirect(f"{reverse('admin:sales_figure_changelist')}?{_query(by, period)}")
        Export.objects.create(
            user_id=cast(int, request.user.pk),
            list=self.opts.label_lower,
            query=_query(by, period),
            kind=kind,
            language=get_language() or "",
            rows=count,
            done_at=timezone.now(),
        )
        name = f"sales-{by}-{period.first}-{period.last}.{kind}"
        return list_export.answer(name, sheet.COLUMNS, sheet.sheet_rows(by, period))


def asked(request: HttpRequest) -> tuple[SalesForm, str, Period]:
    """The form, the dimension and the days; the usual ones where what was asked is none."""
    today = timezone.localdate()
    usual = Period(today - timedelta(days=USUAL - 1), today)
    form = SalesForm({"by": D.DAY, "since": str(usual.first), "until": str(usual.last), **request.GET.dict()})
    if not form.is_valid():
        return form, form.cleaned_data.get("by") or D.DAY, usual
    return form, form.cleaned_data["by"], Period(form.cleaned_data["since"], form.cleaned_data["until"])


def presets() -> list[tuple[str, Period]]:
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    return [
        (_("Today"), Period(today, today)),
        (_("Yesterday"), Period(yesterday, yesterday)),
        (_("7 days"), Period(today - timedelta(days=6), today)),
        (_("30 days"), Period(today - timedelta(days=29), today)),
        (_("This month"), Period(today.replace(day=1), today)),
    ]


def lines(request: HttpRequest, by: str, period: Period, page: Page) -> list[dict[str, Any]]:
    """The rows of a page as the template shows them."""
    rows = list(page.object_list)
    may_see = request.user.has_perm("orders.view_order")
    of = naming.records(by, rows) if by in (D.SHARER, D.COUPON) else {}
    most = max((row.net for row in rows), default=0)
    return [
        {
            "row": row,
            "name": record_link(of[row.key], name) if row.key in of else name,
            "url": f"?{_query(D.HOUR, Period(row.day, row.day))}" if row.day else "",
            "orders": _orders(by, row, period) if may_see else "",
            "change": change(row.net, row.before.net if row.before else 0),
            "share": max(0, round(100 * row.net / most)) if most > 0 else 0,
        }
        for row, name in zip(rows, naming.names(by, rows), strict=True)
    ]


def change(now: int | None, before: int | None) -> str:
    """“+12 %”; "" where there is nothing to compare with."""
    if not before or now is None:
        return ""
    return f"{round(100 * (now - before) / abs(before)):+d} %"


def _card(label: Any, name: str, now: Sums, before: Sums) -> dict[str, Any]:
    value, was = getattr(now, name), getattr(before, name)
    return {"label": label, "value": value, "was": was, "change": change(value, was), "is_money": name in MONEY}


def _query(by: str, period: Period) -> str:
    return urlencode({"by": by, "since": str(period.first), "until": str(period.last)})


def _orders(by: str, row: Row, period: Period) -> str:
    """The list of the row's orders, where it can be filtered by them."""
    first, last = (row.day, row.day) if row.day else period
    if not row.day and (by not in FILTERS or not row.key):
        return ""
    own = {} if row.day else {FILTERS[by]: row.key}
    query = urlencode({"paid_since": str(first), "paid_until": str(last), **own})
    return f"{reverse('admin:orders_order_changelist')}?{query}"
