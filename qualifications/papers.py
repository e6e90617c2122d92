"""Documents of applications: a new one takes the place of an old one where the application may still be submitted."""

from typing import Any

from django.db.models import ManyToManyField, Q, QuerySet
from django.db.models.options import Options
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import SPU
from console.papers import Uses, uses_papers
from wechat.models import Image

from .models import AuditStatus, BrandQualification, CategoryQualification, Document, Qualification


def paper_fields(opts: Options) -> list[ManyToManyField]:
    return [field for field in opts.many_to_many if field.related_model is Document]


@uses_papers
def of_brands(image: Image) -> Uses:
    return Uses(_with(BrandQualification, image).select_related("last_round"), _why_not, _replace)


@uses_papers
def of_categories(image: Image) -> Uses:
    applications = _with(CategoryQualification, image).select_related("last_round", "category")
    return Uses(applications, _why_not, _replace)


def goods_under(image: Image) -> QuerySet[SPU]:
    """Products of the brands and categories whose applications have this paper."""
    brands = _with(BrandQualification, image).exclude(brand_id=None).values("brand_id")
    categories = _with(CategoryQualification, image).values("category__third_cat_id")
    return SPU.objects.current().filter(Q(brand__in=brands) | Q(category__in=categories))


def _with(model: Any, image: Image) -> QuerySet:
    found = Q()
    for field in paper_fields(model._meta):
        own = field.m2m_field_name()
        found |= Q(pk__in=getattr(model, field.name).through.objects.filter(document__image=image).values(own))
    return model.objects.filter(found)


def _why_not(application: Qualification) -> str | Promise:
    if application.may_submit():
        return ""
    last = application.last_round
    if last is not None and last.status == AuditStatus.PENDING:
        return _("It is in review: replace the document after WeChat's decision.")
    return _("WeChat has approved it with the old document, and takes no second submission.")


def _replace(application: Any, old: Image, new: Image) -> None:
    for field in paper_fields(application._meta):
        papers = getattr(application, field.name)
        for document in papers.filter(image=old):
            papers.remove(document)
            papers.add(document.with_picture(new))
    application.save(update_fields=["changed_at"])
