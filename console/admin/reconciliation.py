from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from console.lists import ReadOnlyAdmin
from console.models import ReconciliationDay, ReconciliationRun
from console.money import yuan
from console.reconciling import schedule
from console.reconciling.sources import seen_by, seen_kinds, sources, title_of

from .compared_kinds import KindFilter


class CompareForm(forms.Form):
    """What is compared at once: a day, or a month."""

    what = forms.ChoiceField(label=gettext_lazy("what"), required=False)
    day = forms.DateField(label=gettext_lazy("day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    month = forms.CharField(
        label=gettext_lazy("or a month"), required=False, widget=forms.TextInput(attrs={"type": "month"})
    )

    def __init__(self, *args: Any, seen: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [(name, ", ".join(str(title) for title in sources[name].kinds.values())) for name in seen]
        self.fields["what"].choices = [("", gettext_lazy("Everything")), *every]  # type: ignore[attr-defined]

    def clean_month(self) -> date | None:
        text = self.cleaned_data["month"]
        try:
            return date.fromisoformat(f"{text}-01") if text else None
        except ValueError:
            raise forms.ValidationError(_("A month, such as 2026-11.")) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("day")) == bool(data.get("month")):
            raise forms.ValidationError(_("Name a day or a month."))
        if not self.errors:
            schedule.refuse_far(data["day"] or data["month"])
        return data


def _number(text: Any) -> SafeString:
    return format_html('<span class="amount">{}</span>', text)


def _count(name: str) -> Any:
    """A column with one of the day's counts, on the right as figures are."""

    @admin.display(description=getattr(ReconciliationDay._meta.get_field(name), "verbose_name", name))
    def column(self: Any, row: ReconciliationDay) -> SafeString:
        return _number(getattr(row, name))

    return column


COUNTS = {f"{name}_count": name for name in ("compared", "equal", "found", "healed", "resolved")}


@admin.register(ReconciliationDay)
class ReconciliationDayAdmin(ReadOnlyAdmin):
    """The report: what was compared each day, by kind, and what stood open."""

    menu = ("money", 86)
    guide = "reconciliation"
    day_column = "day"
    change_list_template = "admin/reconciliation.html"
    empty_text = gettext_lazy("What is compared with WeChat is counted here, day by day.")
    fields = readonly_fields = ("day", "kind_label", *COUNTS, "still_open", "doubt")
    list_display = list(fields)
    list_display_links = None
    list_filter = [KindFilter]
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        compare = self.admin_site.admin_view(require_POST(self.compare))
        return [path("compare/", compare, name="console_reconciliationday_compare"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(kind__in=seen_kinds(request.user.has_perm))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        runs = ReconciliationRun.objects.filter(source__in=seen_by(request.user.has_perm))
        shown = list(runs.exclude(scope=ReconciliationRun.Scope.RECENT).order_by("-id")[:8])
        context = {
            "compare_form": self._form(request) if request.user.has_perm("console.start_comparison") else None,
            "runs": [(run, _span(run), ", ".join(map(str, sources[run.source].kinds.values()))) for run in shown],
            "is_comparing": any(not run.is_over for run in shown),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Compare a day or a month now."""
        if not request.user.has_perm("console.start_comparison"):
            raise PermissionDenied
        form, back = self._form(request, request.POST), reverse("admin:console_reconciliationday_changelist")
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, " ".join(str(error) for error in errors))
            return HttpResponseRedirect(back)
        data = form.cleaned_data
        chosen = [sources[name] for name in ([data["what"]] if data["what"] else seen_by(request.user.has_perm))]
        if data["day"]:
            started = schedule.start_day(data["day"], chosen, request.user)
        else:
            started = schedule.start_month(data["month"], chosen, request.user)
        text = ngettext(
            "%d comparison began: see “Comparisons”.", "%d comparisons began: see “Comparisons”.", len(started)
        )
        messages.success(request, text % len(started))
        return HttpResponseRedirect(back)

    def _form(self, request: HttpRequest, data: Any = None) -> CompareForm:
        return CompareForm(data, seen=seen_by(request.user.has_perm))

    @admin.display(description=gettext_lazy("kind"))
    def kind_label(self, row: ReconciliationDay) -> str:
        return title_of(row.kind)

    compared_count, equal_count, found_count, healed_count, resolved_count = map(_count, COUNTS.values())

    @admin.display(description=gettext_lazy("open"))
    def still_open(self, row: ReconciliationDay) -> SafeString:
        """With a link to what is open of this kind."""
        if not row.open:
            return _number("0")
        url = f"{reverse('admin:console_difference_changelist')}?state=open&kind={row.kind}"
        return _number(format_html('<a href="{}">{}</a>', url, row.open))

    @admin.display(description=gettext_lazy("money in doubt"))
    def doubt(self, row: ReconciliationDay) -> SafeString:
        return _number(yuan(row.open_fen, "¥") if row.open_fen else "–")


def _span(run: ReconciliationRun) -> str:
    since = timezone.localtime(run.since)
    return f"{since:%Y-%m}" if run.scope == ReconciliationRun.Scope.MONTH else f"{since:%Y-%m-%d}"
