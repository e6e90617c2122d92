from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.today import Card, card

from .models import BrandQualification, CategoryQualification, CategoryRound, Document


@card("qualifications.view_brandqualification")
def refused_reviews() -> Card:
    rejected = [
        qualification.last_round
        for model in (BrandQualification, CategoryQualification)
        for qualification in model.objects.rejected()
        .select_related("last_round")
        .order_by("-last_round__decided_at")[:100]
        if qualification.last_round
    ]
    newest = max(rejected, key=lambda last: last.decided_at or last.submitted_at, default=None)
    where = "categoryqualification" if isinstance(newest, CategoryRound) else "brandqualification"
    return Card(
        _("Rejected reviews"),
        len(rejected),
        _("newest: %(reason)s") % {"reason": newest.reject_reason} if newest else _("Nothing was rejected."),
        reverse(f"admin:qualifications_{where}_changelist") + ("?review=rejected" if newest else ""),
        "red" if newest else "grey",
        order=30,
    )


@card("qualifications.view_brandqualification")
def with_wechat() -> Card:
    brands, categories = (
        BrandQualification.objects.pending().count(),
        CategoryQualification.objects.pending().count(),
    )
    where = "categoryqualification" if categories and not brands else "brandqualification"
    text = _("%(brands)d brands, %(categories)d categories") % {"brands": brands, "categories": categories}
    return Card(
        _("In review at WeChat"),
        brands + categories,
        text if brands or categories else _("Nothing is in review."),
        reverse(f"admin:qualifications_{where}_changelist") + "?review=pending",
        order=35,
    )


@card("qualifications.view_brandqualification")
def to_submit() -> Card:
    brands, categories = (
        BrandQualification.objects.to_submit().count(),
        CategoryQualification.objects.to_submit().count(),
    )
    where = "categoryqualification" if categories and not brands else "brandqualification"
    text = _("%(brands)d brands, %(categories)d categories") % {"brands": brands, "categories": categories}
    return Card(
        _("To submit"),
        brands + categories,
        text if brands or categories else _("Nothing waits for you."),
        reverse(f"admin:qualifications_{where}_changelist"),
        "amber" if brands or categories else "grey",
        order=25,
    )


@card("qualifications.view_document")
def expiring_documents() -> Card:
    count = Document.objects.expiring().count()
    days = settings.DOCUMENT_REMINDER_DAYS
    return Card(
        _("Documents expiring soon"),
        count,
        ngettext("expired, or within %d day", "expired, or within %d days", days) % days
        if count
        else _("No document expires soon."),
        reverse("admin:qualifications_document_changelist") + "?expiry=soon",
        "amber" if count else "grey",
        order=40,
    )
