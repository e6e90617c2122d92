from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import MOST, WITH_REASON, Cause, alert, page_of

from .cards import BRANDS, CATEGORIES
from .models import BrandQualification, CategoryQualification


def _with_reason(rows: QuerySet) -> list[Cause]:
    found = rows.select_related("last_round").order_by("pk")[:MOST]
    return [
        Cause(
            f"{row._meta.model_name}-{row.pk}",
            {"record": str(row), "reason": row.last_round.reject_reason[:200]},
            page_of(row),
        )
        for row in found
    ]


@alert(
    "brand_rejected",
    title=_("Brand rejected"),
    text=WITH_REASON,
    permission="qualifications.view_brandqualification",
    page=BRANDS,
    query="review=rejected",
)
def brands() -> list[Cause]:
    return _with_reason(BrandQualification.objects.rejected())


@alert(
    "category_rejected",
    title=_("Category rejected"),
    text=WITH_REASON,
    permission="qualifications.view_categoryqualification",
    page=CATEGORIES,
    query="review=rejected",
)
def categories() -> list[Cause]:
    return _with_reason(CategoryQualification.objects.rejected())
