from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console.alerts.kinds import address_of, kinds, seen_by, sentence_of, title_of
from console.lists import PageAdmin, state_filter
from console.models import Alert
from console.templatetags.console import ago, badge

State = Alert.State
TONES = {State.OPEN: "red", State.ACKNOWLEDGED: "amber", State.ENDED: "green"}
STATES = {state.value: (state.label, Q(state=state)) for state in State}


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(name, kinds[name].title) for name in seen_by(request.user.has_perm)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(PageAdmin):
    """What needs somebody, of the kinds that this person may see: what is open first, what is over last."""

    menu = ("settings", 63)
    guide = "alerts"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "opened_at"
    empty_text = gettext_lazy("What needs somebody stands here until its cause is gone. All is well.")
    list_display = ["title", "sentence", "state_badge", "opened", "acknowledger", "press"]
    list_filter = [state_filter(STATES), KindFilter]
    list_select_related = ["acknowledged_by"]
    sortable_by = ()
    actions = ["acknowledge_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(kind__in=seen_by(request.user.has_perm))

    def get_ordering(self, request: HttpRequest) -> Any:
        return [F("ended_at").desc(nulls_first=True), "-state", "-id"]

    def get_urls(self) -> list[Any]:
        press = self.admin_site.admin_view(require_POST(self.acknowledge))
        return [path("<int:pk>/acknowledge/", press, name="console_alert_acknowledge"), *super().get_urls()]

    @admin.display(description=gettext_lazy("alert"))
    def title(self, row: Alert) -> str:
        return title_of(row)

    @admin.display(description=gettext_lazy("what it is about"))
    def sentence(self, row: Alert) -> str:
        return format_html('<a href="{}">{}</a>', address_of(row), sentence_of(row)) if address_of(row) else ""

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, row: Alert) -> str:
        return badge(row.get_state_display(), TONES[State(row.state)])

    @admin.display(description=gettext_lazy("since"))
    def opened(self, row: Alert) -> str:
        return ago(row.opened_at)

    @admin.display(description=gettext_lazy("acknowledged by"))
    def acknowledger(self, row: Alert) -> str:
        return str(row.acknowledged_by or "")

    @admin.display(description="")
    def press(self, row: Alert) -> str:
        """A button in the list's own form, for the address of one row."""
        if row.state != State.OPEN:
            return ""
        url = reverse("admin:console_alert_acknowledge", args=[row.pk])
        return format_html('<button class="button small" formaction="{}">{}</button>', url, _("Acknowledge"))

    def get_list_display(self, request: HttpRequest) -> Any:
        """The buttons are for who may press them, and stand in no download."""
        is_file = request.path.endswith("/download/")
        left_out = "press" if is_file or not self.has_acknowledge_permission(request) else ""
        return [name for name in super().get_list_display(request) if name != left_out]

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("console.acknowledge_alert")

    @admin.action(description=gettext_lazy("Acknowledge"), permissions=["acknowledge"])
    def acknowledge_chosen(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._acknowledge(request, queryset)

    def acknowledge(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_acknowledge_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        self._acknowledge(request, Alert.objects.filter(pk=row.pk))
        return HttpResponseRedirect(reverse("admin:console_alert_changelist"))

    def _acknowledge(self, request: HttpRequest, rows: QuerySet) -> None:
        if Alert.objects.filter(pk__in=rows.order_by().values("pk")).acknowledge(request.user):
            messages.success(request, _("Acknowledged: nobody is reminded of it any more."))

    def page(self, request: HttpRequest, row: Alert) -> HttpResponse:
        """What it is about, who has seen it, and who was told."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title_of(row),
            "row": row,
            "sentence": sentence_of(row),
            "address": address_of(row),
            "state": self.state_badge(row),
            "deliveries": row.deliveries.select_related("channel").order_by("id"),
            "may_acknowledge": row.state == State.OPEN and self.has_acknowledge_permission(request),
        }
        return render(request, "admin/alert.html", context)
