from functools import partial
from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.forms.utils import ErrorDict, ErrorList
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import files, timeline
from console.admin.pulled import pulled_lists
from console.lists import is_record
from wechat.steps.operations import Operation

from .. import changes, content, operations
from ..copies import sku_of
from ..forms import SKUForm, SKUFormSet, SPUForm
from ..models import SKU, SPU, Difference, SPUPicture, Status, Unsent
from ..models.spu import SPUQuerySet
from ..refusals import refusal_of
from ..tracing import take_theirs
from .batches import exported
from .bulk_edit import MOST, edit_many
from .product_beside import by_imports, reviews_of, rows_of, shown_differences
from .product_list import ProductListAdmin

for _permission in ("catalog.view_spu", "orders.view_order", "aftersales.view_aftersale"):
    files.show_to(
        _permission,
        lambda image: image.places.exclude(kind=SPUPicture.Kind.QUALIFICATION).exists() or image.skus.exists(),
    )


class SKUInline(admin.TabularInline):
    model = SKU
    form, formset = SKUForm, SKUFormSet
    extra = 0
    min_num = 1
    verbose_name_plural = gettext_lazy("SKUs: prices, stock and codes change without a review")


@admin.register(SPU)
class SPUAdmin(ProductListAdmin):
    empty_text = gettext_lazy("Add a product, import a sheet, or pull what WeChat has.")
    menu = ("products", 10)
    technical = ["product_id", "sku_ids", "brand_id", "category_id", "read_at"]
    operations = [
        operations.submit_spu,
        operations.update_spu_without_audit,
        operations.update_spu_stock,
        operations.resubmit_spu,
        operations.withdraw_spu,
        operations.list_spu,
        operations.delist_spu,
        operations.remove_spu,
        operations.refresh_spu,
    ]
    form = SPUForm
    inlines = [SKUInline]
    change_form_template, change_list_template = "admin/product.html", "admin/products.html"
    actions = ["edit_prices", "add_to_live_day"]
    autocomplete_fields = ["category", "brand"]
    readonly_fields = ["papers"]
    fieldsets = [
        (
            gettext_lazy("The product: a change here needs a review"),
            {"fields": ["out_product_id", "title", "category", "papers", "brand", "head_img"], "classes": ["review"]},
        ),
        (
            gettext_lazy("Details: a change here needs a review"),
            {"fields": ["path", "desc", "imgs", "qualification_pics", "scene_group_list"], "classes": ["review"]},
        ),
        (
            gettext_lazy("Rarely needed"),
            {"fields": ["direct_path", "info_version"], "classes": ["collapse", "review"]},
        ),
    ]

    class Media:
        js = ["console/product.js"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("edit-many/", wrap(partial(edit_many, self)), name="catalog_spu_edit_many"),
            path("export/", wrap(self.export), name="catalog_spu_export"),
            path("<int:pk>/difference/<int:difference>/", wrap(self.resolve_difference), name="catalog_spu_difference"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: SPU | None = None) -> list[str]:
        return ["papers", *(["out_product_id"] if obj and obj.is_known else [])]

    def has_change_permission(self, request: HttpRequest, obj: SPU | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.removed_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: SPU | None = None) -> bool:
        # A product that WeChat has is deleted at WeChat, by `remove_spu`; its row stays, so that nobody uses its id
        # again.
        free = obj is None or (not obj.is_known and obj.removed_at is None)
        return super().has_delete_permission(request, obj) and free

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        # The list action could be run on products that WeChat has, and would delete them here only.
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=gettext_lazy("Edit prices and stock"), permissions=["change"])
    def edit_prices(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseRedirect:
        return self._with_chosen(request, queryset, "admin:catalog_spu_edit_many")

    @admin.action(description=gettext_lazy("Add to a live day"), permissions=["live_day"])
    def add_to_live_day(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseRedirect:
        return self._with_chosen(request, queryset, "admin:scenes_liveday_choose")

    def has_live_day_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("scenes.change_liveday")

    def _with_chosen(self, request: HttpRequest, queryset: QuerySet, page: str) -> HttpResponseRedirect:
        keys = list(queryset.order_by("id").values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            messages.warning(request, _("The first %(most)d of them are shown.") % {"most": MOST})
        return HttpResponseRedirect(f"{reverse(page)}?ids={','.join(map(str, keys[:MOST]))}")

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: list[BaseModelFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        content.update_unsent(form.instance)

    def _button(self, request: HttpRequest, op: Operation, obj: SPU | None) -> dict:
        # One button saves and runs the operation that fits; the others are above the form and do not save.
        return super()._button(request, op, obj) | {"saves": False}

    def operation_of_button(self, request: HttpRequest, button: str, obj: SPU) -> Operation | None:
        if button != "send":
            return super().operation_of_button(request, button, obj)
        op = changes.operation_for(obj)
        if op is None:
            messages.info(request, _("Saved. WeChat has all of it already."))
        elif op is operations.resubmit_spu:
            messages.warning(
                request,
                _("Saved, not sent: the product is in review. Wait, or press “%(button)s”.") % {"button": op.label},
            )
        elif self.may(request, op):
            return op
        return None

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: SPU | None = None,
    ) -> HttpResponse:
        context["may_send"] = self.may(request, operations.submit_spu) and self.has_change_permission(request, obj)
        if obj is not None:
            refusal = refusal_of(obj)
            context |= {"refusal": refusal, "on_sale": obj.status == Status.LISTED}
            context["changes"] = [] if refusal and refusal.changes else changes.not_sent(obj)
            context["taken_off"] = obj.status == Status.VIOLATION and not obj.removed_at
            context["needs_review"] = obj.unsent == Unsent.REVIEW
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_queryset(self, request: HttpRequest) -> SPUQuerySet:
        rows = cast(SPUQuerySet, super().get_queryset(request))
        return rows.select_related("category").with_content() if is_record(request) else rows

    def beside(self, request: HttpRequest, obj: SPU) -> dict[str, QuerySet]:
        return super().beside(request, obj) | rows_of(obj)

    def beside_context(self, request: HttpRequest, obj: SPU) -> dict:
        context = super().beside_context(request, obj)
        return context | {"differences": shown_differences(obj, context["there"])}

    def mark_elsewhere(self, context: dict, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """Show the errors of a SKU in its row."""
        formset = next(inline.formset for inline in context["inline_admin_formsets"] if inline.opts.model is SKU)
        forms = {form.instance.out_sku_id: form for form in formset.initial_forms}
        rest = {}
        for field, lines in fields.items():
            name = field.rsplit("].", 1)[-1]
            form = forms.get(sku_of(field))
            if field == "skus":
                formset._non_form_errors = ErrorList(lines, error_class="nonform")
            elif form and name in form.fields:
                form._errors = form._errors or ErrorDict()
                form._errors.setdefault(name, ErrorList()).extend(lines)
            else:
                rest[field] = lines
        return rest

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {
            "pulled_lists": pulled_lists(request, ["products"]),
            "submits_all": request.GET.get("state") == "granted" and self.may(request, operations.submit_spu),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Export the products that the list shows, as a sheet: ?as=csv, xlsx or prices."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        kind = query.get("as", "xlsx")
        query.pop("as", None)
        request.GET = query  # type: ignore[assignment]  # the list reads its filters from here
        products = self.get_changelist_instance(request).get_queryset(request)
        if refused := self.refuse_cut(request):
            return refused
        return exported(cast(SPUQuerySet, products), kind)

    def resolve_difference(self, request: HttpRequest, pk: int, difference: int) -> HttpResponse:
        """Resolve one difference by POST: use WeChat's value, or push ours."""
        if request.method != "POST":
            raise Http404
        row = get_object_or_404(Difference.objects.select_related("spu"), pk=difference, spu=pk)
        if request.POST.get("take") != "theirs":
            return self.run(request, _operation_to_push(row.spu), row.spu)
        if not self.has_change_permission(request, row.spu):
            raise PermissionDenied
        take_theirs(row)
        messages.success(request, _("Taken from WeChat."))
        return HttpResponseRedirect(self._back(request, row.spu))

    def timeline(self, obj: SPU, span: timeline.Span) -> list[timeline.Entry]:
        return [*by_imports(obj, span), *reviews_of(obj, span)]

    def state_badge(self, obj: SPU) -> SafeString:
        return format_html("{} {}", self.review(obj), self.shelf(obj))

    @admin.display(description=gettext_lazy("what the category asks of a product"))
    def papers(self, obj: SPU) -> str:
        if obj is None or obj.category is None:
            return _("Choose the category and save: what it asks for is shown here.")
        return obj.category.product_qualification or _("Nothing.")


def _operation_to_push(spu: SPU) -> Operation:
    return changes.operation_for(spu) or operations.submit_spu
