from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.today import RECORDS, Urgent, work

from .models import BrandQualification, CategoryQualification, Document

BRANDS, CATEGORIES = (
    "admin:qualifications_brandqualification_changelist",
    "admin:qualifications_categoryqualification_changelist",
)


def _newest(rows: QuerySet) -> list[Urgent]:
    rows = rows.select_related("last_round").order_by("-last_round__decided_at")[:RECORDS]
    return [Urgent(row, str(row), row.last_round.reject_reason[:80], since=row.last_round.decided_at) for row in rows]


@work(
    "qualifications.view_brandqualification",
    group="papers",
    title=_("Rejected brands"),
    text=_("Read WeChat's reason, correct it, submit again."),
    page=BRANDS,
    query="review=rejected",
    tone="red",
    order=32,
    urgent=lambda: _newest(rejected_brands()),
)
def rejected_brands() -> QuerySet:
    return BrandQualification.objects.rejected()


@work(
    "qualifications.view_categoryqualification",
    group="papers",
    title=_("Rejected categories"),
    text=_("Read WeChat's reason, correct it, submit again."),
    page=CATEGORIES,
    query="review=rejected",
    tone="red",
    order=33,
    urgent=lambda: _newest(rejected_categories()),
)
def rejected_categories() -> QuerySet:
    return CategoryQualification.objects.rejected()


@work(
    "qualifications.view_brandqualification",
    group="papers",
    title=_("Brands in review"),
    text=_("WeChat reviews them."),
    page=BRANDS,
    query="review=pending",
    tone="blue",
    order=37,
)
def brands_in_review() -> QuerySet:
    return BrandQualification.objects.pending()


@work(
    "qualifications.view_categoryqualification",
    group="papers",
    title=_("Categories in review"),
    text=_("WeChat reviews them."),
    page=CATEGORIES,
    query="review=pending",
    tone="blue",
    order=38,
)
def categories_in_review() -> QuerySet:
    return CategoryQualification.objects.pending()


@work(
    "qualifications.view_brandqualification",
    group="papers",
    title=_("Brands to submit"),
    text=_("They were never submitted, or were changed since."),
    page=BRANDS,
    order=25,
)
def brands_to_submit() -> QuerySet:
    return BrandQualification.objects.to_submit()


@work(
    "qualifications.view_categoryqualification",
    group="papers",
    title=_("Categories to submit"),
    text=_("They were never submitted, or were changed since."),
    page=CATEGORIES,
    order=26,
)
def categories_to_submit() -> QuerySet:
    return CategoryQualification.objects.to_submit()


@work(
    "qualifications.view_document",
    group="papers",
    title=_("Documents expiring soon"),
    text=_("They have expired, or will soon: upload new ones."),
    page="admin:qualifications_document_changelist",
    query="expiry=soon",
    order=40,
)
def expiring_documents() -> QuerySet:
    return Document.objects.expiring()
