from typing import Any

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console import timeline
from console.admin.pulled import pulled_lists
from console.edits import trace_edit
from console.lists import is_list, state_filter
from console.models import Approval
from console.money import fen, yuan
from console.operation_admin import OperationAdmin
from console.outcomes import run_one
from console.templatetags.console import ago, badge
from wechat.models import Step
from wechat.steps.errors import Asked, Conflict
from wechat.steps.operations import Operation

from .. import operations
from ..models import PaymentOrder, Trade, TradeRefund, TradeSharing
from ..releases import RELEASE
from .two import APPROVE, asking, take_back

UNANSWERED = (Step.State.WANTED, Step.State.SENT, Step.State.UNKNOWN)
PAID = Trade.objects.exclude(paid_at=None).values("payment")
STATES = {
    "to-approve": (
        gettext_lazy("Refund to approve"),
        Q(pk__in=TradeRefund.objects.to_approve().values("trade__payment")),
    ),
    "unpaid": (gettext_lazy("To be paid"), Q(made=True, closed=False) & ~Q(pk__in=PAID)),
    "paid": (gettext_lazy("Paid"), Q(pk__in=PAID)),
    "closed": (gettext_lazy("Closed"), Q(closed=True)),
}


def _number(part: Trade, kind: str) -> str:
    """A number created with the form, so that submitting it twice makes one record; 64 characters at most."""
    return f"{part.trade_no[:32]}-{part.pk}-{kind}{timezone.localtime():%y%m%d%H%M%S%f}"


def _about(refund: TradeRefund) -> str:
    return f"{refund} · {yuan(refund.amount, '¥')}"


def _steps_of(payment: PaymentOrder) -> QuerySet:
    """The steps on its refunds and releases."""
    trades = Trade.objects.filter(payment=payment)
    kinds = {
        TradeRefund: TradeRefund.objects.filter(trade__in=trades),
        TradeSharing: TradeSharing.objects.filter(trade__in=trades),
    }
    wanted = Q(pk=None)
    for model, rows in kinds.items():
        wanted |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=rows.values("pk"))
    return Step.objects.filter(wanted)


def _posted(request: HttpRequest, model: type[TradeRefund | TradeSharing], name: str) -> str:
    """Raises ValidationError."""
    field: Any = model._meta.get_field(name)
    return field.clean(request.POST.get("number", ""), None)


