"""The list of products."""

import time
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.lists import cut, is_list, state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.search_index import find
from console.templatetags.console import ago, badge, with_thumb

from ..grants import WAITED
from ..models import SPU, Brand, Category, Difference, EditStatus, Status, Unsent

REVIEW_TONES: dict[int | None, str] = {
    EditStatus.IN_REVIEW: "blue",
    EditStatus.APPROVED: "green",
    EditStatus.REJECTED: "red",
}
SHELF_TONES: dict[int | None, str] = {Status.LISTED: "green", Status.DELISTED: "amber", Status.VIOLATION: "red"}
STATES = {
    "draft": (gettext_lazy("Drafts"), Q(edit_status=None, removed_at=None)),
    "review": (gettext_lazy("In review"), Q(edit_status=EditStatus.IN_REVIEW, removed_at=None)),
    "refused": (gettext_lazy("Rejected"), Q(edit_status=EditStatus.REJECTED, removed_at=None)),
    "on-sale": (gettext_lazy("On sale"), Q(status=Status.LISTED, removed_at=None)),
    "off-sale": (gettext_lazy("Off sale"), Q(status=Status.DELISTED, removed_at=None)),
    "violation": (gettext_lazy("Taken off by WeChat"), Q(status=Status.VIOLATION, removed_at=None)),
    "to-submit": (
        gettext_lazy("To submit"),
        Q(unsent=Unsent.REVIEW, removed_at=None) & (Q(edit_status=None) | ~Q(edit_status=EditStatus.IN_REVIEW)),
    ),
    "granted": (gettext_lazy("Granted meanwhile"), WAITED),
    "to-update": (gettext_lazy("Prices and stock to send"), Q(unsent=Unsent.FREE, removed_at=None)),
    "different": (gettext_lazy("Different at WeChat"), Q(Exists(Difference.objects.filter(spu=OuterRef("pk"))))),
}


class UsedFilter(admin.SimpleListFilter):
    """Offers only the values that some product has, as they were at most MENU_FRESH seconds ago."""

    model: type[Category | Brand]
    key = ""
    used: list[tuple[Any, Any]] = []
    looked_at = float("-inf")

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        cls = type(self)
        if time.monotonic() - cls.looked_at >= settings.MENU_FRESH:
            used = SPU.objects.filter(**{f"{self.parameter_name}_id": OuterRef(self.key)})
            rows = self.model._default_manager.filter(Exists(used))[:200]
            cls.used, cls.looked_at = [(getattr(row, self.key), str(row)) for row in rows], time.monotonic()
        return cls.used

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        key = self.value() or ""
        return queryset.filter(**{f"{self.parameter_name}_id": key}) if key.isdigit() else queryset


class CategoryFilter(UsedFilter):
    title, parameter_name, model, key = gettext_lazy("category"), "category", Category, "third_cat_id"


class BrandFilter(UsedFilter):
    title, parameter_name, model, key = gettext_lazy("brand"), "brand", Brand, "brand_id"


class ProductListAdmin(OperationAdmin):
    """The list of products: its states, filters and columns."""

    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    list_display = ["product", "review", "shelf", "price", "stock", "waiting", "changed"]
    list_display_links = ["product"]
    list_filter = [state_filter(STATES), CategoryFilter, BrandFilter]
    search_fields = ["out_product_id", "title", "=product_id"]
    search_help_text = gettext_lazy("Any part of the title, our id or a SKU's; the product_id in full.")
    sortable_by = ["changed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset: Any = super().get_queryset(request)
        if is_list(request):
            return queryset.defer("draft", "online", "desc").with_figures()
        return queryset

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """By parts of its title or ids, each word in one of them; by the whole product_id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(pk__in=cut(request, find("product", term)))
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            found |= Q(product_id=int(term))
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("product"))
    def product(self, spu: Any) -> str:
        text = format_html(
            '{}<br><small><code>{}</code></small><span class="reason">{}</span>',
            spu.title,
            spu.out_product_id,
            Truncator(spu.reject_reason).chars(60),
        )
        return with_thumb(spu.picture, text)

    @admin.display(description=gettext_lazy("review"))
    def review(self, spu: SPU) -> SafeString:
        return badge(spu.review_label, "grey" if spu.removed_at else REVIEW_TONES.get(spu.edit_status, "grey"))

    @admin.display(description=gettext_lazy("sale status"))
    def shelf(self, spu: SPU) -> str:
        return badge(spu.shelf_label, SHELF_TONES.get(spu.status, "grey")) if spu.shelf_label else ""

    @admin.display(description=gettext_lazy("price"))
    def price(self, spu: Any) -> str:
        if spu.lowest is None:
            return "–"
        ends = dict.fromkeys(yuan(price, "¥") for price in (spu.lowest, spu.highest))
        return format_html('<span class="amount">{}</span>', " – ".join(ends))

    @admin.display(description=gettext_lazy("stock"))
    def stock(self, spu: Any) -> str:
        if spu.stock == 0:
            return badge(_("sold out"), "red")
        return format_html('<span class="amount">{}</span>', spu.stock or 0)

    @admin.display(description=gettext_lazy("not sent yet"))
    def waiting(self, spu: SPU) -> str:
        if spu.removed_at or spu.unsent == Unsent.NOTHING:
            return ""
        return badge(_("price, stock") if spu.unsent == Unsent.FREE else _("to review"), "amber")

    @admin.display(description=gettext_lazy("changed"), ordering="changed_at")
    def changed(self, spu: SPU) -> str:
        return ago(spu.changed_at)
