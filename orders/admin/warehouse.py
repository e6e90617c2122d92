"""Pages for the warehouse: ship many orders from a list of waybills, and export addresses for shipping."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.edits import trace_edit
from console.links import row_key
from console.operation_admin import OperationAdmin
from console.outcomes import run_many
from console.sheets import write
from wechat.steps.errors import Conflict

from .. import operations, parcels, picking, refunds, shipping, waybills
from ..models import ExpressCompany, Order
from ..models.order import OrderQuerySet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = [
    ("xlsx", gettext_lazy("Sheet (XLSX)")),
    ("csv", gettext_lazy("Sheet (CSV)")),
    ("labels", gettext_lazy("Labels")),
    ("packing", gettext_lazy("Packing list: a page for each order")),
    ("picking", gettext_lazy("Pick list: pieces by SKU, without addresses")),
]


class WaybillsForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("list"),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 10, "placeholder": "20261125-0001  顺丰  SF1234567890123"}),
        help_text=gettext_lazy(
            "One parcel a line: order number, express company, waybill. As copied from a spreadsheet."
        ),
    )
    sheet = forms.FileField(
        label=gettext_lazy("or a sheet"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=gettext_lazy(
            "XLSX or CSV with these three columns; the shipping sheet can be filled in and brought back."
        ),
    )

    def rows(self) -> list[waybills.Row]:
        """Raises ValidationError."""
        sheet = self.cleaned_data.get("sheet")
        rows = waybills.from_sheet(sheet) if sheet else waybills.from_text(self.cleaned_data["text"])
        rows = [row for row in rows if row.waybill_id or row.fault or not sheet]
        if not rows:
            raise ValidationError(_("There is no line with an order number and a waybill."))
        return waybills.looked_up(rows)


class ShippingForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("as"), choices=KINDS, widget=forms.RadioSelect, initial="xlsx")
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        min_length=4,
        max_length=300,
        help_text=gettext_lazy(
            "Written down at every order of this batch, such as: handed to the warehouse, evening shift. The pick list "
            "needs none."
        ),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        is_without_addresses = self.cleaned_data.get("kind") == "picking"
        if not is_without_addresses and not self.cleaned_data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", forms.Field.default_error_messages["required"])
        return self.cleaned_data


class WarehousePages(OperationAdmin):
    """The pages beside the list of orders."""

    actions = ["take_out"]

    def has_take_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.export_shipping")

    @admin.action(description=gettext_lazy("Pick list, packing list, labels …"), permissions=["take_out"])
    def take_out(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Choose what is printed of the chosen orders."""
        keys = ",".join(request.POST.getlist(ACTION_CHECKBOX_NAME))
        across = request.POST.get("select_across") == "1"
        query = (request.GET.urlencode() or "p=1") if across else urlencode({"id__in": keys})
        return HttpResponseRedirect(f"{reverse('admin:orders_order_shipping')}?{query}")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("ship-many/", wrap(self.ship_many), name="orders_order_ship_many"),
            path("shipping/", wrap(self.shipping), name="orders_order_shipping"),
            *super().get_urls(),
        ]

    def ship_many(self, request: HttpRequest) -> HttpResponse:
        """Take a pasted list or a sheet of waybills, show what was found, and ship it as a job once confirmed."""
        if not self.may(request, operations.ship_order):
            raise PermissionDenied
        if request.method == "POST" and "confirmed" in request.POST:
            return self._ship(request)
        form = WaybillsForm(request.POST or None, request.FILES or None)
        rows = None
        if request.method == "POST" and form.is_valid():
            try:
                rows = form.rows()
            except ValidationError as error:
                form.add_error(None, error)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Ship from a list"),
            "form": form,
            "rows": rows,
            "companies": ExpressCompany.objects.filter(gone=False),
            "sound": sum(1 for row in rows or [] if not row.fault),
        }
        return render(request, "admin/ship_many.html", context)

    def _ship(self, request: HttpRequest) -> HttpResponse:
        wanted = self._confirmed(request)
        orders = Order.objects.with_content().in_bulk(list(wanted), field_name="out_order_id")
        ready = []
        for number, order in orders.items():
            for row in wanted[number]:
                row.order = order
            if fault := next((row.fault for row in wanted[number] if row.fault), ""):
                messages.error(request, f"{number}: {fault}")
                continue
            try:
                operations.ship_order.refuse_unless_possible(order)
                parcels.add(order, waybills.as_parcels(wanted[number]))
                ready.append(order)
            except Conflict as error:
                messages.error(request, f"{number}: {error}")
        if not ready:
            messages.warning(request, _("Nothing was shipped."))
            return HttpResponseRedirect(reverse("admin:orders_order_ship_many"))
        return run_many(operations.ship_order, ready)

    @staticmethod
    def _confirmed(request: HttpRequest) -> dict[str, list[waybills.Row]]:
        """The rows that the person confirmed, by order number."""
        wanted: dict[str, list[waybills.Row]] = {}
        for nth in request.POST.getlist("row")[: waybills.MOST]:
            number, delivery_id, waybill_id, out_sku_id, pieces = (
                request.POST.get(f"{name}-{nth}", "").strip()[:100]
                for name in ("order", "delivery", "waybill", "sku", "pieces")
            )
            if number and delivery_id and waybill_id:
                row = waybills.confirmed(number, delivery_id, waybill_id, out_sku_id, pieces)
                wanted.setdefault(number, []).append(row)
        return wanted

    def tell_refunded(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person says how many of a line's refunded pieces were refunded before they were shipped."""
        order = self._order_to_ship(request, pk)
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=order.pk)  # a refund takes the same lock
            line = get_object_or_404(order.lines, pk=row_key(request.POST.get("line")), refunds_unclear=True)
            most, count = refunds.most_unshipped(line), request.POST.get("count", "").strip()
            if re.fullmatch(r"[0-9]{1,5}", count) and int(count) <= most:
                name = f"refunded_unshipped_cnt ({line.out_sku_id})"
                trace_edit(order, {name: [line.refunded_unshipped_cnt, int(count)]})
                order.lines.filter(pk=line.pk).update(refunded_unshipped_cnt=int(count), refunds_unclear=False)
                messages.success(request, _("Done."))
            else:
                messages.error(request, _("Enter a number from 0 to %(most)d.") % {"most": most})
        return HttpResponseRedirect(self._back(request, order))

    def _order_to_ship(self, request: HttpRequest, pk: int) -> Order:
        if not self.may(request, operations.ship_order):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def shipping(self, request: HttpRequest) -> HttpResponseBase:
        """Export addresses of orders to ship, or of those that the list shows: as a sheet, or as labels.

        The sheet of orders to ship can be uploaded again with waybills.
        """
        if not self.has_take_out_permission(request):
            raise PermissionDenied
        orders: Any = Order.objects.to_ship().filter(payment_alert="").order_by("paid_at", "id")
        if request.GET:
            orders = self.get_changelist_instance(request).get_queryset(request)
            if refused := self.refuse_cut(request):
                return refused
        form = ShippingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            batch = Order.objects.filter(pk__in=list(orders.values_list("pk", flat=True)[: shipping.MOST])).order_by(
                "id"
            )
            if form.cleaned_data["kind"] in ("packing", "picking"):
                return self._to_pack(request, batch, **form.cleaned_data)
            shipping.leave_trace(batch, form.cleaned_data["reason"])
            return self._handed_out(request, batch, form.cleaned_data["kind"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Addresses for shipping"),
            "form": form,
            "count": orders[: shipping.MOST].count(),
            "filtered": bool(request.GET),
        }
        return render(request, "admin/shipping.html", context)

    def _to_pack(self, request: HttpRequest, batch: OrderQuerySet, kind: str, reason: str) -> HttpResponse:
        """The pick list, or the packing list with its addresses: traced at the orders that are on it."""
        packs = list(picking.packs(batch))
        context = {"made_at": timezone.localtime(), "orders": len(packs), "left_out": batch.count() - len(packs)}
        if kind == "picking":
            context |= {"title": _("Pick list"), "picks": picking.picks(packs)}
            return render(request, "admin/pick_list.html", context)
        shipping.leave_trace(batch.filter(pk__in=[pack.order.pk for pack in packs]), reason)
        return render(request, "admin/packing_list.html", {**context, "title": _("Packing list"), "packs": packs})

    def _handed_out(self, request: HttpRequest, batch: OrderQuerySet, kind: str) -> HttpResponseBase:
        if kind == "labels":
            return render(request, "admin/labels.html", {"rows": list(shipping.rows(batch)), "title": _("Labels")})
        name = f"shipping-{timezone.localtime().strftime('%Y%m%d-%H%M')}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if kind == "csv":
            lines = write.csv_lines(shipping.COLUMNS, shipping.rows(batch))
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        return HttpResponse(write.xlsx(shipping.COLUMNS, shipping.rows(batch)), content_type=XLSX, headers=headers)
