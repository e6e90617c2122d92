"""The access board, and the test drive on it."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aftersales.models import Aftersale
from aftersales.operations import open_claim
from catalog.models import SPU
from catalog.operations import submit_spu
from console import jobs
from console.links import record_link
from console.operation_admin import SingleAdmin
from console.outcomes import run_one
from orders.models import FundType, Order, Parcel
from orders.operations import get_payment_params, place_order, refresh_order, ship_order
from wechat.models import Step
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation
from wechat.values import number, texts

from .. import operations
from ..board import drive, ticks
from ..board.forecast import forecast
from ..board.guide import TICKED
from ..board.rows import Board, Row
from ..models import Access
from ..models.people import openid_of


class ReleaseForm(forms.Form):
    released_at = forms.DateTimeField(
        label=gettext_lazy("released at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class TestOrderForm(forms.Form):
    spu = forms.ModelChoiceField(queryset=SPU.objects.none(), label=gettext_lazy("Product"))
    openid = forms.CharField(
        label=gettext_lazy("openid of whoever pays with a phone"), max_length=64, validators=[openid_of]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = drive.products().order_by("-id")
        field = cast(forms.ModelChoiceField, self.fields["spu"])
        field.queryset = products if self.is_bound else products[:50]


@admin.register(Access)
class AccessAdmin(SingleAdmin):
    menu = ("settings", 10)
    operations = [
        operations.apply_access,
        *operations.FINISHING.values(),
        operations.refresh_access,
    ]
    change_form_template = "admin/access.html"
    fields = ["shown_info", "read_at"]
    readonly_fields = ["shown_info", "read_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        posts: dict[str, tuple[Callable[..., HttpResponse], str]] = {
            "<int:pk>/tick/<int:number>/": (self.tick, "tick"),
            "<int:pk>/released/": (self.released, "released"),
            "<int:pk>/drive/<slug:what>/": (self.drive, "drive"),
        }
        return [
            *(path(at, wrap(require_POST(view)), name=f"scenes_access_{name}") for at, (view, name) in posts.items()),
            *super().get_urls(),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        board = Board(obj)
        order, unplaced = obj.test_order, obj.unplaced_order
        context |= {
            "board": board,
            "forecast": forecast(board),
            "parts": [
                (number, title, [(row, self._row_button(request, row), self._link(request, row)) for row in rows])
                for number, title, rows in board.parts
            ],
            "may_tick": request.user.has_perm("scenes.tick_step"),
            "may_release": self.may(request, operations.FINISHING[11]),
            "release_form": ReleaseForm(initial={"released_at": obj.released_at}),
            "may_drive": request.user.has_perm("scenes.drive_test") and obj.is_open,
            "drive_order": order,
            "drive_order_link": record_link(order) if order else "",
            "drive_unplaced": unplaced,
            "drive_unplaced_link": record_link(unplaced) if unplaced else "",
            "drive_unanswered": _unanswered(order, unplaced),
            "drive_aftersale": drive.open_aftersale_of(order) if order else None,
            "drive_companies": drive.companies(),
            "may_submit": request.user.has_perm(submit_spu.permission),
            "drive_unsent": SPU.objects.to_submit().defer("draft", "online", "desc").order_by("-id")[:20],
            "test_order_form": TestOrderForm(),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _row_button(self, request: HttpRequest, row: Row) -> dict[str, Any] | None:
        op: Operation | None = row.operation
        if op is None or not self.may(request, op):
            return None
        meta = row.target._meta
        return {
            "label": op.label,
            "why": " ".join(row.missing),
            "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_do", args=[row.target.pk, op.name]),
        }

    @staticmethod
    def _link(request: HttpRequest, row: Row) -> str:
        record = row.record
        if record is None:
            return ""
        meta = record._meta
        return record_link(record) if request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}") else ""

    @admin.display(description=gettext_lazy("what register/check says"))
    def shown_info(self, access: Access) -> str:
        return ", ".join(f"{name} {int(bit)}" for name, bit in sorted(access.info.items())) or "–"

    # --- the board's buttons

    def tick(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Tick a step that no endpoint of WeChat shows as done, or remove the tick."""
        if not request.user.has_perm("scenes.tick_step"):
            raise PermissionDenied
        if number not in TICKED:
            raise Http404
        access = get_object_or_404(Access, pk=pk)
        try:
            if request.POST.get("undo"):
                ticks.untick(number)
            else:
                ticks.tick(number, request.user)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return self._to_board(access, number)

    def released(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Store when the mini program was released."""
        if not self.may(request, operations.FINISHING[11]):
            raise PermissionDenied
        access, form = get_object_or_404(Access, pk=pk), ReleaseForm(request.POST)
        if form.is_valid():
            ticks.write_release(form.cleaned_data["released_at"])
        else:
            messages.error(request, _("Write down day and time of the release."))
        return self._to_board(access, 9)

    def drive(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Run one part of the test drive: a small real call."""
        calls = {
            "product": self._drive_product,
            "order": self._drive_order,
            "params": self._drive_params,
            "pay": self._drive_pay,
            "ship": self._drive_shipment,
            "aftersale": self._drive_aftersale,
        }
        if not request.user.has_perm("scenes.drive_test"):
            raise PermissionDenied
        if what not in calls:
            raise Http404
        access = get_object_or_404(Access, pk=pk)
        try:
            if not access.is_open:
                raise Conflict(_("Request access first."))
            return calls[what](request, access)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return self._to_board(access)

    def _drive_product(self, request: HttpRequest, access: Access) -> HttpResponse:
        if not request.user.has_perm(submit_spu.permission):
            raise PermissionDenied
        spu = SPU.objects.current().filter(pk=number(request.POST.get("spu")) or 0).first()
        if spu is None:
            raise Conflict(_("Choose a product. If there is none, add one under Products first."))
        return self._run_it(request, access, submit_spu, spu)

    def _drive_order(self, request: HttpRequest, access: Access) -> HttpResponse:
        form = TestOrderForm(request.POST)
        if not form.is_valid():
            raise Conflict(" ".join(str(line) for lines in form.errors.values() for line in lines))
        order = drive.make_order(access, form.cleaned_data["spu"], form.cleaned_data["openid"])
        placed = self._run_it(request, access, place_order, order)
        order.refresh_from_db()
        return self._run_it(request, access, get_payment_params, order) if order.may_get_payment_params else placed

    def _drive_params(self, request: HttpRequest, access: Access) -> HttpResponse:
        """Get the payment parameters: an order that is paid without them does not count for item 7."""
        return self._run_it(request, access, get_payment_params, _test_order(access))

    def _drive_pay(self, request: HttpRequest, access: Access) -> HttpResponse:
        """Read whether the order is paid: only a person with a phone can pay it."""
        return self._run_it(request, access, refresh_order, _test_order(access))

    def _drive_shipment(self, request: HttpRequest, access: Access) -> HttpResponse:
        order = _test_order(access)
        ship_order.refuse_unless_possible(order)
        waybill = texts(Parcel, **{name: request.POST.get(name, "").strip() for name in ("delivery_id", "waybill_id")})
        drive.pack(order, **waybill)
        return self._run_it(request, access, ship_order, order)

    def _drive_aftersale(self, request: HttpRequest, access: Access) -> HttpResponse:
        order = _test_order(access)
        if not order.is_paid or order.fund_type != FundType.PLATFORM:
            raise Conflict(
                _("An after-sale needs an order that was paid: it is “%(state)s”.") % {"state": order.state_label}
            )
        with transaction.atomic():
            order = Order.objects.select_for_update().get(pk=order.pk)
            if aftersale := drive.open_aftersale_of(order):
                raise Conflict(_("The after-sale %(number)s of this order is open already.") % {"number": aftersale})
            aftersale = order.aftersales.filter(status=None).first() or drive.make_aftersale(order)
            open_claim.refuse_unless_allowed(aftersale)
        return self._run_it(request, access, open_claim, aftersale)

    def _run_it(self, request: HttpRequest, access: Access, op: Operation, record: models.Model) -> HttpResponse:
        response = run_one(request, op, record, self._board(access))
        # Whether WeChat has seen the call for its task is read in the background.
        jobs.start(operations.refresh_access, [access])
        return response

    def _to_board(self, access: Access, number: int | None = None) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._board(access, number))

    @staticmethod
    def _board(access: Access, number: int | None = None) -> str:
        anchor = f"#step-{number}" if number else "#drive"
        return reverse("admin:scenes_access_change", args=[access.pk]) + anchor


def _test_order(access: Access) -> Order:
    if access.test_order is None:
        raise Conflict(_("Place a test order first."))
    return access.test_order


def _unanswered(*orders: Order | None) -> list[str]:
    """Links to the test drive's records for which WeChat has not answered yet."""
    made = [order for order in orders if order]
    aftersales = Aftersale.objects.filter(order__in=made, status=None).select_related("order")
    return [
        record_link(record)
        for record in (*made, *aftersales)
        if Step.objects.of(record).open().filter(reads=False).exists()
    ]
