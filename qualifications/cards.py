from django.conf import settings
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from console.today import RECORDS, Urgent, work

from .models import BrandQualification, CategoryQualification, Document
from .models.document import days_left

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


def _remind(days: int, order: int, tone: str) -> None:
    """A card for each reminder: the nearer the end, the further to the front."""

    @work(
        "qualifications.view_document",
        group="papers",
        title=format_lazy(_("Documents: {left}"), left=days_left(days)),
        text=_("They have expired, or will soon: replace them by new ones."),
        page="admin:qualifications_document_changelist",
        query=f"expiry={days}",
        tone=tone,
        order=order,
        urgent=lambda: _first_to_expire(days),
    )
    def due() -> QuerySet:
        return Document.objects.due(days)


def _first_to_expire(days: int) -> list[Urgent]:
    rows = Document.objects.due(days).order_by("expires_on")[:RECORDS]
    return [Urgent(row, row.title, _("valid until %(day)s") % {"day": row.expires_on}) for row in rows]


for _nth, _days in enumerate(sorted(settings.DOCUMENT_REMINDER_DAYS)):
    _remind(_days, order=34 + 10 * _nth, tone="amber" if _nth else "red")
