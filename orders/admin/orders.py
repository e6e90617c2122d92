import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console import buyers, timeline
from console.admin.pulled import pulled_lists
from console.edits import trace_edit
from console.list_filters import amount_filter, choice_filter, date_range, text_filter
from console.lists import is_list, state_filter
from console.masking import reveal
from console.money import yuan
from console.operation_admin import OperationAdmin
from wechat.steps.errors import Conflict

from .. import guessing, lateness, operations, parcels, shipping
from ..models import ExpressCompany, Order, OrderLine, OrderStatus, Parcel, ParcelItem
from ..models.order import OVER, UNPAID, UNSHIPPED, FundType
from .columns import OrderColumns
from .search import OrderSearch
from .warehouse import WarehousePages

UNCLEAR = OrderLine.objects.filter(refunds_unclear=True).values("order")
STATES = {
    "to-ship": (gettext_lazy("To ship"), Q(status__in=UNSHIPPED)),
    "to-pay": (gettext_lazy("To be paid"), Q(status__in=UNPAID)),
    "on-the-way": (gettext_lazy("On its way"), Q(status=OrderStatus.SHIPPED)),
    "finished": (gettext_lazy("Finished"), Q(status=OrderStatus.FINISHED)),
    "over": (gettext_lazy("Cancelled or refunded"), Q(status__in=OVER)),
    "unplaced": (gettext_lazy("Not at WeChat"), Q(order_id=None)),
    "in-doubt": (gettext_lazy("Payment in doubt"), ~Q(payment_alert="")),
    "unclear": (gettext_lazy("Refund unclear"), Q(pk__in=UNCLEAR)),
}
GUESSES = {
    "form": gettext_lazy("Guessed from the form of the waybill: look whether it is right."),
    "last": gettext_lazy("As for the last parcel: look whether it is right."),
    "several": gettext_lazy("Several companies have such waybills: %s. Choose one."),
}
FILTERS: list[Any] = [
    state_filter(STATES),
    date_range("paid_at", gettext_lazy("paid on"), "paid_"),
    text_filter("lines__out_product_id", gettext_lazy("product id")),
    text_filter("promoter_id", gettext_lazy("promoter")),
    text_filter("sharer_openid", gettext_lazy("sharer")),
    text_filter("scene", gettext_lazy("entry scene")),
    amount_filter("order_price", gettext_lazy("price")),
    choice_filter("fund_type", gettext_lazy("money goes to"), dict(FundType.choices)),
]

FIELDSETS: list[Any] = [
    (
        gettext_lazy("The order"),
        {"fields": ["out_order_id", "buyer", "shown_address", "delivery_type", "shown_scene"]},
    ),
    (
        gettext_lazy("Money"),
        {"fields": ["fund_type", "money", "pay_method_type", "paid_at", "settlement"]},
    ),
    (gettext_lazy("Times"), {"fields": ["placed_at", "expire_at", "aftersale_duration"]}),
    (gettext_lazy("Sold by"), {"fields": ["promoter", "shown_sharer", "live_started_at"]}),
]


