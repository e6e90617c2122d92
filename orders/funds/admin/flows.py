"""Account movements, the ledger of a month, and settlements (expected and actual)."""

from datetime import date, timedelta

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.links import record_link
from console.list_filters import amount_filter, choice_filter
from console.lists import ReadOnlyAdmin, state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.sheets import write
from console.templatetags.console import badge

from .. import ledger, operations, report
from ..models import Flow, FlowDay, Settlement
from ..models.flow import FlowKind, SettlementState

S = SettlementState
SETTLED = {
    "to-come": (gettext_lazy("To come"), Q(state=S.TO_COME)),
    "missing": (gettext_lazy("Missing"), Q(state=S.MISSING)),
    "different": (gettext_lazy("Other than expected"), Q(state=S.DIFFERENT)),
    "settled": (gettext_lazy("Settled"), Q(state=S.SETTLED)),
}
TONES: dict[str, str] = {S.TO_COME: "blue", S.MISSING: "red", S.SETTLED: "green", S.DIFFERENT: "red"}
FLOWS = {
    "unmatched": (gettext_lazy("Without a record"), Q(object_id=None)),
    **{kind: (label, Q(kind=kind)) for kind, label in FlowKind.choices},
}


class MonthForm(forms.Form):
    month = forms.CharField(label=gettext_lazy("month"), widget=forms.TextInput(attrs={"type": "month"}))

    def clean_month(self) -> date:
        try:
            month = date.fromisoformat(f"{self.cleaned_data['month']}-01")
        except ValueError:
            month = date.min
        if not 2000 <= month.year <= 2100:
            raise forms.ValidationError(_("A month, such as 2026-11."))
        return month


@admin.register(Flow)
class FlowAdmin(ReadOnlyAdmin):
    """Every movement of the merchant account, each with the record it belongs to."""

    menu = ("money", 20)
    change_list_template = "admin/flows.html"
    day_column = "booked_at"
    empty_text = gettext_lazy("Movements are pulled each day; a day by hand in “Days of movements”.")
    list_display = ["booked_at", "kind", "shown_amount", "shown_balance", "request_no", "belongs_to"]
    list_display_links = None
    fields = readonly_fields = (
        "funds_flow_id",
        "kind",
        "shown_amount",
        "shown_balance",
        "busi_type",
        "request_no",
        "booked_at",
        "belongs_to",
    )
    chips = [(label, f"state={name}", where) for name, (label, where) in FLOWS.items()]
    money_column = "amount"
    list_filter = [
        state_filter(FLOWS),
        choice_filter("kind", gettext_lazy("kind"), dict(FlowKind.choices)),
        amount_filter("amount", gettext_lazy("amount")),
    ]
    search_fields = ["=funds_flow_id", "=request_no"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("record")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("ledger/", wrap(self.ledger), name="funds_flow_ledger"),
            path("export/", wrap(self.export), name="funds_flow_export"),
            *super().get_urls(),
        ]

    def _month(self, request: HttpRequest) -> tuple[MonthForm, date]:
        form = MonthForm({"month": f"{timezone.localdate():%Y-%m}", **request.GET.dict()})
        first = form.cleaned_data["month"] if form.is_valid() else timezone.localdate().replace(day=1)
        return form, first

    def ledger(self, request: HttpRequest) -> HttpResponse:
        """The ledger of a month: its movements by kind."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, first = self._month(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Ledger"),
            "form": form,
            "ledger": ledger.month(first),
            "month": f"{first:%Y-%m}",
            "before": f"{first - timedelta(days=1):%Y-%m}",
            "after": f"{first + timedelta(days=32):%Y-%m}",
            "may_export": request.user.has_perm("funds.export_flow"),
        }
        return render(request, "admin/ledger.html", context)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The movements of a month as CSV, row by row."""
        if not request.user.has_perm("funds.export_flow"):
            raise PermissionDenied
        _form, first = self._month(request)
        rows = write.csv_lines(report.COLUMNS, report.rows(report.flows_of(first)))
        headers = {"Content-Disposition": f'attachment; filename="ledger-{first:%Y-%m}.csv"'}
        return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)

    @admin.display(description=gettext_lazy("amount"))
    def shown_amount(self, flow: Flow) -> SafeString:
        return format_html('<span class="amount">{}</span>', yuan(flow.amount, "¥"))

    @admin.display(description=gettext_lazy("balance"))
    def shown_balance(self, flow: Flow) -> str:
        return yuan(flow.balance, "¥") if flow.balance is not None else "–"

    @admin.display(description=gettext_lazy("belongs to"))
    def belongs_to(self, flow: Flow) -> SafeString:
        return record_link(flow.record) if flow.object_id else badge(_("no record"), "amber")


@admin.register(FlowDay)
class FlowDayAdmin(OperationAdmin):
    """Days whose movements were pulled; a person can add another day and pull it."""

    empty_text = gettext_lazy("Each day whose movements were pulled, and how many there were.")
    operations = [operations.pull_flow_day]
    day_column = "day"
    list_display = ["day", "count", "pulled_at"]
    fields = ["day", "count", "pulled_at"]
    readonly_fields = ["count", "pulled_at"]
    in_global_search = False

    def has_change_permission(self, request: HttpRequest, obj: FlowDay | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FlowDay | None = None) -> bool:
        return False


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    """The expected and the actual settlement of each finished order."""

    empty_text = gettext_lazy("What WeChat has to pay out for finished orders; one is expected for each paid order.")
    menu = ("money", 30)
    change_list_template = "admin/flows.html"
    day_column = "due_on"
    list_display = ["order_link", "shown_state", "due_on", "expected", "settled", "difference"]
    list_display_links = None
    list_select_related = ["order"]
    chips = [(label, f"state={name}", where) for name, (label, where) in SETTLED.items()]
    money_column = "expected_fen"
    list_filter = [state_filter(SETTLED)]
    search_fields = ["=order__out_order_id"]
    sortable_by = ()

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, row: Settlement) -> SafeString:
        return record_link(row.order)

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, row: Settlement) -> SafeString:
        return badge(row.get_state_display(), TONES.get(row.state, "grey"))

    @admin.display(description=gettext_lazy("expected"))
    def expected(self, row: Settlement) -> str:
        return yuan(row.expected_fen, "¥")

    @admin.display(description=gettext_lazy("settled"))
    def settled(self, row: Settlement) -> str:
        return yuan(row.settled_fen, "¥") if row.settled_fen is not None else "–"

    @admin.display(description=gettext_lazy("difference"))
    def difference(self, row: Settlement) -> str:
        if row.settled_fen is None:
            return "–"
        return yuan(row.settled_fen - row.expected_fen, "¥") if row.settled_fen != row.expected_fen else ""
