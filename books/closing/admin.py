"""Pages of the daily close: the days, one day with its rows, and a month."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Case, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console.lists import state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge
from orders.funds.models.flow import FlowKind

from . import figures, months, pages
from .checking import check, day_of
from .deciding import why_not
from .models import Close, CloseRow
from .scope import after_the_close

State = CloseRow.State
ROWS, SHOWN = 50, 20  # rows on a page; movements after the close
TONES: dict[str, str] = {State.OPEN: "red", State.LATER: "blue", State.ACCEPTED: "green", State.HEALED: "grey"}
AMOUNTS = ("paid", "refunded", "fees", "withdrawn", "net", "closing")


def states() -> dict[str, tuple[Any, Q]]:
    over = Q(state=Close.State.OPEN, day__lt=timezone.localdate())
    return {
        "due": (pgettext_lazy("daily close", "To close"), over),
        "unexplained": (gettext_lazy("Unexplained"), over & Q(open_count__gt=0)),
        "closed": (Close.State.CLOSED.label, Q(state=Close.State.CLOSED)),
    }


class BeginForm(forms.ModelForm):
    class Meta:
        model = Close
        fields = ["day"]
        help_texts = {
            "day": gettext_lazy("The books begin with this day; each later day is closed after the one before.")
        }

    def clean_day(self) -> Any:
        day, first = self.cleaned_data["day"], Close.objects.order_by("day").first()
        if first is not None:
            raise forms.ValidationError(
                _("The books begin on %(day)s; later days come by themselves.") % {"day": first}
            )
        if day >= timezone.localdate():
            raise forms.ValidationError(_("A day that is over."))
        if day < timezone.localdate() - timedelta(days=400):
            raise forms.ValidationError(_("At most 400 days ago."))
        return day


def amount(name: str, label: Any) -> Any:
    """A column of the list: the movements of one kind, or a figure by its name."""

    @admin.display(description=label)
    def column(self: Any, close: Close) -> SafeString:
        lines = close.figures.get("lines") or {}
        value = lines[name][3] if name in lines else close.figures.get(name)
        return format_html('<span class="amount">{}</span>', "–" if value is None else yuan(value, "¥"))

    return column


@admin.register(Close)
class CloseAdmin(pages.DecidingPages, months.MonthPages, OperationAdmin):
    """Days of the books. What does not add up is explained on a day's page, and then the day is closed."""

    menu = ("money", 25)
    guide = "closing"
    form = BeginForm
    change_form_template = "admin/close.html"
    change_list_template = "admin/closes.html"
    empty_text = gettext_lazy(
        "Begin the books with their first day: orders, movements and withdrawals are compared for it."
    )
    day_column = "day"
    list_display = ["day", "shown_state", "unexplained", *AMOUNTS, "checked"]
    list_filter = ["state"]
    sortable_by = ()
    in_global_search = False
    paid = amount(FlowKind.PAYMENT, gettext_lazy("paid"))
    refunded = amount(FlowKind.REFUND, gettext_lazy("refunded"))
    fees = amount(FlowKind.FEE, gettext_lazy("fees"))
    withdrawn = amount(FlowKind.WITHDRAWAL, gettext_lazy("withdrawn"))
    net = amount("net", gettext_lazy("net"))
    closing = amount("closing", gettext_lazy("balance after"))

    @property
    def chips(self) -> list[tuple[Any, str, Q]]:  # type: ignore[override]  # they depend on the day
        return [(label, f"state={name}", where) for name, (label, where) in states().items()]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*super().get_list_filter(request)[:-1], state_filter(states())]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only to begin the books, as the form says."""
        return self.may_close(request)

    def has_change_permission(self, request: HttpRequest, obj: Close | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Close | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Close, form: forms.ModelForm, change: bool) -> None:
        made = check(day_of(obj.day))
        obj.pk, obj._state.adding = made.pk, False

    def get_fields(self, request: HttpRequest, obj: Close | None = None) -> Any:
        return [] if obj else ["day"]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if obj is not None:
            context |= self._day(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _day(self, request: HttpRequest, close: Close) -> dict[str, Any]:
        waits = Case(When(state=State.OPEN, then=Value(0)), When(state=State.LATER, then=Value(1)), default=Value(2))
        rows = close.rows.select_related("flow", "decided_by").prefetch_related("record", "partner")
        page = Paginator(rows.order_by(waits, "id"), ROWS)
        shown = page.get_page(request.GET.get("p"))
        for row in shown:
            row.close = close
        after = after_the_close(close).select_related("taken__close").order_by("booked_at", "pk")
        return {
            "figures": close.figures,
            "lines": figures.lines(close.figures),
            "rows": shown,
            "tones": TONES,
            "closings": close.closings.select_related("by"),
            "after": list(after[:SHOWN]),
            "why_not": why_not(close),
            "may_decide": self.may_close(request),
            "decides": self.may_close(request) and not close.is_closed and close.rows.active().exists(),
            "flow_days": reverse("admin:funds_flowday_changelist"),
            "month": f"{close.day:%Y-%m}",
        }

    def state_badge(self, obj: Close) -> SafeString:
        return self.shown_state(obj)

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, close: Close) -> SafeString:
        if close.is_closed:
            return badge(close.state_label, "green")
        return badge(close.state_label, "grey" if not close.is_over else "red" if close.open_count else "amber")

    @admin.display(description=gettext_lazy("unexplained"))
    def unexplained(self, close: Close) -> str:
        return str(close.open_count or "") if close.checked_at else "–"

    @admin.display(description=gettext_lazy("checked"))
    def checked(self, close: Close) -> SafeString:
        return ago(close.checked_at)