@admin.register(Order)
class OrderAdmin(OrderSearch, OrderColumns, WarehousePages, OperationAdmin):
    """Orders are placed by the mini program's backend; here staff ship them and handle exceptions."""

    menu = ("orders", 10)

    class Media:
        js = ["console/ship.js"]

    operations = [
        operations.ship_order,
        operations.confirm_receipt,
        operations.confirm_payment,
        operations.place_order,
        operations.close_order,
        operations.refresh_order,
    ]
    change_form_template, change_list_template = "admin/order.html", "admin/orders.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    money_column = "order_price"
    day_column = "placed_at"
    empty_text = gettext_lazy("Orders come from the mini program through the API, or are pulled from WeChat.")
    list_display = ["number", "state", "goods", "price", "buyer", "promoter", "waited"]
    list_display_links = ["number"]
    list_filter = FILTERS
    search_fields = ["out_order_id"]
    search_help_text = gettext_lazy("Order number or waybill, also a part; order_id or transaction_id in full.")
    sortable_by = ()
    fieldsets = FIELDSETS
    technical = ["order_id", "transaction_id", "path", "scene", "promoter_id", "settle_no", "read_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        orders: Any = super().get_queryset(request)
        lines = Prefetch("lines", OrderLine.objects.with_pictures())
        return orders.with_goods() if is_list(request) else orders.select_related("settlement").prefetch_related(lines)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Filtered by days of payment, the last paid is first: an index then gives the rows in their order."""
        by_payment = {"paid_since", "paid_until"} & request.GET.keys()
        return ["-paid_at", "-pk"] if by_payment else super().get_ordering(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        posts = [
            path(f"<int:pk>/{name}/", wrap(require_POST(getattr(self, name))), name=f"orders_order_{name}")
            for name in ("add_parcel", "clear_alert", "tell_refunded")
        ]
        return [
            *posts,
            path("<int:pk>/parcel/<int:parcel>/drop/", wrap(require_POST(self.drop_parcel)), name="orders_order_drop"),
            path("<int:pk>/reveal/", wrap(self.reveal), name="orders_order_reveal"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, ["orders"])
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
        prefetch_related_objects([obj], Prefetch("parcels__items", ParcelItem.objects.select_related("line")))
        left = obj.left_to_ship()
        packed = list(obj.parcels.all())
        waiting = [parcel for parcel in packed if parcel.sent_at is None]
        may_pack = self.may(request, operations.ship_order) and obj.may_ship
        companies = list(ExpressCompany.objects.all()) if may_pack or packed else []
        last = guessing.last_used() if may_pack else ""
        context |= {
            "lines": [{"line": line, "left": max(0, left[line.pk])} for line in obj.lines.all()],
            "late_push": lateness.late_push(obj),
            "parcels": packed,
            "waiting": waiting,
            "finishes": waiting and not any(count > 0 for count in left.values()),
            "may_ship": self.may(request, operations.ship_order),
            "may_pack": may_pack,
            "buyer_page": buyers.address(obj.openid),
            "may_reveal": request.user.has_perm("orders.reveal_personal"),
            "may_clear": request.user.has_perm("orders.clear_alert"),
            "companies": [company for company in companies if not company.gone],
            "guessing": {"forms": guessing.FORMS, "last": last, "texts": GUESSES},
            "names": {company.delivery_id: company.delivery_name for company in companies},
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj: Order, span: timeline.Span) -> list[timeline.Entry]:
        return [timeline.moved(change, _state) for change in span.cut(obj.changes.all())]

    def state_badge(self, obj: Order) -> SafeString:
        return self.state(obj)

    def title_of(self, obj: Order) -> str:
        return f"{obj.goods_label} · {yuan(obj.order_price, '¥')}"

    def add_parcel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Store a parcel, and send it with `ship`; “Ship” sends those that were only stored."""
        order = self._order_to_ship(request, pk)
        counts = {line: request.POST.get(f"line-{line.pk}", "").strip() for line in order.lines.all()}
        wrong = [count for count in counts.values() if not re.fullmatch(r"[0-9]{0,5}", count)]
        goods = [
            {"out_product_id": line.out_product_id, "out_sku_id": line.out_sku_id, "product_cnt": int(count)}
            for line, count in counts.items()
            if not wrong and count.strip("0")
        ]
        chosen = goods if any(name.startswith("line-") for name in request.POST) else None
        one = {name: request.POST.get(name, "").strip()[:100] for name in ("delivery_id", "waybill_id")}
        fits = [] if one["delivery_id"] else guessing.companies(one["waybill_id"])
        one["delivery_id"] = one["delivery_id"] or (fits[0] if len(fits) == 1 else "")
        if not one["waybill_id"]:
            messages.error(request, _("The waybill is missing."))
        elif not one["delivery_id"]:
            messages.error(request, _("Choose the express company: the waybill does not tell which it is."))
        elif wrong:
            text = _("“%(pieces)s” is no number of pieces: a whole number above 0.")
            messages.error(request, text % {"pieces": wrong[0]})
        else:
            try:
                operations.ship_order.refuse_unless_possible(order)
                parcels.add(order, [one | {"product_infos": chosen}])
            except Conflict as conflict:
                messages.error(request, str(conflict))
            else:
                if "ship" in request.POST:
                    return self.run(request, operations.ship_order, order)
        return HttpResponseRedirect(self._back(request, order))

    def drop_parcel(self, request: HttpRequest, pk: int, parcel: int) -> HttpResponse:
        """Delete a parcel that was not sent to WeChat."""
        order = self._order_to_ship(request, pk)
        if not parcels.drop(get_object_or_404(Parcel, pk=parcel, order=order)):
            messages.error(request, _("This parcel has been sent to WeChat, or is being sent."))
        return HttpResponseRedirect(self._back(request, order))

    def clear_alert(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person checked the payment and found it correct: remove the alert."""
        if not request.user.has_perm("orders.clear_alert"):
            raise PermissionDenied
        order = get_object_or_404(self.get_queryset(request), pk=pk)
        if order.payment_alert:
            Order.objects.filter(pk=pk).update(payment_alert="", payment_alert_code="")
            trace_edit(order, {"payment_alert": [order.payment_alert, _("cleared")]})
            messages.success(request, _("Done."))
        return HttpResponseRedirect(self._back(request, order))

    def reveal(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show buyer and address unmasked; the reason is stored first."""
        if not request.user.has_perm("orders.reveal_personal"):
            raise PermissionDenied
        order = get_object_or_404(self.get_queryset(request), pk=pk)
        reason = request.POST.get("reason", "").strip()[:300]
        body = None
        if request.method == "POST" and len(reason) >= 4:
            reveal(order, _("buyer and address"), reason)
            names = ("receiver_name", "tel_number")
            rows = [order.openid, *(str(order.address.get(name, "")) for name in names)]
            body = "\n".join([*rows, shipping.whole_address(order.address)])
        elif request.method == "POST":
            messages.error(request, _("Say in a few words why you need to see it."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(order),
            "body": body,
            "record": order,
        }
        return render(request, "admin/reveal.html", context)

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> list[Any]:
        return [name for _title, options in self.fieldsets for name in options["fields"]]


def _state(status: int | None) -> str:
    return Order(status=status).state_label