@admin.register(PaymentOrder)
class PaymentOrderAdmin(OperationAdmin):
    """Payments without a component order: made through the API; refunded and released through the API or here."""

    empty_text = gettext_lazy(
        "Payments without an order of the component, made through the API; those made elsewhere are pulled."
    )
    menu = ("money", 50)
    technical = ["combine_trade_no", "trade_nos", "read_at"]
    operations = [operations.close_payment, operations.refresh_payment]
    change_form_template = "admin/payment.html"
    change_list_template = "admin/pulled.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "created_at"
    list_display = ["combine_trade_no", "state", "shown_amount", "buyer", "since"]
    list_filter = [state_filter(STATES)]
    search_fields = ["=combine_trade_no", "=trades__trade_no"]
    sortable_by = ()
    fields = readonly_fields = (
        "combine_trade_no",
        "buyer",
        "shown_amount",
        "expire_at",
        "created_at",
        "read_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        parts = ["trades"] if is_list(request) else ["trades__refunds__asked_by__api_key", "trades__sharings"]
        return super().get_queryset(request).prefetch_related(*parts)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["payments"])
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PaymentOrder | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PaymentOrder | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/refund/<int:trade>/", wrap(require_POST(self.refund)), name="funds_paymentorder_refund"),
            path("<int:pk>/approve/<int:row>/", wrap(require_POST(self.approve)), name="funds_paymentorder_approve"),
            path("<int:pk>/share/<int:trade>/", wrap(require_POST(self.share)), name="funds_paymentorder_share"),
            path("<int:pk>/refund/again/<int:row>/", wrap(require_POST(self.again)), name="funds_paymentorder_again"),
            path(
                "<int:pk>/release/again/<int:row>/",
                wrap(require_POST(self.release_again)),
                name="funds_paymentorder_release_again",
            ),
            *super().get_urls(),
        ]

    def timeline(self, obj: PaymentOrder, span: timeline.Span) -> list[timeline.Entry]:
        refunds = [refund for trade in obj.trades.all() for refund in trade.refunds.all()]
        asked = [asking(refund, _about(refund)) for refund in refunds if refund.needs_second and refund.asked_by_id]
        return [*timeline.of_steps(_steps_of(obj), span), *asked]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        trades, asked = list(obj.trades.all()), {}
        sharings = [sharing.pk for trade in trades for sharing in trade.sharings.all()]
        waiting = Approval.objects.waiting(RELEASE.kind).filter(object_id__in=sharings).select_related("asked_by")
        releases = {approval.object_id: approval for approval in waiting}
        for step in _steps_of(obj).order_by("id"):
            asked[step.content_type_id, step.object_id] = step
        for trade in trades:
            trade.refund_no, trade.profit_sharing_no = _number(trade, "R"), _number(trade, "S")
            for row in [*trade.refunds.all(), *trade.sharings.all()]:
                step = row.last_step = asked.get((ContentType.objects.get_for_model(row).pk, row.pk))
                row.is_asked = step is not None and step.state in UNANSWERED
            for sharing in trade.sharings.all():
                sharing.approval = releases.get(sharing.pk)
        context |= {
            "trades": trades,
            "may_refund": self.may(request, operations.refund_trade),
            "may_approve": request.user.has_perm(APPROVE),
            "may_share": self.may(request, operations.share_trade),
            "share_question": operations.share_trade.confirm,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def refund(self, request: HttpRequest, pk: int, trade: int) -> HttpResponse:
        """Refund an amount of a part of the payment, under the number that came with the form."""
        if not self.may(request, operations.refund_trade):
            raise PermissionDenied
        part = get_object_or_404(Trade.objects.prefetch_related("refunds"), pk=trade, payment=pk)
        try:
            amount = fen(request.POST.get("amount", ""))
            number = _posted(request, TradeRefund, "refund_no")
            row = operations.ask_refund(part.payment, part.trade_no, number, amount, request.user)
            if row.waits_for_second:
                messages.info(request, _("Saved. A second person has to approve it before anything is sent."))
            else:
                return run_one(request, operations.refund_trade, row, self._back(request, part.payment))
        except Conflict as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(self._back(request, part.payment))

    def approve(self, request: HttpRequest, pk: int, row: int) -> HttpResponse:
        """A second person approves a large refund; it is sent to WeChat at once."""
        if not request.user.has_perm(APPROVE) or not self.may(request, operations.refund_trade):
            raise PermissionDenied
        refund = get_object_or_404(TradeRefund.objects.select_related("trade__payment"), pk=row, trade__payment=pk)
        try:
            refund.approve(request.user)
            trace_edit(refund.trade.payment, {"approved_by": ["", _about(refund)]})
            return run_one(request, operations.refund_trade, refund, self._back(request, refund.trade.payment))
        except Conflict as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self._back(request, refund.trade.payment))

    def share(self, request: HttpRequest, pk: int, trade: int) -> HttpResponse:
        """Release a part's money, under the number that came with the form."""
        if not self.may(request, operations.share_trade):
            raise PermissionDenied
        part = get_object_or_404(Trade, pk=trade, payment=pk)
        try:
            number = _posted(request, TradeSharing, "profit_sharing_no")
            row = operations.ask_sharing(part.payment, part.trade_no, number)
            return run_one(request, operations.share_trade, row, self._back(request, part.payment))
        except Asked as asked:
            messages.warning(request, str(asked))
        except Conflict as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(self._back(request, part.payment))

    def again(self, request: HttpRequest, pk: int, row: int) -> HttpResponse:
        """Send a refund that has not reached WeChat again, or drop it, which makes its amount available again."""
        return self._again(
            request, operations.refund_trade, TradeRefund.objects.filter(trade__payment=pk), row, "status"
        )

    def release_again(self, request: HttpRequest, pk: int, row: int) -> HttpResponse:
        """Send a release that has not reached WeChat again, or drop it."""
        return self._again(
            request, operations.share_trade, TradeSharing.objects.filter(trade__payment=pk), row, "result"
        )

    def _again(self, request: HttpRequest, op: Operation, rows: QuerySet, pk: int, sent_mark: str) -> HttpResponse:
        if not self.may(request, op):
            raise PermissionDenied
        row = get_object_or_404(rows.select_related("trade__payment"), pk=pk)
        try:
            if "drop" not in request.POST:
                return run_one(request, op, row, self._back(request, row.trade.payment))
            take_back(row, type(row).objects.filter(refused=False, **{sent_mark: ""}))
            trace_edit(row.trade.payment, {"dropped_at": ["", str(row)]})
            if isinstance(row, TradeSharing):
                RELEASE.end(row)
            messages.success(request, _("Dropped."))
        except Asked as asked:
            messages.warning(request, str(asked))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(self._back(request, row.trade.payment))

    def state_badge(self, obj: PaymentOrder) -> SafeString:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, payment: PaymentOrder) -> SafeString:
        tone = "red" if payment.refusal else "green" if payment.is_paid else "grey"
        return badge(payment.state_label, tone)

    @admin.display(description=gettext_lazy("amount"))
    def shown_amount(self, payment: PaymentOrder) -> str:
        return yuan(payment.amount, "¥")

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, payment: PaymentOrder) -> str:
        return payment.buyer

    @admin.display(description=gettext_lazy("since"))
    def since(self, payment: PaymentOrder) -> SafeString:
        return ago(payment.created_at)
