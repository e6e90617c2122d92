from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.models import SPUPicture
from console import timeline
from console.admin.pulled import pulled_lists
from console.edits import save_traced
from console.list_filters import amount_filter, choice_filter
from console.lists import cut, state_filter
from console.money import yuan
from console.search_index import find
from console.words import retold
from orders.models import Order
from wechat.steps.operations import Operation

from .. import operations
from ..approval import WAITS_FOR_SECOND
from ..deadlines import CLOCKS
from ..forms import ADDRESS, AftersaleForm, RefusalForm, ReturnAddressForm
from ..lateness import late_push
from ..models import Aftersale, ECStatus, Family, Kind, SavedReply
from ..models.aftersale import EXPECTED, OPEN, OURS, ClaimChange
from ..snapshots import moved
from .columns import REASONS, AftersaleColumns
from .returns import ReturnPages

STATES = {
    "ours": (gettext_lazy("Wait for us"), OURS),
    "to-approve": (gettext_lazy("To approve"), OURS & WAITS_FOR_SECOND),
    "open": (gettext_lazy("Open"), OPEN),
    "refused": (
        gettext_lazy("Refused by us"),
        Q(family=Family.EC, status__in=(ECStatus.REFUND_REFUSED, ECStatus.RETURN_REFUSED)),
    ),
    "coming-back": (gettext_lazy("Coming back"), EXPECTED),
    "received": (gettext_lazy("Goods received"), Q(received_at__isnull=False)),
    "paid-back": (gettext_lazy("Paid back"), Q(status__in=(ECStatus.REFUNDED, ECStatus.RETURNED))),
}
AT_ONCE = (
    operations.accept_refund,
    operations.confirm_goods,
    operations.cancel_claim,
    operations.open_claim,
    operations.record_claim,
)


