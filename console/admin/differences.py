from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from console import jobs
from console.bulk_forms import BulkForm
from console.confirming import Confirmation
from console.list_filters import text_filter
from console.lists import ReadOnlyAdmin, state_filter
from console.models import Difference
from console.money import yuan
from console.outcomes import progress
from console.reconciling import resolving
from console.reconciling.sources import seen_by, sources, title_of
from console.templatetags.console import ago, badge
from console.timeline import Entry, Span
from console.timeline_admin import TimelineAdmin
from wechat.steps.errors import Conflict

from .compared_kinds import KindFilter

State, Outlook = Difference.State, Difference.Outlook
STATES = {
    "open": (pgettext_lazy("difference", "Open"), Q(state=State.OPEN)),
    "open-money": (gettext_lazy("Open, with money in it"), Q(state=State.OPEN, amount_fen__gt=0)),
    "known": (gettext_lazy("Known"), Q(state=State.KNOWN)),
    "taken": (gettext_lazy("WeChat's taken"), Q(state=State.TAKEN)),
    "by-read": (gettext_lazy("Taken by a read"), Q(state=State.TAKEN, by_read=True)),
    "pushed": (gettext_lazy("Ours pushed"), Q(state=State.PUSHED)),
    "healed": (gettext_lazy("Healed by itself"), Q(state=State.HEALED)),
}
TONES = {State.OPEN: "red", State.KNOWN: "grey", State.TAKEN: "green", State.PUSHED: "green", State.HEALED: "blue"}
OUTLOOKS = {Outlook.STEP: "blue", Outlook.FORWARD: "blue", Outlook.YOUNG: "grey", Outlook.STAYS: "amber"}
QUESTIONS = {
    "take": gettext_lazy("What the console has there is replaced."),
    "push": gettext_lazy("What WeChat has there is replaced; what it reviews goes into review."),
    "know": gettext_lazy("Both sides stay as they are; found with the same values again, it stays known."),
}
LABELS = {
    "take": gettext_lazy("Take WeChat's"),
    "push": gettext_lazy("Push ours"),
    "know": gettext_lazy("Known, because …"),
}


class BecauseForm(BulkForm):
    """Why the chosen differences may stay."""

    columns = ("because",)
    because = forms.CharField(label=gettext_lazy("because"), max_length=300, widget=forms.TextInput(attrs={"size": 60}))


