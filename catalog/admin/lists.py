from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.admin.pulled import PulledReadOnlyAdmin
from console.templatetags.console import badge

from ..models import Brand, Category, Need, need_of
from ..models.category import CategoryQuerySet


class NeedFilter(admin.SimpleListFilter):
    title = gettext_lazy("category papers")
    parameter_name = "need"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        return Need.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(qualification_type=self.value()) if self.value() else queryset


@admin.register(Category)
class CategoryAdmin(PulledReadOnlyAdmin):
    empty_text = gettext_lazy("WeChat's tree of categories: pull it before you choose categories for goods.")
    pulled_lists = ["categories", "granted_categories"]
    list_display = ["path", "third_cat_id", "usable", "category_papers", "product_papers"]
    list_filter = [NeedFilter, "granted", "gone"]
    search_fields = ["first_cat_name", "second_cat_name", "third_cat_name", "=third_cat_id"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        # The picker of an application offers the categories that can be applied for, the picker of a product those it
        # may be in; the list shows all.
        if "autocomplete" in request.path:
            for_products = request.GET.get("model_name") == "spu"
            categories = cast(CategoryQuerySet, queryset)
            to_apply_for = categories.current().exclude(qualification_type=Need.NONE)
            queryset = categories.usable() if for_products else to_apply_for
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("category"), ordering="first_cat_name")
    def path(self, category: Category) -> str:
        return str(category)

    @admin.display(description=gettext_lazy("for products"))
    def usable(self, category: Category) -> str:
        if category.gone:
            return badge(_("no longer listed"), "red")
        if category.granted:
            return badge(_("granted"), "green")
        if category.is_usable:
            return badge(_("free to use"), "green")
        return badge(_("papers first"), "grey")

    @admin.display(description=gettext_lazy("category papers"))
    def category_papers(self, category: Category) -> str:
        return _need(category.qualification_type, category.qualification)

    @admin.display(description=gettext_lazy("product papers"))
    def product_papers(self, category: Category) -> str:
        return _need(category.product_qualification_type, category.product_qualification)


@admin.register(Brand)
class BrandAdmin(PulledReadOnlyAdmin):
    empty_text = gettext_lazy("The brands that WeChat granted you: pull them, or apply for one under Papers.")
    pulled_lists = ["granted_brands"]
    list_display = ["brand_wording", "brand_id", "state"]
    search_fields = ["brand_wording", "=brand_id"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if "autocomplete" in request.path:
            queryset = queryset.filter(gone=False)
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("state"))
    def state(self, brand: Brand) -> str:
        return badge(_("no longer granted"), "red") if brand.gone else badge(_("granted"), "green")


def _need(kind: int, papers: str) -> str:
    return f"{need_of(kind)}: {papers}" if papers else need_of(kind)
