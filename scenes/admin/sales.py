"""The leaderboard: sales and commission of promoters, sharers and live rooms."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.operation_admin import OperationAdmin
from console.sheets import write

from ..people import report, sales

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = [
    (sales.PROMOTERS, gettext_lazy("Promoters")),
    (sales.SHARERS, gettext_lazy("Sharers")),
    (sales.ROOMS, gettext_lazy("Live rooms")),
]
MOST_DAYS = 366
PAGE = 100


class SpanForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("of"), choices=KINDS)
    first = forms.DateField(label=gettext_lazy("from"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("to"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not timedelta(0) <= last - first <= timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("From an earlier day to a later one, a year at most."))
        return self.cleaned_data


class SalesAdmin(OperationAdmin):
    """The leaderboard beside the lists of promoters and sharers."""

    def get_urls(self) -> list[Any]:
        name = f"scenes_{self.opts.model_name}_sales"
        return [path("sales/", self.admin_site.admin_view(self.sales), name=name), *super().get_urls()]

    def sales(self, request: HttpRequest) -> HttpResponseBase:
        """The leaderboard of a span of days, by paid orders; also as a sheet."""
        if not request.user.has_perm("scenes.view_sales"):
            raise PermissionDenied
        usual = {"kind": f"{self.opts.model_name}s", "first": _month_ago(), "last": timezone.localdate()}
        form = SpanForm({**usual, **request.GET.dict()})
        lines = sales.lines(**form.cleaned_data) if form.is_valid() else []
        if request.GET.get("as") in ("csv", "xlsx") and form.is_valid():
            return _sheet(request.GET["as"], lines, form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Sales"),
            "form": form,
            "page": Paginator(lines, PAGE).get_page(request.GET.get("p")),
            "lines": lines,
            "totals": report.totals(lines),
            "is_rooms": form.data.get("kind") == sales.ROOMS,
            "query": "&".join(f"{name}={form.data.get(name, '')}" for name in ("kind", "first", "last")),
        }
        return render(request, "admin/sales.html", context)


def _month_ago() -> date:
    return timezone.localdate() - timedelta(days=29)


def _sheet(kind: str, lines: list[sales.Line], query: dict[str, Any]) -> HttpResponseBase:
    name = f"sales-{query['kind']}-{query['first']}-{query['last']}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "csv":
        rows = write.csv_lines(report.COLUMNS, report.rows(lines))
        return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)
    return HttpResponse(write.xlsx(report.COLUMNS, report.rows(lines)), content_type=XLSX, headers=headers)
