from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from console.links import row_key
from console.lists import PageAdmin, state_filter
from console.money import yuan
from console.templatetags.console import ago, badge
from console.timeline_admin import TimelineAdmin
from wechat.steps.errors import Conflict

from .. import closing, making
from ..models import Period

MAKE, CLOSE, PAY = "payouts.make_period", "payouts.close_period", "payouts.pay_statement"
PAGE = 100  # people
STATES = {
    "open": (gettext_lazy("Open"), Q(is_open=True)),
    "closed": (gettext_lazy("Closed"), Q(is_open=False)),
}
TONES = {True: "amber", False: "blue"}


class DaysForm(forms.Form):
    first = forms.DateField(label=gettext_lazy("from"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("to"), widget=forms.DateInput(attrs={"type": "date"}))


class LastForm(forms.Form):
    last = forms.DateField(label=gettext_lazy("last day"), widget=forms.DateInput(attrs={"type": "date"}))


@admin.register(Period)
class PeriodAdmin(PageAdmin, TimelineAdmin):
    """Periods of pay-outs: opened, reckoned, closed by one person, paid by another."""

    menu = ("money", 74)
    page_related = ("opened_by", "closed_by")
    guide = "payouts"
    empty_text = gettext_lazy("Open the first period: its first day is the first whose orders give a commission here.")
    change_list_template = "admin/payout_periods.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    list_display = ["__str__", "state_badge", "shown_people", "shown_earned", "shown_corrected", "shown_payable", "by"]
    list_filter = [state_filter(STATES)]
    list_select_related = ["closed_by"]
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("open/", wrap(require_POST(self.open)), name="payouts_period_open"),
            path("<int:pk>/last/", wrap(require_POST(self.change_last)), name="payouts_period_last"),
            path("<int:pk>/reckon/", wrap(require_POST(self.reckon)), name="payouts_period_reckon"),
            path("<int:pk>/close/", wrap(require_POST(self.close)), name="payouts_period_close"),
            path("<int:pk>/paid/", wrap(require_POST(self.paid)), name="payouts_period_paid"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context: dict[str, Any] = {}
        last = Period.objects.order_by("-last").first()
        if request.user.has_perm(MAKE) and not (last and last.is_open):
            context["days_form"] = DaysForm(initial={"first": making.next_first(last)})
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def open(self, request: HttpRequest) -> HttpResponse:
        """Open a period of these days; a worker reckons it."""
        _need(request, MAKE)
        form = DaysForm(request.POST)
        back = reverse("admin:payouts_period_changelist")
        if not form.is_valid():
            messages.error(request, _("Enter the first and the last day."))
            return HttpResponseRedirect(back)
        try:
            period = making.open_period(form.cleaned_data["first"], form.cleaned_data["last"], request.user)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(page_of(period))

    def reckon(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the figures made anew, of what is known now."""
        _need(request, MAKE)
        period = get_object_or_404(Period, pk=pk)
        try:
            making.ask(period)
            messages.info(request, _("It is being reckoned: reload the page in a moment."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(page_of(period))

    def change_last(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it another last day, while it is open."""
        _need(request, MAKE)
        period = get_object_or_404(Period, pk=pk)
        form = LastForm(request.POST)
        try:
            if not form.is_valid():
                raise Conflict(_("Enter the last day."))
            making.change_last(period, form.cleaned_data["last"])
            messages.success(request, _("Its last day is changed, and it is being reckoned."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(page_of(period))

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it with the figures that the page showed."""
        _need(request, CLOSE)
        period = get_object_or_404(Period, pk=pk)
        try:
            closing.close(period, request.user, row_key(request.POST.get("run")))
            messages.success(request, _("It is closed. Somebody else pays it and writes the bank's numbers here."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(page_of(period))

    def paid(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark pay-outs as paid from a pasted list; what could not be marked stays in the box."""
        _need(request, PAY)
        period = get_object_or_404(Period, pk=pk)
        rows = closing.pay_many(period, request.POST.get("list", ""), request.user)
        faulty = [row for row in rows if row.fault]
        if done := len(rows) - len(faulty):
            text = ngettext("%(count)d pay-out is marked as paid.", "%(count)d pay-outs are marked as paid.", done)
            messages.success(request, text % {"count": done})
        if not faulty:
            return HttpResponseRedirect(page_of(period))
        return self._page(request, period, faulty)

    def page(self, request: HttpRequest, period: Period) -> HttpResponse:
        """The people of a period, its totals, and what is to be done with it."""
        return self._page(request, period, [])

    def _page(self, request: HttpRequest, period: Period, faulty: list[closing.Paid]) -> HttpResponse:
        statements = period.statements.order_by("-total", "id")
        context = {
            **self.admin_site.each_context(request),
            **self.beside_context(request, period),
            "opts": self.opts,
            "title": str(period),
            "period": period,
            "state": self.state_badge(period),
            "page": Paginator(statements.with_names(), PAGE).get_page(request.GET.get("p")),
            "sums": _sums(statements),
            "may_make": period.is_open and request.user.has_perm(MAKE),
            "last_form": LastForm(initial={"last": period.last}),
            "may_close": period.is_open and request.user.has_perm(CLOSE),
            "is_mine": period.closed_by_id == request.user.pk,
            "may_pay": not period.is_open and request.user.has_perm(PAY) and period.closed_by_id != request.user.pk,
            "faulty": faulty,
        }
        return render(request, "admin/payout_period.html", context)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, period: Period) -> SafeString:
        if not period.is_open:
            return badge(period.state_label, "green")
        return badge(period.state_label, TONES[period.is_over and period.computed_at is not None])

    @admin.display(description=gettext_lazy("people"))
    def shown_people(self, period: Period) -> SafeString:
        return _number(str(period.people))

    @admin.display(description=gettext_lazy("commission"))
    def shown_earned(self, period: Period) -> SafeString:
        return _number(yuan(period.earned, "¥"))

    @admin.display(description=gettext_lazy("returns of earlier orders"))
    def shown_corrected(self, period: Period) -> SafeString:
        return _number(yuan(period.corrected, "¥"))

    @admin.display(description=gettext_lazy("to pay"))
    def shown_payable(self, period: Period) -> SafeString:
        return _number(yuan(period.payable, "¥"))

    @admin.display(description=gettext_lazy("closed"))
    def by(self, period: Period) -> SafeString:
        return format_html("{} {}", period.closed_by or "–", ago(period.closed_at) if period.closed_at else "")


def page_of(period: Period) -> str:
    return reverse("admin:payouts_period_change", args=[period.pk])


def _need(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _number(text: str) -> SafeString:
    return format_html('<span class="amount">{}</span>', text)


def _sums(statements: QuerySet) -> dict[str, int]:
    names = ("base", "earned", "corrected", "carried_in", "total", "payable", "carried_out")
    sums = statements.order_by().aggregate(
        **{f"sum_{name}": Sum(name) for name in names},
        sum_paid=Sum("payable", filter=Q(paid_at__isnull=False)),
        sum_unpaid=Sum("payable", filter=Q(paid_at=None)),
    )
    return {name.removeprefix("sum_"): amount or 0 for name, amount in sums.items()}