@admin.register(Aftersale)
class AftersaleAdmin(ReturnPages, AftersaleColumns):
    """The list and page for customer service; the most urgent after-sales are first."""

    menu = ("aftersales", 10)
    technical = ["aftersale_id", "out_aftersale_id", "refund_id", "moved_at", "read_at"]
    decisions = [operations.accept_refund, operations.accept_return, operations.confirm_goods]
    bulk_forms = {operations.reject_claim: RefusalForm, operations.accept_return: ReturnAddressForm}
    operations = [
        operations.accept_refund,
        operations.accept_return,
        operations.confirm_goods,
        operations.reject_claim,
        operations.upload_certificates,
        operations.record_claim,
        operations.tell_claim,
        operations.open_claim,
        operations.cancel_claim,
        operations.refresh_claim,
    ]
    money_column = "orderamt"
    form = AftersaleForm
    change_form_template, change_list_template = "admin/aftersale.html", "admin/aftersales.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "created_at"
    empty_text = gettext_lazy("After-sales come from buyers; WeChat sends a message for each. Pull those from before.")
    list_display = ["number", "state", "time_left", "goods", "kind", "amount", "coming_back", "words"]
    list_display_links = ["number"]
    list_filter = [
        state_filter(STATES),
        choice_filter("type", gettext_lazy("kind"), dict(Kind.choices)),
        choice_filter("refund_reason_type", gettext_lazy("reason"), REASONS),
        amount_filter("orderamt", gettext_lazy("amount")),
    ]
    search_fields = ["out_aftersale_id"]
    search_help_text = gettext_lazy(
        "After-sale number, also a part; aftersale_id, order number or the waybill of a return in full."
    )
    sortable_by = ()

    class Media:
        js = ["console/clock.js"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("deadline_at").asc(nulls_last=True), "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        aftersales = super().get_queryset(request).select_related("order", "line")
        return aftersales.annotate(picture=Subquery(SPUPicture.objects.heads(spu__skus=OuterRef("line__sku"))))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        aftersales = Aftersale.objects.order_by().values("pk")
        orders = Order.objects.order_by().filter(out_order_id=term).values("pk")
        matches = [
            aftersales.filter(out_aftersale_id=term),
            aftersales.filter(order__in=orders),
            aftersales.filter(EXPECTED, return_info__waybill_id=term),
        ]
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            matches.append(aftersales.filter(aftersale_id=int(term)))
        whole = list(matches[0].union(*matches[1:]).values_list("pk", flat=True))
        return queryset.filter(pk__in=whole or cut(request, find("aftersale", term))), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["shown_order", "shown_goods", "kind", "amount", "most", "reason", "pictures", "shown_return"]
        ours = ["reject_reason", "refund_desc", "certificates"]
        first = [(gettext_lazy("The after-sale"), {"fields": shown})]
        if obj is None or obj.is_ec:
            address = [f"address_{name}" for name in ADDRESS] if self.has_change_permission(request, obj) else []
            return [
                *first,
                (gettext_lazy("Ours"), {"fields": ours}),
                *([(gettext_lazy("Where the goods come back to"), {"fields": address})] if address else []),
            ]
        return [*first, (gettext_lazy("Ours"), {"fields": ["status", "shown_status", *ours]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["shown_order", "shown_goods", "kind", "amount", "most", "reason", "pictures", "shown_return"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of the return address are created by the form, so Django must not look for them on the model.
        kwargs["fields"] = ["reject_reason", "refund_desc", "certificates"]
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # Only the form's columns: WeChat's values and the refunded amounts may have changed meanwhile.
        obj.save(update_fields=["reject_reason", "refund_desc", "return_address"])
        status = form.cleaned_data.get("status")
        if obj.is_ec or status in (None, "", obj.status):
            return
        was, now = obj.status, timezone.now()
        if Aftersale.objects.filter(pk=obj.pk, status=was).update(status=status, moved_at=now):
            obj.status, obj.moved_at = status, now
            moved(Aftersale.objects.get(pk=obj.pk), was)

    def _button(self, request: HttpRequest, op: Operation, obj: Any) -> dict[str, Any]:
        # Operations that need nothing from the form are buttons at the top of the page, and do not save.
        button = super()._button(request, op, obj)
        if op is operations.reject_claim:  # it stands beside the main button, with its reason
            return button | {"allowed": False}
        return button | {"saves": False} if op in AT_ONCE else button

    def get_urls(self) -> list[Any]:
        refuse = self.admin_site.admin_view(require_POST(self.refuse))
        return [path("<int:pk>/refuse/", refuse, name="aftersales_aftersale_refuse"), *super().get_urls()]

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep the reason, and refuse the after-sale."""
        if not self.may(request, operations.reject_claim):
            raise PermissionDenied
        aftersale = get_object_or_404(self.get_queryset(request), pk=pk)
        reason = request.POST.get("reject_reason", "").strip()[:300]
        if operations.reject_claim.is_allowed(aftersale) and reason:
            save_traced(aftersale, reject_reason=reason)
        return self.run(request, operations.reject_claim, aftersale)

    def title_of(self, obj: Any) -> str:
        """The buyer's reason, the goods and the amount."""
        words = obj.refund_reason or str(REASONS.get(obj.refund_reason_type, ""))
        return " · ".join(part for part in (words, obj.goods_label, yuan(obj.orderamt, "¥")) if part)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["aftersales"])
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
            clock = CLOCKS.get(obj.status) if obj.is_ec else None
            context |= {
                "clock": clock,
                "versions": list(obj.versions.all()),
                "late_push": late_push(obj),
                "is_closed_by_wechat": obj.is_ec and obj.status == ECStatus.RETRY_FAILED,
                "may_refuse": self.may(request, operations.reject_claim) and operations.reject_claim.is_allowed(obj),
                "refuse_question": operations.reject_claim.confirm,
                "replies": SavedReply.objects.fitting(SavedReply.Use.AFTERSALE),
                "may_receive": self.has_receive_permission(request),
                "decides": operations.confirm_goods.label if operations.confirm_goods.is_allowed(obj) else "",
                "order_lines": list(obj.order.lines.with_pictures()),
                "open_disputes": list(obj.disputes.all()),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj: Any, span: timeline.Span) -> list[timeline.Entry]:
        return [_changed(obj, change) for change in span.cut(obj.changes.all())]

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)


def _changed(aftersale: Aftersale, change: ClaimChange) -> timeline.Entry:
    """A change of its state; or of what it says, which the note tells alone."""
    entry, note = timeline.moved(change, partial(_label, aftersale)), retold(change.note)
    return entry._replace(text=note) if change.was != change.status else entry._replace(title=note, code="changed")


def _label(aftersale: Aftersale, status: int | None) -> str:
    return Aftersale(family=aftersale.family, status=status).state_label
