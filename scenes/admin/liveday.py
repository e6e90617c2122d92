from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from console.operation_admin import OperationAdmin

from ..live_days.findings import looks, time_left
from ..models import LiveDay


@admin.register(LiveDay)
class LiveDayAdmin(OperationAdmin):
    """Live days, with the products that could not be sold on them."""

    menu = ("selling", 10)
    change_form_template = "admin/live_day.html"
    day_column = "date"
    list_display = ["title", "date"]
    search_fields = ["title"]
    date_hierarchy = "date"
    autocomplete_fields = ["products"]
    fields = ["date", "title", "products"]

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
