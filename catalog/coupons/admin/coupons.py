from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.fields import verbose_name
from catalog.models import SPU
from console import timeline
from console.admin.pulled import pulled_lists
from console.edits import trace_edit
from console.links import record_link
from console.lists import state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.templatetags.console import badge
from wechat.callbacks import TooEarly
from wechat.masking import mask
from wechat.steps.operations import Operation

from .. import operations, payloads, receiving, snapshots
from ..forms import CouponForm, StockForm
from ..models import Coupon, CouponRequest, CouponSetup, CouponStatus, RetCode
from ..models.coupon import NEARLY_OUT
from ..terms import columns_by_choice

TONES: dict[int | None, str] = {CouponStatus.EDITING: "blue", CouponStatus.EFFECTIVE: "green"}
STATES = {
    "new": (gettext_lazy("Not sent"), Q(status=None)),
    "editing": (CouponStatus.EDITING.label, Q(status=CouponStatus.EDITING)),
    "effective": (CouponStatus.EFFECTIVE.label, Q(status=CouponStatus.EFFECTIVE)),
    "out": (gettext_lazy("Running out"), NEARLY_OUT),
    "expired": (CouponStatus.EXPIRED.label, Q(status=CouponStatus.EXPIRED)),
    "voided": (CouponStatus.VOIDED.label, Q(status=CouponStatus.VOIDED)),
}
FIELDSETS: dict[Any, list[str | tuple[str, ...]]] = {
    gettext_lazy("The coupon"): ["out_coupon_id", "name", "type", "promote_type", "finder_nickname"],
    gettext_lazy("What it takes off"): [
        "discount_num",
        "discount_fee",
        "product_price",
        "product_cnt",
        "out_product_ids",
    ],
    gettext_lazy("Trade-in"): ["tradein_out_product_id", "tradein_price"],
    gettext_lazy("Buy and get"): ["buy_out_product_id", "buy_product_cnt", "get_out_product_id", "get_product_cnt"],
    gettext_lazy("Receiving it"): [
        ("receive_start_time", "receive_end_time"),
        "total_num",
        "limit_num_one_person",
    ],
    gettext_lazy("How long it is valid"): [
        "valid_type",
        ("valid_start_time", "valid_end_time"),
        "valid_day_num",
        "valid_second",
    ],
}
YUAN = {"discount_fee": "fee", "product_price": "price", "tradein_price": "tradein"}  # where they are read-only
COUNTS = ["left", "given", "issued_num", "receive_num", "stock_sent_at", "goods", "read_at"]


