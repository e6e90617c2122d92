"""The list of products."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.lists import state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.search_index import find
from console.templatetags.console import ago, badge
from wechat.models import Image

from ..models import SPU, Brand, Category, Difference, EditStatus, SPUPicture, Status, Unsent

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
    "to-update": (gettext_lazy("Prices and stock to send"), Q(unsent=Unsent.FREE, removed_at=None)),
    "different": (gettext_lazy("Different at WeChat"), Q(Exists(Difference.objects.filter(spu=OuterRef("pk"))))),
}


class UsedFilter(admin.SimpleListFilter):
    """Offers only the values that some product has, found through the index."""

    model: type[Category | Brand]
    key = ""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        used = SPU.objects.filter(**{f"{self.parameter_name}_id": OuterRef(self.key)})
        return [(getattr(row, self.key), str(row)) for row in self.model._default_manager.filter(Exists(used))[:200]]

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
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "catalog_spu_changelist":
            heads = SPUPicture.objects.filter(kind=SPUPicture.Kind.HEAD, position=0).select_related("image")
            queryset = queryset.defer("draft", "online", "desc").prefetch_related("skus", Prefetch("pictures", heads))
        return queryset

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """By parts of its title or ids, each word in one of them; by the whole product_id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(pk__in=find("product", term))
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            found |= Q(product_id=int(term))
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("product"))
    def product(self, spu: SPU) -> str:
        head = next((row.image for row in spu.pictures.all()), None)
        thumb = picture(head) if head else format_html('<span class="no-picture">–</span>')
        return format_html(
            '<span class="product">{}<span>{}<br><small><code>{}</code></small><span class="reason">{}</span>'
            "</span></span>",
            thumb,
            spu.title,
            spu.out_product_id,
            Truncator(spu.reject_reason).chars(60),
        )

    @admin.display(description=gettext_lazy("review"))
    def review(self, spu: SPU) -> SafeString:
        return badge(spu.review_label, "grey" if spu.removed_at else REVIEW_TONES.get(spu.edit_status, "grey"))

    @admin.display(description=gettext_lazy("sale status"))
    def shelf(self, spu: SPU) -> str:
        return badge(spu.shelf_label, SHELF_TONES.get(spu.status, "grey")) if spu.shelf_label else ""

    @admin.display(description=gettext_lazy("price"))
    def price(self, spu: SPU) -> str:
        prices = sorted({sku.sale_price for sku in spu.skus.all()})
        if not prices:
            return "–"
        ends = yuan(prices[0], "¥") if len(prices) == 1 else f"{yuan(prices[0], '¥')} – {yuan(prices[-1], '¥')}"
        return format_html('<span class="amount">{}</span>', ends)

    @admin.display(description=gettext_lazy("stock"))
    def stock(self, spu: SPU) -> str:
        skus = spu.skus.all()
        total = sum(sku.stock_num for sku in skus)
        return (
            format_html('<span class="amount">{}</span>', total) if total or not skus else badge(_("sold out"), "red")
        )

    @admin.display(description=gettext_lazy("not sent yet"))
    def waiting(self, spu: SPU) -> str:
        if spu.removed_at or spu.unsent == Unsent.NOTHING:
            return ""
        return badge(_("price, stock") if spu.unsent == Unsent.FREE else _("to review"), "amber")

    @admin.display(description=gettext_lazy("changed"), ordering="changed_at")
    def changed(self, spu: SPU) -> str:
        return ago(spu.changed_at)


def picture(image: Image) -> str:
    if not image.file:
        return format_html('<span class="no-picture">{}</span>', _("at WeChat"))
    return format_html('<img src="{}" class="thumb" alt="" loading="lazy">', reverse("picture", args=[image.pk]))