@admin.register(Difference)
class DifferenceAdmin(TimelineAdmin, ReadOnlyAdmin):
    """Where the console and WeChat do not say the same: resolved one by one, or many at once."""

    menu = ("money", 85)
    guide = "reconciliation"
    empty_text = gettext_lazy(
        "Orders, money, after-sales, products and more are compared with WeChat all the time; what differs stands here "
        "until it heals or somebody resolves it. Nothing differs."
    )
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "found_at"
    money_column = "amount_fen"
    list_display = [
        "where",
        "kind_label",
        "number",
        "mine",
        "wechats",
        "money",
        "outlook_badge",
        "state_badge",
        "found",
    ]
    list_filter = [
        state_filter(STATES),
        KindFilter,
        text_filter("key", gettext_lazy("number")),
    ]
    sortable_by = ()
    actions = ["take_wechats", "push_ours", "mark_known"]
    change_form_template = "admin/difference.html"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(source__in=seen_by(request.user.has_perm))

    def get_urls(self) -> list[Any]:
        resolve = self.admin_site.admin_view(require_POST(self.resolve_one))
        return [path("<int:pk>/resolve/", resolve, name="console_difference_resolve"), *super().get_urls()]

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("console.resolve_difference")

    @admin.action(description=LABELS["take"], permissions=["resolve"])
    def take_wechats(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._act(request, queryset, "take")

    @admin.action(description=LABELS["push"], permissions=["resolve"])
    def push_ours(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._act(request, queryset, "push")

    @admin.action(description=LABELS["know"], permissions=["resolve"])
    def mark_known(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self._act(request, queryset, "know")

    def _act(self, request: HttpRequest, queryset: QuerySet, way: str) -> HttpResponse | None:
        rows = queryset.select_related("push_job").prefetch_related("record")
        form = BecauseForm if way == "know" else None
        asked = Confirmation(
            self,
            request,
            rows,
            LABELS[way],
            question=QUESTIONS[way],
            why_not=lambda row: resolving.why_not(row, way, request.user.has_perm),
            form=form,
        )
        if not asked.is_given:
            return asked.page()
        because = asked.form.cleaned_data["because"] if asked.form else ""
        return self._resolve(request, asked.rows[: resolving.MOST], way, because)

    def resolve_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One difference, with a button of its page."""
        if not self.has_resolve_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        way, back = request.POST.get("way", ""), HttpResponseRedirect(self._url("change", row))
        if way not in resolving.WAYS:
            return back
        if why := resolving.why_not(row, way, request.user.has_perm):
            messages.error(request, why)
            return back
        try:
            return self._resolve(request, [row], way, request.POST.get("because", "")) or back
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return back

    def _resolve(self, request: HttpRequest, rows: Iterable[Difference], way: str, because: str) -> HttpResponse | None:
        resolved = resolving.resolve(rows, way, request.user.has_perm, because)
        for job in resolved.jobs:
            jobs.wait(job)
        resolving.close_pushed()
        if resolved.done:
            text = ngettext("%d difference resolved.", "%d differences resolved.", resolved.done)
            if way == "push":
                text = ngettext("Ours is sent for %d difference.", "Ours is sent for %d differences.", resolved.done)
            messages.success(request, text % resolved.done)
        if resolved.left:
            text = ngettext(
                "%d is left: it has changed meanwhile, or needs a second person.",
                "%d are left: they have changed meanwhile, or need a second person.",
                resolved.left,
            )
            messages.warning(request, text % resolved.left)
        open_jobs = [job for job in resolved.jobs if job.finished_at is None]
        return progress(open_jobs[0]) if open_jobs else None

    @admin.display(description=gettext_lazy("difference"))
    def where(self, row: Difference) -> str:
        source = sources.get(row.source)
        return source.label(row.field) if source else row.field

    @admin.display(description=gettext_lazy("kind"))
    def kind_label(self, row: Difference) -> str:
        return title_of(row.kind)

    @admin.display(description=gettext_lazy("record"))
    def number(self, row: Difference) -> str:
        source = sources.get(row.source)
        url = source.url(row) if source and row.object_id else ""
        return format_html('<a href="{}">{}</a>', url, row.key) if url else row.key

    @admin.display(description=gettext_lazy("ours"))
    def mine(self, row: Difference) -> str:
        return self._value(row, row.ours)

    @admin.display(description=gettext_lazy("WeChat's"))
    def wechats(self, row: Difference) -> str:
        return self._value(row, row.theirs)

    @staticmethod
    def _value(row: Difference, value: Any) -> str:
        source = sources.get(row.source)
        return source.shown(row.field, value) if source else str(value)

    @admin.display(description=gettext_lazy("money in it"))
    def money(self, row: Difference) -> str:
        return format_html('<span class="amount">{}</span>', yuan(row.amount_fen, "¥") if row.amount_fen else "–")

    @admin.display(description=gettext_lazy("heals by itself"))
    def outlook_badge(self, row: Difference) -> str:
        if not row.is_open:
            return ""
        return badge(row.get_outlook_display(), OUTLOOKS.get(Outlook(row.outlook), "grey"))

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, row: Difference) -> str:
        return badge(_("Taken by a read") if row.by_read else row.state_label, TONES.get(State(row.state), "grey"))

    @admin.display(description=gettext_lazy("since"))
    def found(self, row: Difference) -> str:
        return ago(row.found_at)

    def title_of(self, obj: Difference) -> str:
        return f"{title_of(obj.kind)} · {self.where(obj)}"

    def timeline(self, obj: Difference, span: Span) -> list[Entry]:
        entries = [Entry(obj.found_at, "review", _("Found in a comparison with WeChat"), code="found")]
        if obj.by_read:
            entries = [Entry(obj.found_at, "review", _("A read changed it, and nobody expected that"), code="by_read")]
        elif obj.resolved_at and obj.state == State.HEALED:
            entries.append(Entry(obj.resolved_at, "review", _("Both sides say the same again"), code="healed"))
        return entries

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        may = self.has_resolve_permission(request)
        ways = [(way, LABELS[way], resolving.why_not(obj, way, request.user.has_perm)) for way in resolving.WAYS]
        context |= self.beside_context(request, obj) | {
            "record_title": self.title_of(obj),
            "state_badge": self.state_badge(obj),
            "outlook": self.outlook_badge(obj),
            "number": self.number(obj),
            "mine": self.mine(obj),
            "wechats": self.wechats(obj),
            "may_resolve": may and obj.state in (State.OPEN, State.KNOWN),
            "ways": ways,
            "questions": QUESTIONS,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)
