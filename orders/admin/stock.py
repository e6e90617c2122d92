"""The stock: of each SKU what is for sale, kept back and at WeChat; its ledger; sheets of counts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from catalog.models import SPUPicture, Unsent
from console.edits import trace_edit
from console.jobs import wait_until
from console.lists import PageAdmin, cut, state_filter
from console.search_index import find
from console.templatetags.console import ago, badge, with_thumb

from .. import stock_counts, stock_figures
from ..models import MoveKind, Oversold, StockCount, StockedSKU

MAY_SET = "orders.set_stock"
PAGE = 200  # rows of a sheet
OVERSOLD = Q(pk__in=Oversold.objects.open().values("sku"))
UNSENT = ~Q(spu__unsent=Unsent.NOTHING) & Q(spu__online__isnull=False)
STATES = {
    "oversold": (gettext_lazy("Oversold"), OVERSOLD),
    "none": (gettext_lazy("None for sale"), Q(stock_num=0)),
    "evening": (gettext_lazy("In a live evening"), Q(kept_back__isnull=False)),
    "unsent": (gettext_lazy("Not sent yet"), UNSENT),
}
TONES = {
    MoveKind.COUNT: "blue",
    MoveKind.UNDO: "amber",
    MoveKind.PUSH: "blue",
    MoveKind.EVENING: "green",
    MoveKind.EVENING_END: "grey",
    MoveKind.MOVED: "green",
}


class CountForm(forms.Form):
    sheet = forms.FileField(
        label=gettext_lazy("sheet"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=gettext_lazy(
            "XLSX, XLS or CSV with the columns “SKU id” and “counted”; “product id” where several products have the "
            "SKU. Rows without a number are left out. Count what may be sold: not the pieces of paid orders."
        ),
    )
    counted_at = forms.DateTimeField(
        label=gettext_lazy("counted at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("What was sold here since then is taken off. Empty: nothing is."),
    )


@admin.register(StockedSKU)
class StockAdmin(PageAdmin):
    """The stock of every SKU."""

    menu = ("products", 22)
    page_related = ("spu",)
    guide = "stock"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    empty_text = gettext_lazy("The stock of every SKU stands here, beside WeChat's number. Make a product first.")
    change_list_template = "admin/stock.html"
    list_display = ["product", "out_sku_id", "stock_num", "shop_part", "all_pieces", "theirs", "theirs_age", "pushed"]
    list_filter = [state_filter(STATES)]
    list_select_related = ["spu", "push"]
    search_fields = ["out_sku_id"]
    search_help_text = gettext_lazy("SKU id, or a part of the product's title or id")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        head = SPUPicture.objects.heads(spu=OuterRef("spu"))
        rows: Any = super().get_queryset(request).filter(spu__removed_at=None).defer("spu__draft", "spu__desc")
        return rows.with_total().annotate(picture=Subquery(head))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if not (term := search_term.strip()):
            return queryset, False
        return queryset.filter(Q(spu__in=cut(request, find("product", term))) | Q(out_sku_id=term)), False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("count/", wrap(self.count), name="orders_stockedsku_count"),
            path("oversold/<int:pk>/", wrap(require_POST(self.settle)), name="orders_stockedsku_settle"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("product"))
    def product(self, sku: Any) -> SafeString:
        return with_thumb(sku.picture, f"{sku.spu} · {sku}")

    @admin.display(description=gettext_lazy("kept back"))
    def shop_part(self, sku: StockedSKU) -> int | str:
        return "–" if sku.kept_back is None else sku.kept_back

    @admin.display(description=gettext_lazy("all pieces"))
    def all_pieces(self, sku: Any) -> int:
        return sku.total

    @admin.display(description=gettext_lazy("at WeChat"))
    def theirs(self, sku: StockedSKU) -> str | SafeString:
        theirs = stock_figures.at_wechat(sku)
        if theirs is None:
            return "–"
        return str(theirs) if theirs == sku.stock_num else badge(theirs, "amber")

    @admin.display(description=gettext_lazy("as of"))
    def theirs_age(self, sku: StockedSKU) -> SafeString | str:
        return ago(sku.spu.read_at) if sku.spu.read_at else "–"

    @admin.display(description=gettext_lazy("pushed version"))
    def pushed(self, sku: StockedSKU) -> str:
        push = getattr(sku, "push", None)
        return f"v{push.version}: {push.stock}" if push else "–"

    def page(self, request: HttpRequest, sku: StockedSKU) -> HttpResponse:
        """The ledger of a SKU."""
        events = stock_figures.ledger(sku)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{sku.spu} · {sku}",
            "sku": sku,
            "taken": stock_figures.taken_by(sku),
            "theirs": stock_figures.at_wechat(sku),
            "events": [(event, *_told(event)) for event in events],
            "oversold": sku.oversold.filter(missing__gt=0).select_related("order", "settled_by").order_by("-id")[:100],
            "may_set": request.user.has_perm(MAY_SET),
        }
        return render(request, "admin/stock_ledger.html", context)

    def settle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person has seen to the missing pieces of an order: found them, or refunded them."""
        if not request.user.has_perm(MAY_SET):
            raise PermissionDenied
        row = get_object_or_404(Oversold, pk=pk)
        done = Oversold.objects.open().filter(pk=pk).update(settled_at=timezone.now(), settled_by_id=request.user.pk)
        if done:
            trace_edit(row.order, {"oversold": [f"{row.out_sku_id}: {row.missing}", "seen_to"]})
            messages.success(request, _("Seen to."))
        back = reverse("admin:orders_stockedsku_change", args=[row.sku_id]) if row.sku_id else None
        return HttpResponseRedirect(back or reverse("admin:orders_stockedsku_changelist"))

    def count(self, request: HttpRequest) -> HttpResponse:
        """Bring a sheet of counts; it is looked at before anything of it is taken."""
        if not request.user.has_perm(MAY_SET):
            raise PermissionDenied
        form = CountForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            sheet = form.cleaned_data["sheet"]
            try:
                made = stock_counts.bring(sheet, sheet.name, form.cleaned_data["counted_at"])
            except ValidationError as error:
                form.add_error("sheet", error)
            else:
                return HttpResponseRedirect(reverse("admin:orders_stockcount_change", args=[made.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Bring a sheet of counts"),
            "form": form,
        }
        return render(request, "admin/bring_count.html", context)


def _told(event: stock_figures.Event) -> tuple[str, str]:
    """The words of an event's kind, and their tone."""
    if event.kind == "order":
        return pgettext("pieces", "Sold"), "grey"
    known = event.kind in MoveKind.values
    return (str(MoveKind(event.kind).label), TONES[MoveKind(event.kind)]) if known else (event.kind, "grey")


@admin.register(StockCount)
class StockCountAdmin(PageAdmin):
    """Sheets of counts: looked at, taken, undone."""

    menu = ("products", 23)
    page_related = ("user",)
    guide = "stock"
    day_column = "created_at"
    change_list_template = "admin/stock.html"
    empty_text = gettext_lazy("A sheet of counts sets the stock of many SKUs at once. Bring one from the stock page.")
    list_display = ["name", "state_badge", "user", "created_at"]
    list_select_related = ["user"]
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/take/", wrap(require_POST(self.take)), name="orders_stockcount_take"),
            path("<int:pk>/undo/", wrap(require_POST(self.undo)), name="orders_stockcount_undo"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, count: StockCount) -> SafeString:
        tones = {"preview": "grey", "taking": "blue", "taken": "green", "undoing": "blue"}
        return badge(count.get_state_display(), tones.get(count.state, "grey"))

    def page(self, request: HttpRequest, count: StockCount) -> HttpResponse:
        """Its rows, with what is here beside what was counted."""
        rows = count.rows.select_related("sku__spu").defer("sku__spu__draft", "sku__spu__online", "sku__spu__desc")
        if request.GET.get("all") != "1":
            rows = rows.exclude(ours=F("counted"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(count),
            "count": count,
            "state": self.state_badge(count),
            "page": Paginator(rows, PAGE).get_page(request.GET.get("p")),
            "total": count.rows.count(),
            "differing": stock_counts.differing(count),
            "faults": stock_counts.faults_of(count),
            "may_set": request.user.has_perm(MAY_SET),
        }
        return render(request, "admin/stock_count.html", context)

    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._work(request, pk, StockCount.State.PREVIEW, StockCount.State.TAKING)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._work(request, pk, StockCount.State.TAKEN, StockCount.State.UNDOING)

    def _work(self, request: HttpRequest, pk: int, before: str, after: str) -> HttpResponse:
        if not request.user.has_perm(MAY_SET):
            raise PermissionDenied
        count = get_object_or_404(StockCount, pk=pk)
        if stock_counts.press(count, before, after):
            trace_edit(count, {"state": [before, after]})
            wait_until(lambda: not StockCount.objects.filter(pk=pk, state=after).exists())
        else:
            messages.error(request, _("It is not possible any more: look at its state."))
        return HttpResponseRedirect(reverse("admin:orders_stockcount_change", args=[pk]))
