"""Pages for the warehouse: what buyers send back, as a sheet to print, and the mark that it has arrived."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from console.edits import trace_edit
from console.operation_admin import OperationAdmin

from ..deadlines import CLOCKS
from ..models import Aftersale
from ..models.aftersale import EXPECTED

MOST = 1000  # parcels on one sheet


class ReturnPages(OperationAdmin):
    """The sheet beside the list of after-sales, and the mark “received” on one or many."""

    actions = ["mark_received"]

    def has_receive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("aftersales.receive_return")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("returns/", wrap(self.returns), name="aftersales_aftersale_returns"),
            path("<int:pk>/receive/", wrap(require_POST(self.receive)), name="aftersales_aftersale_receive"),
            *super().get_urls(),
        ]

    def returns(self, request: HttpRequest) -> HttpResponse:
        """A sheet to print: the goods that buyers send back, or those of the after-sales that the list shows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).filter(EXPECTED).order_by(F("deadline_at").asc(nulls_last=True), "-id")
        if request.GET:
            rows = self.get_changelist_instance(request).get_queryset(request)
            if refused := self.refuse_cut(request):
                return refused
        found = list(rows.select_related("line__sku", "received_by")[: MOST + 1])
        context = {
            "title": _("Goods coming back"),
            "rows": [
                {"aftersale": row, "clock": CLOCKS.get(row.status) if row.is_ec else None} for row in found[:MOST]
            ],
            "more": MOST if len(found) > MOST else 0,
            "made_at": timezone.localtime(),
        }
        return render(request, "admin/returns.html", context)

    def receive(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark the goods as received, or take the mark back."""
        if not self.has_receive_permission(request):
            raise PermissionDenied
        aftersale = get_object_or_404(self.get_queryset(request), pk=pk)
        if "undo" in request.POST:
            _mark(aftersale, None, None)
        elif aftersale.may_receive:
            _mark(aftersale, timezone.now(), request.user)
        return HttpResponseRedirect(self._back(request, aftersale))

    @admin.action(description=gettext_lazy("Mark as received"), permissions=["receive"])
    def mark_received(self, request: HttpRequest, queryset: QuerySet) -> None:
        arrived = [aftersale for aftersale in queryset if aftersale.may_receive]
        for aftersale in arrived:
            _mark(aftersale, timezone.now(), request.user)
        text = ngettext("%(count)d return is received.", "%(count)d returns are received.", len(arrived))
        messages.success(request, text % {"count": len(arrived)})


def _mark(aftersale: Aftersale, at: Any, who: Any) -> None:
    """Store the mark, traced; of two people at once the first one's stays."""
    rows = Aftersale.objects.filter(pk=aftersale.pk, received_at__isnull=at is not None)
    moment = at.isoformat(timespec="minutes") if at else ""
    with transaction.atomic():
        if rows.update(received_at=at, received_by=who):
            trace_edit(aftersale, {"received_at": ["", moment]})
