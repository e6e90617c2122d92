"""Request bodies for reviews; pictures by WeChat's addresses."""

from datetime import date

from django.conf import settings

from .materials import BRAND_PICTURES
from .models import BrandQualification, CategoryQualification, Qualification


def brand(brand: BrandQualification) -> dict:
    """`audit_req` of audit/audit_brand."""
    info = {
        "brand_audit_type": brand.brand_audit_type,
        "trademark_type": brand.trademark_type,
        "brand_management_type": brand.brand_management_type,
        "commodity_origin_type": brand.commodity_origin_type,
        "brand_wording": brand.brand_wording,
        "trademark_registrant_nu": brand.trademark_registrant_nu,
        "trademark_registrant": brand.trademark_registrant,
        "trademark_authorization_period": _moment(brand.trademark_authorization_period),
        "trademark_applicant": brand.trademark_applicant,
        "trademark_application_time": _moment(brand.trademark_application_time),
        **{name: links(brand, name) for name in BRAND_PICTURES},
    }
    return {
        "license": links(brand, "license"),
        "brand_info": {key: value for key, value in info.items() if value},
    }


def category(qualification: CategoryQualification) -> dict:
    """`audit_req` of audit/audit_category."""
    category = qualification.category
    return {
        "license": links(qualification, "license"),
        "category_info": {
            "level1": category.first_cat_id,
            "level2": category.second_cat_id,
            "level3": category.third_cat_id,
            "certificate": links(qualification, "certificate"),
        },
        "scene_group_list": settings.WECHAT_SCENE_GROUPS,
    }


def links(qualification: Qualification, field: str) -> list[str]:
    return [document.image.link for document in getattr(qualification, field).select_related("image").order_by("id")]


def _moment(day: date | None) -> str:
    """A day in the endpoint's format, Beijing time."""
    return f"{day:%Y-%m-%d} 00:00:00" if day else ""
