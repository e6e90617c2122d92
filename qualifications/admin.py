from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db.models import ManyToManyField, Q, QuerySet
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console import timeline
from console.confirming import Confirmation
from console.masking import shown
from console.operation_admin import OperationAdmin
from console.outcomes import run_many
from console.templatetags.console import ago, badge
from wechat.models import Image, Step
from wechat.operations import upload_image

from . import operations
from .forms import BrandForm, CategoryForm, DocumentForm
from .models import AuditStatus, BrandQualification, CategoryQualification, Document, Qualification, UnclaimedAudit
from .models.document import DocumentQuerySet

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
        papers = {field.name for field in _papers(self.opts)}
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
                changes=_difference(rounds[number - 2].sent if number > 1 else None, review.sent),
                text=review.reject_reason,
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
        context["last_round"] = getattr(obj, "last_round", None)
        if obj and not self.has_change_permission(request, obj):
            chosen = [
                (field.verbose_name, getattr(obj, field.name).select_related("image")) for field in _papers(self.opts)
            ]
            context["papers"] = [(label, documents) for label, documents in chosen if documents]
        context["rejected"] = AuditStatus.REJECTED
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


class ExpiryFilter(admin.SimpleListFilter):
    title = gettext_lazy("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        return [("soon", gettext_lazy("expired or expiring soon"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return cast(DocumentQuerySet, queryset).expiring() if self.value() == "soon" else queryset


@admin.register(Document)
class DocumentAdmin(OperationAdmin):
    empty_text = gettext_lazy(
        "Licences, certificates and authorisations are kept here once, and used by every application."
    )
    menu = ("papers", 30)
    form = DocumentForm
    fields = ["kind", "title", "file", "preview", "expires_on", "at_wechat"]
    readonly_fields = ["preview", "at_wechat"]
    list_display = ["thumbnail", "title", "kind", "expiry", "at_wechat"]
    list_display_links = ["title"]
    list_filter = ["kind", ExpiryFilter]
    list_select_related = ["image"]
    search_fields = ["title"]
    actions = ["upload"]

    def has_delete_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        # A document that an application uses cannot be changed: it was sent to WeChat.
        return super().has_delete_permission(request, obj) and (obj is None or not obj.is_used)

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(upload_image.permission)

    @admin.action(description=gettext_lazy("Upload to WeChat"), permissions=["upload"])
    def upload(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        asked = Confirmation(self, request, queryset, gettext_lazy("Upload to WeChat"), why_not=_why_not_uploaded)
        if not asked.is_given:
            return asked.page()
        images = Image.objects.filter(pk__in=asked.rows.values("image_id"), link="")
        return run_many(upload_image, images)

    @admin.display(description="")
    def thumbnail(self, document: Document) -> str:
        return _picture(document.image, "thumb")

    @admin.display(description=gettext_lazy("picture"))
    def preview(self, document: Document) -> str:
        return _picture(document.image, "preview") if document.image_id else "–"

    @admin.display(description=gettext_lazy("valid until"), ordering="expires_on")
    def expiry(self, document: Document) -> str | date:
        if document.expires_on is None:
            return "–"
        return badge(document.expires_on, "red") if document.is_expired else document.expires_on

    @admin.display(description=gettext_lazy("at WeChat"))
    def at_wechat(self, document: Document) -> str:
        if not document.image_id or not document.image.link:
            return badge(_("sent with the first submission"), "grey")
        return badge(_("uploaded"), "green")

    def state_badge(self, obj: Document) -> SafeString:
        return badge(obj.state_label, "red" if obj.is_expired else "green" if obj.image.link else "grey")


def _papers(opts: Options) -> list[ManyToManyField]:
    return [field for field in opts.many_to_many if field.related_model is Document]


def _why_not_uploaded(document: Document) -> str:
    return _("WeChat has it already.") if document.image.link else ""


def _picture(image: Image, css: str) -> str:
    if not image.file:
        return format_html('<span class="no-picture">{}</span>', _("at WeChat"))
    return format_html(
        '<a href="{0}" target="_blank" rel="noopener"><img src="{0}" class="{1}" alt="{2}" loading="lazy"></a>',
        reverse("picture", args=[image.pk]),
        css,
        _("picture %(nth)d") % {"nth": image.pk},
    )


def _difference(before: dict | None, after: dict) -> dict | None:
    """The changes from one round to the next: {field: [before, after]}, personal data masked."""
    if not before or not after:
        return None
    old, new = _flat(before), _flat(after)
    return {
        name: [shown(name, old.get(name, "")), shown(name, new.get(name, ""))]
        for name in sorted(old | new)
        if old.get(name) != new.get(name)
    }


def _flat(sent: dict) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in sent.items():
        if isinstance(value, dict):
            flat |= _flat(value)
        else:
            flat[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return flat
