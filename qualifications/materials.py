"""Which papers each case needs (the matrix of BEHAVIOUR 2.3); returns messages by field for missing ones."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from .models import BrandQualification, CategoryQualification, Qualification

BRAND_PICTURES = (
    "sale_authorization",
    "trademark_registration_certificate",
    "trademark_change_certificate",
    "trademark_registration_application",
    "imported_goods_form",
)
Missing = dict[str, list]

REGISTERED = {
    "trademark_registration_certificate": _("A registered trademark needs its registration certificate."),
    "trademark_registrant": _("Write who the trademark is registered to, as on the certificate."),
    "trademark_authorization_period": _("Write until when the trademark is valid, as on the certificate."),
}
APPLIED = {
    "trademark_registration_application": _("A trademark applied for needs its acceptance notice."),
    "trademark_applicant": _("Write who applied for the trademark, as on the notice."),
    "trademark_application_time": _("Write when the trademark was applied for, as on the notice."),
}


def missing_of_brand(brand: BrandQualification) -> Missing:
    if brand.brand_management_type == brand.Management.NONE:
        return {
            "brand_management_type": [_("Goods without a brand need no application: choose “no brand” on the product.")]
        }
    needed = {
        "license": _("The business licence is needed."),
        "trademark_registrant_nu": _("The trademark's number is needed: of its registration or of its application."),
        **(REGISTERED if brand.is_registered else APPLIED),
    }
    if brand.brand_management_type == brand.Management.AGENT:
        needed["sale_authorization"] = _("An agent needs the brand's sales authorisation.")
    if brand.commodity_origin_type == brand.Origin.IMPORTED:
        needed["imported_goods_form"] = _("Imported goods need the customs declaration.")
    missing = {field: [text] for field, text in needed.items() if _is_empty(brand, field)}
    return _with_expired(brand, ("license", *BRAND_PICTURES), missing)


def missing_of_category(qualification: CategoryQualification) -> Missing:
    needed = {
        "license": _("The business licence is needed."),
        "certificate": _("This category's certificate is needed."),
    }
    missing = {field: [text] for field, text in needed.items() if _is_empty(qualification, field)}
    return _with_expired(qualification, ("license", "certificate"), missing)


def _is_empty(qualification: Qualification, field: str) -> bool:
    value = getattr(qualification, field)
    return not value.exists() if hasattr(value, "exists") else value in (None, "")


def _with_expired(qualification: Qualification, fields: Iterable[str], missing: Missing) -> Missing:
    for field in fields:
        for document in getattr(qualification, field).all():
            if document.is_expired:
                text = _("“%(title)s” has expired. Replace it with the new one.") % {"title": document.title}
                missing.setdefault(field, []).append(text)
    return missing
