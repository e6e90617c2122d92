from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from console.lists import state_filter
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge, clock
from orders.models import Order
from wechat.masking import mask

from ..complaints import mark_answered, take_back
from ..models import Complaint, SavedReply
from ..models.dispute import LATE, UNANSWERED

STATES = {
    "open": (gettext_lazy("To answer"), UNANSWERED),
    "late": (gettext_lazy("Answer late"), LATE),
    "answered": (gettext_lazy("Answered"), Q(answered_at__isnull=False)),
}
SHOWN = ("number", "words", "kind", "about", "phone", "shown", "received", "due_at")
LONGEST = 2000


@admin.register(Complaint)
class ComplaintAdmin(OperationAdmin):
    """Complaints about the shop, as received in WeChat's messages; people mark which are answered."""

    empty_text = gettext_lazy("Complaints of buyers to WeChat appear here when WeChat tells of them.")
    menu = ("aftersales", 30)
    change_form_template = "admin/complaint.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "received_at"
    list_display = ["number", "state", "time_left", "words", "kind", "about", "received"]
    list_display_links = ["number"]
    list_filter = [state_filter(STATES)]
    search_fields = ["=complaint_order_id"]
    sortable_by = ()
    actions = ["mark_answered"]
    fields = readonly_fields = SHOWN

    class Media:
        js = ["console/clock.js"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("answered_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the order that each is about, found by the payment's number in the message."""
        orders = Order.objects.filter(out_order_id=OuterRef("trade_no")).order_by().values("pk")[:1]
        complaints = super().get_queryset(request).select_related("answered_by")
        return complaints.annotate(trade_no=KT("told__out_trade_no"), order_pk=Subquery(orders))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("aftersales.change_complaint")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/answer/", wrap(require_POST(self.answer)), name="aftersales_complaint_answer"),
            *super().get_urls(),
        ]

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what was answered on WeChat's pages, or take the mark back."""
        if not self.has_answer_permission(request):
            raise PermissionDenied
        complaint = get_object_or_404(Complaint, pk=pk)
        text = request.POST.get("answer", "").strip()
        if "undo" in request.POST:
            take_back(complaint)
        elif len(text) > LONGEST:
            messages.error(request, _("At most %(most)d characters.") % {"most": LONGEST})
        elif mark_answered(complaint, text):
            messages.success(request, _("Marked as answered."))
        return HttpResponseRedirect(reverse("admin:aftersales_complaint_change", args=[pk]))

    @admin.action(description=gettext_lazy("Mark as answered"), permissions=["answer"])
    def mark_answered(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = sum(mark_answered(complaint) for complaint in queryset.filter(UNANSWERED))
        text = ngettext("%(count)d message is answered.", "%(count)d messages are answered.", count)
        messages.success(request, text % {"count": count})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context |= {
            "may_answer": self.has_answer_permission(request),
            "replies": SavedReply.objects.fitting(SavedReply.Use.COMPLAINT),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)

    def title_of(self, obj: Any) -> str:
        return obj.content[:60]

    @admin.display(description=gettext_lazy("complaint"))
    def number(self, complaint: Complaint) -> str:
        return format_html("<code>{}</code>", complaint.complaint_order_id)

    @admin.display(description=gettext_lazy("state"))
    def state(self, complaint: Complaint) -> str:
        tone = "green" if complaint.answered_at else "red" if complaint.is_late else "amber"
        return badge(complaint.state_label, tone)

    @admin.display(description=gettext_lazy("time left"))
    def time_left(self, complaint: Complaint) -> str:
        return clock(complaint.due_at) if complaint.due_at and not complaint.answered_at else "–"

    @admin.display(description=gettext_lazy("buyer's words"))
    def words(self, complaint: Complaint) -> str:
        return complaint.content[:200] or "–"

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, complaint: Complaint) -> str:
        return f"{complaint.type} · {complaint.status}"

    @admin.display(description=gettext_lazy("order"))
    def about(self, complaint: Complaint) -> str:
        number, pk = complaint.told.get("out_trade_no") or "–", getattr(complaint, "order_pk", None)
        url = reverse("admin:orders_order_change", args=[pk]) if pk else ""
        return format_html('<a href="{}">{}</a>', url, number) if url else number

    @admin.display(description=gettext_lazy("buyer's phone"))
    def phone(self, complaint: Complaint) -> str:
        return mask(complaint.phone_number) if complaint.phone_number else "–"

    @admin.display(description=gettext_lazy("the message"))
    def shown(self, complaint: Complaint) -> str:
        lines = "\n".join(f"{name}: {value}" for name, value in complaint.told.items())
        return format_html('<pre class="body">{}</pre>', lines)

    @admin.display(description=gettext_lazy("received"))
    def received(self, complaint: Complaint) -> str:
        return ago(complaint.received_at)
