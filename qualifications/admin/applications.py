from typing import Any, cast

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import timeline
from console.lists import is_record
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge
from wechat.models import Step

from .. import operations
from ..forms import BrandForm, CategoryForm, load_documents
from ..models import (
    AuditStatus,
    BrandQualification,
    CategoryQualification,
    Document,
    Qualification,
    UnclaimedAudit,
)
from ..papers import paper_fields
from ..refusals import changes_between, refusal_of

TONES = {AuditStatus.PENDING: "blue", AuditStatus.APPROVED: "green", AuditStatus.REJECTED: "red"}
REVIEWS = {
    "draft": (gettext_lazy("Drafts"), Q(last_round=None)),
    "pending": (gettext_lazy("In review"), Q(last_round__status=AuditStatus.PENDING)),
    "rejected": (gettext_lazy("Rejected"), Q(last_round__status=AuditStatus.REJECTED)),
    "approved": (gettext_lazy("Approved"), Q(last_round__status=AuditStatus.APPROVED)),
}


class ReviewFilter(admin.SimpleListFilter):
    title = gettext_lazy("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        return [(name, label) for name, (label, _where) in REVIEWS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        review = self.value()
        return queryset.filter(REVIEWS[review][1]) if review in REVIEWS else queryset


class QualificationAdmin(OperationAdmin):
    """Base of the pages of brand and category applications: review badge, rounds, and no edits while in review."""

    chips = [(label, f"review={name}", where) for name, (label, where) in REVIEWS.items()]
    list_filter = [ReviewFilter]
    list_select_related = ["last_round"]
    audits = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """A record that is shown comes with its last round and its papers."""
        rows = super().get_queryset(request)
        if not is_record(request):
            return rows
        papers = (Prefetch(field.name, Document.objects.select_related("image")) for field in paper_fields(self.opts))
        return rows.select_related("last_round").prefetch_related(*papers)

    def has_change_permission(self, request: HttpRequest, obj: Qualification | None = None) -> bool:
        # An application that is in review or approved cannot be edited.
        return super().has_change_permission(request, obj) and (obj is None or obj.may_submit())

    def has_delete_permission(self, request: HttpRequest, obj: Qualification | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.last_round_id is None)

    def get_fieldsets(self, request: HttpRequest, obj: Qualification | None = None) -> Any:
        """Where nothing can be changed, the papers are left out of the form and shown below as pictures."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        papers = {field.name for field in paper_fields(self.opts)}
        editable = [
            (
                title,
                {**options, "fields": [name for name in options["fields"] if name not in papers], "description": ""},
            )
            for title, options in fieldsets
        ]
        return [(title, options) for title, options in editable if options["fields"]]

    @admin.display(description=gettext_lazy("review"), ordering="last_round__status")
    def review(self, obj: Qualification) -> SafeString:
        return self.state_badge(obj)

    @admin.display(description=gettext_lazy("reason"))
    def reject_reason(self, obj: Qualification) -> str:
        return obj.last_round.reject_reason if obj.last_round else ""

    @admin.display(description=gettext_lazy("submitted"), ordering="last_round__submitted_at")
    def submitted_at(self, obj: Qualification) -> str:
        return ago(obj.last_round and obj.last_round.submitted_at)

    def state_badge(self, obj: Qualification) -> SafeString:
        return badge(obj.state_label, TONES.get(obj.last_round.status, "grey") if obj.last_round else "grey")

    def timeline(self, obj: Qualification, span: timeline.Span) -> list[timeline.Entry]:
        rounds = list(obj.rounds.order_by("id"))
        return [
            timeline.Entry(
                review.decided_at or review.submitted_at,
                "review",
                _("Review %(number)d at WeChat: %(state)s.") % {"number": number, "state": review.status_label},
                review.status_label,
                TONES.get(review.status, "grey"),
                changes=changes_between(obj, rounds[number - 2].sent, review.sent) if number > 1 else None,
                text=review.reject_reason,
                code="reviewed",
                values={"number": number, "status": review.status},
            )
            for number, review in enumerate(rounds, 1)
        ]

    def found_keys(self, step: Step) -> list[tuple[str, str]]:
        unclaimed = UnclaimedAudit.objects.filter(kind=self.audits, heard_at__gte=step.created_at).order_by("-id")
        return [
            (audit.audit_id, f"{audit.audit_id} ({timezone.localtime(audit.heard_at):%m-%d %H:%M})")
            for audit in unclaimed
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Qualification | None = None,
    ) -> HttpResponse:
        load_documents(context["adminform"].form)
        context["refusal"] = refusal_of(obj) if obj else None
        if obj and not self.has_change_permission(request, obj):
            chosen = [(field.verbose_name, getattr(obj, field.name).all()) for field in paper_fields(self.opts)]
            context["papers"] = [(label, documents) for label, documents in chosen if documents]
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(BrandQualification)
class BrandQualificationAdmin(QualificationAdmin):
    menu = ("papers", 10)
    technical = ["brand_id", "audit_id"]
    operations = [operations.submit_brand, operations.refresh_brand]
    form = BrandForm
    audits = "brand"
    empty_text = gettext_lazy("A brand is sold after WeChat has approved it: add the first application.")
    list_display = ["brand_wording", "review", "brand_id", "reject_reason", "submitted_at"]
    search_fields = ["brand_wording", "=brand_id"]
    fieldsets = [
        (
            gettext_lazy("The brand"),
            {
                "fields": [
                    "brand_wording",
                    ("brand_audit_type", "trademark_type"),
                    ("brand_management_type", "commodity_origin_type"),
                ],
                "description": gettext_lazy("What has a * is needed before it is submitted; it can be saved without."),
            },
        ),
        (gettext_lazy("For every brand"), {"fields": ["license", "trademark_registrant_nu"]}),
        (
            gettext_lazy("Registered trademark (R)"),
            {
                "fields": [
                    "trademark_registration_certificate",
                    "trademark_registrant",
                    "trademark_authorization_period",
                ],
                "classes": ["if-registered"],
            },
        ),
        (
            gettext_lazy("Trademark applied for (TM)"),
            {
                "fields": ["trademark_registration_application", "trademark_applicant", "trademark_application_time"],
                "classes": ["if-applied"],
            },
        ),
        (gettext_lazy("Agents"), {"fields": ["sale_authorization"], "classes": ["if-agent"]}),
        (
            gettext_lazy("Imported goods, and changes of the trademark"),
            {"fields": ["imported_goods_form", "trademark_change_certificate"]},
        ),
    ]

    class Media:
        js = ["console/brand.js"]


@admin.register(CategoryQualification)
class CategoryQualificationAdmin(QualificationAdmin):
    menu = ("papers", 20)
    technical = ["category_id", "audit_id"]
    operations = [operations.submit_category, operations.refresh_category]
    form = CategoryForm
    audits = "category"
    empty_text = gettext_lazy("Some categories need a licence: add the first application.")
    list_display = ["category", "review", "reject_reason", "submitted_at"]
    list_select_related = ["last_round", "category"]
    search_fields = ["category__third_cat_name", "=category__third_cat_id"]
    autocomplete_fields = ["category"]
    readonly_fields = ["papers"]
    fieldsets = [
        (gettext_lazy("The category"), {"fields": ["category", "papers"]}),
        (
            gettext_lazy("Its papers"),
            {
                "fields": ["license", "certificate"],
                "description": gettext_lazy(
                    "Papers once filed with the mini program can be used again: pull them under “Lists from WeChat”, "
                    "then choose them here."
                ),
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: CategoryQualification | None = None) -> list[str]:
        return ["papers", *(["category"] if obj and obj.last_round_id else [])]

    @admin.display(description=gettext_lazy("what it asks for"))
    def papers(self, obj: CategoryQualification) -> str:
        if obj is None or obj.category_id is None:
            return _("Choose the category and save: what it asks for is shown here.")
        return obj.category.qualification or _("WeChat names no papers.")

    def state_badge(self, obj: Qualification) -> SafeString:
        if cast(CategoryQualification, obj).category.granted:
            return badge(obj.state_label, "green")
        return super().state_badge(obj)
