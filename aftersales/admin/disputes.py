from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import files
from console.admin.pulled import pulled_lists
from console.links import record_link
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge, left
from wechat.masking import mask

from .. import operations, pack
from ..forms import DisputeForm
from ..models import Aftersale, Dispute

files.show_to("aftersales.view_aftersale", lambda image: Aftersale.objects.filter(certificates=image).exists())
files.show_to("aftersales.view_dispute", lambda image: Dispute.objects.filter(evidence_images=image).exists())


@admin.register(Dispute)
class DisputeAdmin(OperationAdmin):
    """After-sales before the platform: its own words, our evidence."""

    empty_text = gettext_lazy(
        "When a buyer calls in WeChat, the dispute appears here with its clock. Pull those from before."
    )
    menu = ("aftersales", 20)
    operations = [operations.hand_in_evidence, operations.refresh_dispute]
    form = DisputeForm
    change_form_template, change_list_template = "admin/dispute.html", "admin/pulled.html"
    day_column = "opened_at"
    list_display = ["number", "state", "time_left", "shown_aftersale", "order_number", "opened"]
    list_display_links = ["number"]
    search_fields = ["=complaint_order_id"]
    fieldsets = [
        (gettext_lazy("The dispute"), {"fields": ["shown_aftersale", "order_number", "judged", "phone", "opened"]}),
        (gettext_lazy("Our evidence"), {"fields": ["evidence_text", "evidence_images"]}),
    ]
    readonly_fields = ["shown_aftersale", "order_number", "judged", "phone", "opened"]

    class Media:
        js = ["console/clock.js"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["-expired_at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("aftersale", "order")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/pack.html", wrap(self.pack), name="aftersales_dispute_pack"), *super().get_urls()]

    def pack(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Download the evidence pack: timeline, waybills and pictures in one file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        dispute = get_object_or_404(self.get_queryset(request), pk=pk)
        headers = {"Content-Disposition": f'attachment; filename="dispute-{dispute.complaint_order_id}.html"'}
        return HttpResponse(pack.page(dispute), headers=headers)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["disputes"])
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= {"evidence": list(obj.evidence.all()), "is_running": obj.may_hand_in}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)

    @admin.display(description=gettext_lazy("dispute"))
    def number(self, dispute: Dispute) -> str:
        return format_html("<code>{}</code>", dispute.complaint_order_id)

    @admin.display(description=gettext_lazy("state"))
    def state(self, dispute: Dispute) -> str:
        running = dispute.expired_at and dispute.may_hand_in
        return badge(dispute.state_label, "amber" if running else "grey")

    @admin.display(description=gettext_lazy("time left"))
    def time_left(self, dispute: Dispute) -> str:
        if not dispute.expired_at or not dispute.may_hand_in:
            return "–"
        seconds = (dispute.expired_at - timezone.now()).total_seconds()
        return format_html(
            '<time class="clock" data-until="{}">{}</time>', dispute.expired_at.isoformat(), left(seconds)
        )

    @admin.display(description=gettext_lazy("after-sale"))
    def shown_aftersale(self, dispute: Dispute) -> str:
        return record_link(dispute.aftersale)

    @admin.display(description=gettext_lazy("order"))
    def order_number(self, dispute: Dispute) -> str:
        return record_link(dispute.order)

    @admin.display(description=gettext_lazy("judgement"))
    def judged(self, dispute: Dispute) -> str:
        return str(dispute.judge_result) if dispute.judge_result else _("none yet")

    @admin.display(description=gettext_lazy("buyer's phone"))
    def phone(self, dispute: Dispute) -> str:
        return mask(dispute.phone_number) if dispute.phone_number else "–"

    @admin.display(description=gettext_lazy("opened"))
    def opened(self, dispute: Dispute) -> str:
        return ago(dispute.opened_at)
