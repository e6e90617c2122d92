from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.forms.utils import ErrorDict, ErrorList
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import files, timeline
from console.admin.pulled import pulled_lists
from console.lists import state_filter
from console.money import yuan
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge
from wechat.models import Image
from wechat.steps.operations import Operation

from .. import changes, content, fields, operations
from ..copies import sku_of
from ..forms import SKUForm, SKUFormSet, SPUForm
from ..models import SKU, SPU, BatchChange, Brand, Category, Difference, EditStatus, SPUPicture, Status, Unsent
from ..tracing import pairs, take_theirs
from .batches import exported

REVIEW_TONES = {EditStatus.IN_REVIEW: "blue", EditStatus.APPROVED: "green", EditStatus.REJECTED: "red"}
SHELF_TONES = {Status.LISTED: "green", Status.DELISTED: "amber", Status.VIOLATION: "red"}
STATES = {
    "draft": (gettext_lazy("Drafts"), Q(edit_status=None, removed_at=None)),
    "review": (gettext_lazy("In review"), Q(edit_status=EditStatus.IN_REVIEW, removed_at=None)),
    "refused": (gettext_lazy("Refused"), Q(edit_status=EditStatus.REJECTED, removed_at=None)),
    "on-sale": (gettext_lazy("On sale"), Q(status=Status.LISTED, removed_at=None)),
    "off-sale": (gettext_lazy("Off sale"), Q(status=Status.DELISTED, removed_at=None)),
    "violation": (gettext_lazy("Taken off by WeChat"), Q(status=Status.VIOLATION, removed_at=None)),
    "to-submit": (
        gettext_lazy("To submit"),
        Q(unsent=Unsent.REVIEW, removed_at=None) & (Q(edit_status=None) | ~Q(edit_status=EditStatus.IN_REVIEW)),
    ),
    "to-update": (gettext_lazy("Prices and stock to send"), Q(unsent=Unsent.FREE, removed_at=None)),
    "different": (gettext_lazy("Other at WeChat"), Q(Exists(Difference.objects.filter(spu=OuterRef("pk"))))),
}
files.show_to(
    "catalog.view_spu",
    lambda image: image.places.exclude(kind=SPUPicture.Kind.QUALIFICATION).exists() or image.skus.exists(),
)