@admin.register(Coupon)
class CouponAdmin(OperationAdmin):
    """Coupons are created here, sent, published, and then received by buyers in WeChat."""

    menu = ("selling", 50)
    guide = "coupons"
    form = CouponForm
    operations = [
        operations.submit_coupon,
        operations.update_coupon,
        operations.publish_coupon,
        operations.update_coupon_stock,
        operations.expire_coupon,
        operations.void_coupon,
        operations.refresh_coupon,
    ]
    change_form_template, change_list_template = "admin/coupon.html", "admin/coupons.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    empty_text = gettext_lazy("Confirm the push address in the coupon set-up, then add the first coupon.")
    list_display = ["__str__", "out_coupon_id", "type", "state", "left", "given", "receive_end_time", "changed_at"]
    list_filter = [state_filter(STATES), "type"]
    search_fields = ["=out_coupon_id", "name"]
    search_help_text = gettext_lazy("The out_coupon_id in full, or the beginning of the name.")
    sortable_by = ()

    def get_fieldsets(self, request: HttpRequest, obj: Coupon | None = None) -> list:
        ours = FIELDSETS if obj is None or obj.may_change else _filled(obj)
        fieldsets = [(title, {"fields": fields}) for title, fields in ours.items()]
        if obj is None:
            return fieldsets
        return [*fieldsets, (gettext_lazy("Stock, and values at WeChat"), {"fields": COUNTS})]

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> list[str]:
        if obj is None:
            return []
        return [*COUNTS, *YUAN.values(), *([] if obj.is_new else ["out_coupon_id"])]

    def has_change_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.may_change)

    def save_model(self, request: HttpRequest, obj: Coupon, form: ModelForm, change: bool) -> None:
        """Save only the edited columns: a buyer's request may change the stock meanwhile."""
        obj.save(update_fields=[*form.changed_data, "changed_at"] if change else None)

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        # A coupon that WeChat has is not deleted: its id can never be used again.
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_new)

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/theirs/", wrap(require_POST(self.take_theirs)), name="coupons_coupon_theirs"),
            path("<int:pk>/stock/", wrap(require_POST(self.set_stock)), name="coupons_coupon_stock"),
            *super().get_urls(),
        ]

    def set_stock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set how many are left to give, then send it to WeChat."""
        op = operations.update_coupon_stock
        if not self.may(request, op):
            raise PermissionDenied
        coupon, form = get_object_or_404(Coupon, pk=pk), StockForm(request.POST)
        if not coupon.is_effective or not form.is_valid():
            messages.error(request, _("Only an effective coupon's stock can be set, to 0 or more."))
            return redirect("admin:coupons_coupon_change", pk)
        receiving.set_left(coupon, form.cleaned_data["left"])
        return self.run(request, op, coupon)

    def take_theirs(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace our values with WeChat's, also for a coupon that can no longer be edited."""
        if not super().has_change_permission(request):
            raise PermissionDenied
        coupon = get_object_or_404(Coupon, pk=pk)
        try:
            changes = snapshots.take_theirs(coupon)
        except TooEarly:
            messages.error(request, _("It is being sent. Try again in a moment."))
            return redirect("admin:coupons_coupon_change", pk)
        if changes:
            trace_edit(coupon, {_label(name): [_word(name, value) for value in both] for name, both in changes.items()})
        messages.success(request, _("Taken from WeChat."))
        return redirect("admin:coupons_coupon_change", pk)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {
            "pulled_lists": pulled_lists(request, ["coupons"]),
            "is_confirmed": CouponSetup.load().is_confirmed,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Coupon | None = None,
    ) -> HttpResponse:
        context["is_confirmed"] = CouponSetup.load().is_confirmed
        if add or (obj and self.has_change_permission(request, obj)):
            context["columns"] = columns_by_choice()
        if obj is not None and obj.is_known:
            context["differences"] = _differences(obj)
            context["may_take"] = super().has_change_permission(request)
        if obj is not None and obj.is_effective and self.may(request, operations.update_coupon_stock):
            context["stock_form"] = StockForm(initial={"left": obj.left})
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj: Coupon, span: timeline.Span) -> list[timeline.Entry]:
        """The requests that were refused, with the message shown to the buyer."""
        refused = CouponRequest.objects.filter(out_coupon_id=obj.out_coupon_id).exclude(ret_code=RetCode.GIVEN)
        return [
            timeline.Entry(
                request.at,
                "message",
                _("The buyer %(buyer)s was not given the coupon.") % {"buyer": mask(request.openid)},
                text=request.ret_msg,
                badge=str(request.ret_code),
                code="coupon_refused",
                values={"ret_code": request.ret_code},
            )
            for request in span.cut(refused)
        ]

    def _button(self, request: HttpRequest, op: Operation, obj: Coupon | None) -> dict:
        button = super()._button(request, op, obj)
        return button if obj else button | {"allowed": op is operations.submit_coupon}

    def state_badge(self, obj: Coupon) -> SafeString:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, coupon: Coupon) -> SafeString:
        return badge(coupon.state_label, TONES.get(coupon.status, "grey"))

    @admin.display(description=gettext_lazy("amount off"))
    def fee(self, coupon: Coupon) -> str:
        return yuan(coupon.discount_fee, "¥")

    @admin.display(description=gettext_lazy("from an amount of"))
    def price(self, coupon: Coupon) -> str:
        return yuan(coupon.product_price, "¥")

    @admin.display(description=gettext_lazy("trade-in price"))
    def tradein(self, coupon: Coupon) -> str:
        return yuan(coupon.tradein_price, "¥")

    @admin.display(description=gettext_lazy("names of the goods"))
    def goods(self, coupon: Coupon) -> str:
        ids = [
            *coupon.out_product_ids,
            coupon.tradein_out_product_id,
            coupon.buy_out_product_id,
            coupon.get_out_product_id,
        ]
        ids = [product_id for product_id in ids if product_id]
        products = SPU.objects.in_bulk(ids, field_name="out_product_id")
        rows = [
            record_link(products[product_id]) if product_id in products else _("%s: not known here") % product_id
            for product_id in ids
        ]
        return format_html_join(", ", "{}", ((row,) for row in rows)) or "–"


def _differences(coupon: Coupon) -> list[dict]:
    """The columns that differ from WeChat's copy, with both values as text for people."""
    columns = payloads.differences(payloads.coupon(coupon), coupon.theirs)
    theirs = snapshots.coupon_from(coupon.theirs)
    return [
        {
            "label": _label(name),
            "ours": _word(name, getattr(coupon, name)),
            "theirs": _word(name, getattr(theirs, name)),
        }
        for name in columns
    ]


def _label(column: str) -> str:
    return capfirst(verbose_name(Coupon, column))


def _word(column: str, value: Any) -> str:
    if column in YUAN:
        return yuan(value, "¥") or "–"
    if isinstance(value, list):
        return ", ".join(value) or "–"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    choices = dict(getattr(Coupon._meta.get_field(column), "flatchoices", []))
    return str(choices.get(value, value) or "–")


def _filled(coupon: Coupon) -> dict[Any, list[str]]:
    """The fieldsets of a coupon that cannot be edited: only its filled columns, amounts in yuan."""
    groups = {}
    for title, rows in FIELDSETS.items():
        names = [name for row in rows for name in (row if isinstance(row, tuple) else [row])]
        filled = [YUAN.get(name, name) for name in names if getattr(coupon, name) not in (None, "", [])]
        if filled:
            groups[title] = filled
    return groups
