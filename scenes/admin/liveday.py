from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from catalog.models import SPU
from console.edits import trace_edit
from console.operation_admin import OperationAdmin

from ..live_days import goods
from ..live_days.choosing import ChoosingForm
from ..live_days.findings import looks, time_left
from ..models import LiveDay
from .evening import EveningPages
from .live_board import BoardPages

MOST = 1000  # products that come chosen


@admin.register(LiveDay)
class LiveDayAdmin(EveningPages, BoardPages, OperationAdmin):
    """Live days, with the products that could not be sold on them."""

    empty_text = gettext_lazy(
        "A live day collects what has to be ready for an evening: its products, scene and people. Add the next one."
    )
    menu = ("selling", 10)
    guide = "live"
    change_form_template = "admin/live_day.html"
    day_column = "date"
    list_display = ["title", "date", "evening_link"]
    search_fields = ["title"]
    date_hierarchy = "date"
    autocomplete_fields = ["products"]
    fields = ["date", "title", "products"]

    @admin.display(description=gettext_lazy("evening"))
    def evening_link(self, day: LiveDay) -> SafeString:
        label = (
            pgettext("evening", "ended")
            if day.ended_at
            else _("running")
            if day.started_at
            else _("Goods of the evening")
        )
        return format_html('<a href="{}">{}</a>', reverse("admin:scenes_liveday_evening", args=[day.pk]), label)

    def get_urls(self) -> list[Any]:
        return [
            path("choose/", self.admin_site.admin_view(self.choose), name="scenes_liveday_choose"),
            *self.evening_urls(),
            *self.board_urls(),
            *super().get_urls(),
        ]

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Add products to a live day: `?ids=…` are keys of products chosen in their list."""
        if not self.has_change_permission(request) or not self.has_add_permission(request):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("ids", "").split(",") if key.isdecimal()][:MOST]
        chosen = SPU.objects.filter(pk__in=keys).order_by("id").values_list("out_product_id", flat=True)
        initial = {"ids": "\n".join(chosen), "day": request.GET.get("day")}
        form = ChoosingForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            day, added = form.save()
            text = ngettext("%(count)d product is added.", "%(count)d products are added.", added)
            messages.success(request, text % {"count": added})
            trace_edit(day, {_("products"): ["", f"+{added}"]})
            return HttpResponseRedirect(reverse("admin:scenes_liveday_evening", args=[day.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Add to a live day"),
            "form": form,
        }
        return render(request, "admin/choose_live_day.html", context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not form.instance.ended_at:
            goods.fill(form.instance)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while it runs: what it keeps back of the stock would never come back."""
        is_active = obj is not None and obj.goods.active().exists()
        return not is_active and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

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
            products = looks(obj)
            context |= {
                "looks": products,
                "time_left": time_left(obj),
                "head": _("%(ready)d of %(all)d can be sold as they stand.")
                % {"ready": sum(look.is_ready for look in products), "all": len(products)},
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> list[Any]:
        return ["title"]