class UsedFilter(admin.SimpleListFilter):
    """Offers only what some product is in, found through the index."""

    model: type
    key = ""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        used = SPU.objects.filter(**{f"{self.parameter_name}_id": OuterRef(self.key)})
        return [(getattr(row, self.key), str(row)) for row in self.model.objects.filter(Exists(used))[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() and self.value().isdigit():
            return queryset.filter(**{f"{self.parameter_name}_id": self.value()})
        return queryset


class CategoryFilter(UsedFilter):
    title, parameter_name, model, key = gettext_lazy("category"), "category", Category, "third_cat_id"


class BrandFilter(UsedFilter):
    title, parameter_name, model, key = gettext_lazy("brand"), "brand", Brand, "brand_id"


class SKUInline(admin.TabularInline):
    model = SKU
    form, formset = SKUForm, SKUFormSet
    extra = 0
    min_num = 1
    verbose_name_plural = gettext_lazy("SKUs: prices, stock and codes change without a review")


@admin.register(SPU)
class SPUAdmin(OperationAdmin):
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
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    list_display = ["product", "review", "shelf", "price", "stock", "waiting", "changed"]
    list_display_links = ["product"]
    list_filter = [state_filter(STATES), CategoryFilter, BrandFilter]
    search_fields = ["out_product_id__startswith", "title__startswith", "=product_id"]
    autocomplete_fields = ["category", "brand"]
    readonly_fields = ["papers"]
    sortable_by = ["changed"]
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
            gettext_lazy("Seldom needed"),
            {"fields": ["direct_path", "info_version"], "classes": ["collapse", "review"]},
        ),
    ]

    class Media:
        js = ["console/product.js"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export/", wrap(self.export), name="catalog_spu_export"),
            path("<int:pk>/difference/<int:difference>/", wrap(self.resolve_difference), name="catalog_spu_difference"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "catalog_spu_changelist":
            heads = SPUPicture.objects.filter(kind=SPUPicture.Kind.HEAD, position=0).select_related("image")
            queryset = queryset.defer("draft", "online", "desc").prefetch_related("skus", Prefetch("pictures", heads))
        return queryset

    def get_readonly_fields(self, request: HttpRequest, obj: SPU | None = None) -> list[str]:
        return ["papers", *(["out_product_id"] if obj and obj.is_known else [])]

    def has_change_permission(self, request: HttpRequest, obj: SPU | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.removed_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: SPU | None = None) -> bool:
        # What WeChat has is deleted there; a used-up id is kept, so that nobody takes it again.
        free = obj is None or (not obj.is_known and obj.removed_at is None)
        return super().has_delete_permission(request, obj) and free

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        # Rows of every state may be chosen: what WeChat has would be lost from here only.
        actions.pop("delete_selected", None)
        return actions

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: list[BaseModelFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        content.update_unsent(form.instance)

    def _button(self, request: HttpRequest, op: Operation, obj: SPU | None) -> dict:
        # One button saves and sends, by whichever road is right; the others stand above and do not save.
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
            last = obj.rounds.first()
            rejected = obj.edit_status == EditStatus.REJECTED and not obj.removed_at
            context |= {
                "last_round": last if rejected else None,
                "rejected": EditStatus.REJECTED,
                "changes": changes.not_sent(obj),
                "on_sale": obj.status == Status.LISTED,
                "needs_review": obj.unsent == Unsent.REVIEW,
                "differences": [
                    {
                        "row": row,
                        "label": fields.label(row.field),
                        "ours": fields.shown(row.field, row.ours),
                        "theirs": fields.shown(row.field, row.theirs),
                    }
                    for row in obj.differences.order_by("field")
                ],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def mark_elsewhere(self, context: dict, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """What is wrong with a SKU stands in its row."""
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
        lists = pulled_lists(request, ["products"])
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows, as a sheet: ?as=csv, xlsx or prices."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = request.GET.get("as", "xlsx")
        request.GET = request.GET.copy()
        request.GET.pop("as", None)
        return exported(self.get_changelist_instance(request).get_queryset(request), kind)

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

    def timeline(self, obj: SPU) -> list[timeline.Entry]:
        return [*_imports(obj), *_rounds(obj)]

    def state_badge(self, obj: SPU) -> SafeString:
        return format_html("{} {}", self.review(obj), self.shelf(obj))

    @admin.display(description=gettext_lazy("what the category asks of a product"))
    def papers(self, obj: SPU) -> str:
        if obj is None or obj.category is None:
            return _("Choose the category and save: what it asks for is shown here.")
        return obj.category.product_qualification or _("Nothing.")

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
    def review(self, spu: SPU) -> str:
        return badge(spu.review_label, "grey" if spu.removed_at else REVIEW_TONES.get(spu.edit_status, "grey"))

    @admin.display(description=gettext_lazy("shelf"))
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


def _operation_to_push(spu: SPU) -> Operation:
    return changes.operation_for(spu) or operations.submit_spu


def picture(image: Image) -> str:
    if not image.file:
        return format_html('<span class="no-picture">{}</span>', _("at WeChat"))
    return format_html('<img src="{}" class="thumb" alt="" loading="lazy">', reverse("picture", args=[image.pk]))


def _imports(spu: SPU) -> list[timeline.Entry]:
    rows = BatchChange.objects.filter(spu=spu).select_related("batch__user").order_by("-id")[: timeline.LENGTH]
    return [
        timeline.Entry(
            row.changed_at,
            "edit",
            _("Import %(sheet)s") % {"sheet": row.batch},
            str(row.batch.user or row.batch.door),
            changes={
                fields.label(name): [fields.shown(name, value) for value in pair] for name, pair in row.changes.items()
            },
        )
        for row in rows
    ]


def _rounds(spu: SPU) -> list[timeline.Entry]:
    rounds = list(spu.rounds.order_by("id"))
    return [
        timeline.Entry(
            one.decided_at or one.submitted_at,
            "review",
            _("Review %(number)d") % {"number": number},
            _("WeChat"),
            one.status_label,
            REVIEW_TONES.get(one.status, "grey"),
            changes=pairs(rounds[number - 2].sent, one.sent) if number > 1 else None,
            text=one.reject_reason,
        )
        for number, one in enumerate(rounds, 1)
    ]
