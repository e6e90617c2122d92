from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console.links import record_link
from console.list_filters import choice_filter, text_filter
from console.lists import PageAdmin, ReadOnlyAdmin, state_filter
from console.money import yuan
from console.templatetags.console import badge
from console.timeline_admin import TimelineAdmin
from wechat.chunks import chunks_of
from wechat.steps.errors import Conflict

from .. import closing
from ..models import Commission, Role, Statement

PAGE = 100  # rows
CLOSED = Q(closed_by__isnull=False)
STATES = {
    "to-pay": (gettext_lazy("To pay"), CLOSED & Q(payable__gt=0, paid_at=None)),
    "paid": (gettext_lazy("Paid"), Q(paid_at__isnull=False)),
    "carried": (gettext_lazy("Carried forward"), CLOSED & Q(carried_out__lt=0)),
    "draft": (gettext_lazy("Draft"), Q(closed_by=None)),
}


@admin.register(Statement)
class StatementAdmin(PageAdmin, TimelineAdmin):
    """What each person gets for each period."""

    menu = ("money", 75)
    guide = "payouts"
    empty_text = gettext_lazy("A pay-out period makes one for each promoter and sharer who sold something.")
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    money_column = "payable"
    list_display = [
        "number",
        "person_name",
        "role",
        "period",
        "earned_yuan",
        "corrected_yuan",
        "carried_in_yuan",
        "payable_yuan",
        "carried_out_yuan",
        "state_badge",
        "bank_no",
    ]
    list_select_related = ["period"]
    list_filter = [
        state_filter(STATES),
        choice_filter("role", gettext_lazy("kind of seller"), dict(Role.choices)),
        text_filter("period__id", gettext_lazy("period's number"), "period"),
    ]
    search_fields = ["=bank_no", "=person"]
    search_help_text = gettext_lazy("The bank's number, a promoter_id or an openid, in full.")
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/pay/", wrap(require_POST(self.pay)), name="payouts_statement_pay"),
            path("<int:pk>/print/", wrap(self.print), name="payouts_statement_print"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        return Statement.objects.with_names()

    def pay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark it as paid, with the bank's number."""
        if not request.user.has_perm("payouts.pay_statement"):
            raise PermissionDenied
        statement = get_object_or_404(Statement, pk=pk)
        try:
            closing.pay(statement, request.user, request.POST.get("bank_no", ""))
            messages.success(request, _("It is marked as paid."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(reverse("admin:payouts_statement_change", args=[pk]))

    def page(self, request: HttpRequest, statement: Statement) -> HttpResponse:
        """The figures of one person, the rows behind them, and the payment."""
        mine = statement.closed_by_id == request.user.pk
        context = {
            **self.admin_site.each_context(request),
            **self.beside_context(request, statement),
            "opts": self.opts,
            "title": statement.name,
            "statement": statement,
            "state": self.state_badge(statement),
            "page": Paginator(rows_of(statement), PAGE).get_page(request.GET.get("p")),
            "may_pay": statement.may_be_paid and request.user.has_perm("payouts.pay_statement") and not mine,
            "is_mine": statement.may_be_paid and mine,
        }
        return render(request, "admin/payout_statement.html", context)

    def print(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The statement as its person gets it, to print or to save as PDF; sent as its rows are read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        statement = get_object_or_404(self.page_rows(request), pk=pk)
        return StreamingHttpResponse(_printed(statement, translation.get_language() or ""))

    def page_rows(self, request: HttpRequest) -> QuerySet[Statement]:
        return self.get_queryset(request).select_related("period", "closed_by", "paid_by")

    @admin.display(description=gettext_lazy("number"))
    def number(self, statement: Statement) -> str:
        return statement.number

    @admin.display(description=gettext_lazy("person"))
    def person_name(self, statement: Statement) -> str:
        return statement.name

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, statement: Statement) -> SafeString:
        tone = "green" if statement.paid_at else "amber" if statement.may_be_paid else "grey"
        return badge(statement.state_label, tone)

    @admin.display(description=gettext_lazy("commission"))
    def earned_yuan(self, statement: Statement) -> SafeString:
        return amount(statement.earned)

    @admin.display(description=gettext_lazy("returns of earlier orders"))
    def corrected_yuan(self, statement: Statement) -> SafeString:
        return amount(statement.corrected)

    @admin.display(description=gettext_lazy("brought forward"))
    def carried_in_yuan(self, statement: Statement) -> SafeString:
        return amount(statement.carried_in)

    @admin.display(description=gettext_lazy("to pay"))
    def payable_yuan(self, statement: Statement) -> SafeString:
        return amount(statement.payable)

    @admin.display(description=gettext_lazy("carried forward"))
    def carried_out_yuan(self, statement: Statement) -> SafeString:
        return amount(statement.carried_out)


@admin.register(Commission)
class CommissionAdmin(ReadOnlyAdmin):
    """The rows of all statements, for downloads; the page of a statement has its own."""

    empty_text = gettext_lazy("A pay-out period makes a row for each order line that a promoter or sharer sold.")
    money_column = "commission"
    list_display = [
        "order_number",
        "paid_on",
        "goods",
        "sku",
        "what",
        "base_yuan",
        "returned_yuan",
        "shown_rate",
        "commission_yuan",
        "pay_out",
    ]
    list_select_related = ["line__order", "statement"]
    list_filter = [
        choice_filter("role", gettext_lazy("kind of seller"), dict(Role.choices)),
        text_filter("statement__id", gettext_lazy("pay-out (digits behind the hyphen)"), "payout"),
        text_filter("statement__period__id", gettext_lazy("period's number"), "period"),
        text_filter("line__order__out_order_id", gettext_lazy("order number"), "order"),
    ]
    sortable_by = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("payouts.view_commission")

    @admin.display(description=gettext_lazy("order number"))
    def order_number(self, row: Commission) -> str:
        return row.line.order.out_order_id

    @admin.display(description=gettext_lazy("paid on"))
    def paid_on(self, row: Commission) -> str:
        return paid_day(row)

    @admin.display(description=gettext_lazy("goods"))
    def goods(self, row: Commission) -> str:
        return row.line.title

    @admin.display(description="SKU")
    def sku(self, row: Commission) -> str:
        return row.line.out_sku_id

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: Commission) -> str:
        return _("Sale") if row.is_sale else _("Return")

    @admin.display(description=gettext_lazy("paid"))
    def base_yuan(self, row: Commission) -> SafeString:
        return amount(row.base)

    @admin.display(description=gettext_lazy("returned"))
    def returned_yuan(self, row: Commission) -> SafeString:
        return amount(row.returned)

    @admin.display(description=gettext_lazy("rate"))
    def shown_rate(self, row: Commission) -> str:
        return row.percent

    @admin.display(description=gettext_lazy("commission"))
    def commission_yuan(self, row: Commission) -> SafeString:
        return amount(row.commission)

    @admin.display(description=gettext_lazy("pay-out"))
    def pay_out(self, row: Commission) -> SafeString:
        return record_link(row.statement)


def amount(fen: int) -> SafeString:
    return format_html('<span class="amount">{}</span>', yuan(fen, "¥"))


def paid_day(row: Commission) -> str:
    paid_at = row.line.order.paid_at
    return f"{timezone.localtime(paid_at):%Y-%m-%d}" if paid_at else ""


def rows_of(statement: Statement) -> QuerySet[Commission]:
    return statement.commissions.select_related("line__order").order_by("id")


def _printed(statement: Statement, language: str) -> Iterator[str]:
    def part(name: str, **context: Any) -> str:
        with translation.override(language):
            return render_to_string(f"admin/{name}.html", {"statement": statement, **context})

    yield part("payout_print", made_at=timezone.localtime())
    for rows in chunks_of(rows_of(statement)):
        yield part("payout_printed", rows=rows)
    yield part("payout_print_end")
