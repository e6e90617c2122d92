from collections.abc import Iterable
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Category, Need
from wechat.errors import Refused, StateConflict
from wechat.models import Image, PulledList
from wechat.operations import upload_image
from wechat.shop import audit
from wechat.steps.errors import Conflict
from wechat.steps.operations import ASK, Applies, operation
from wechat.steps.pulls import pull
from wechat.steps.reading import Reading
from wechat.values import text

from . import payloads
from .materials import BRAND_PICTURES, missing_of_brand, missing_of_category
from .models import BrandQualification, CategoryQualification, Document, Qualification, UnclaimedAudit
from .refusals import question
from .snapshots import apply_to_brand, apply_to_category, read, read_audit

APPROVED_ALREADY, NEEDS_NONE, NOTHING_FILED = 1050003, 1050011, 1050006
brand_reading = Reading(read, apply_to_brand)
category_reading = Reading(read, apply_to_category)


def _upload(qualification: Qualification, fields: Iterable[str]) -> None:
    """Upload the pictures that WeChat does not have yet; each is a step of its own."""
    for field in fields:
        for document in getattr(qualification, field).select_related("image"):
            if not document.image.link:
                try:
                    upload_image(document.image)
                except Refused as error:
                    error.errmsg = f"“{document.title}”: {error.errmsg}"
                    raise


def _upload_brand(brand: BrandQualification) -> None:
    _upload(brand, ("license", *BRAND_PICTURES))


def _upload_category(qualification: CategoryQualification) -> None:
    _upload(qualification, ("license", "certificate"))


def _import_round(reading: Reading, qualification: Qualification, audit_id: str) -> Applies:
    """Open a round with the audit_id that a person found: WeChat must know it, and no round may have it already."""
    if qualification.rounds.model.objects.filter(audit_id=audit_id).exists():
        raise Conflict(_("Another round has this audit_id already."))
    snapshot = read_audit(audit_id)

    def store() -> None:
        qualification.open_round(audit_id, {})
        UnclaimedAudit.objects.filter(audit_id=audit_id).delete()
        reading.apply(qualification, snapshot)

    return store


@operation(
    on=BrandQualification,
    name="submit_brand",
    label=gettext_lazy("Submit for review"),
    allowed=BrandQualification.may_submit,
    check=missing_of_brand,
    prepare=_upload_brand,
    recover=ASK,
    asks=question,
    adopt=partial(_import_round, brand_reading),
)
def submit_brand(brand: BrandQualification, sent: dict) -> Applies:
    """Send a brand's papers for review and open a round."""
    sent = payloads.brand(brand)
    audit_id = audit.audit_brand(sent)
    return lambda: brand.open_round(audit_id, sent)


@operation(
    on=BrandQualification,
    name="refresh_brand",
    label=gettext_lazy("Ask for the result"),
    allowed=BrandQualification.may_refresh,
    reads=True,
)
def refresh_brand(brand: BrandQualification, sent: dict) -> Applies:
    """Read the state of the brand's last review."""
    return brand_reading.refresh(brand)


@operation(
    on=CategoryQualification,
    name="submit_category",
    label=gettext_lazy("Submit for review"),
    allowed=CategoryQualification.may_submit,
    check=missing_of_category,
    prepare=_upload_category,
    recover=ASK,
    asks=question,
    adopt=partial(_import_round, category_reading),
)
def submit_category(qualification: CategoryQualification, sent: dict) -> Applies:
    """Send a category's papers for review and open a round."""
    sent = payloads.category(qualification)
    category = Category.objects.filter(pk=qualification.category_id)
    try:
        audit_id = audit.audit_category(sent)
    except StateConflict as error:
        # Nothing to review: the category is granted already, or needs no papers.
        if error.errcode == APPROVED_ALREADY:
            return category.grant
        if error.errcode == NEEDS_NONE:
            return lambda: category.update(qualification_type=Need.NONE)
        raise
    return lambda: qualification.open_round(audit_id, sent)


@operation(
    on=CategoryQualification,
    name="refresh_category",
    label=gettext_lazy("Ask for the result"),
    allowed=CategoryQualification.may_refresh,
    reads=True,
)
def refresh_category(qualification: CategoryQualification, sent: dict) -> Applies:
    """Read the state of the category's last review."""
    return category_reading.refresh(qualification)


@pull(
    "filed_certificates",
    gettext_lazy("Certificates filed with the mini program"),
    name="pull_filed_certificates",
    label=gettext_lazy("Pull filed certificates"),
)
def pull_filed_certificates(pulled: PulledList, sent: dict) -> Applies:
    """Read the papers submitted with the mini program before, to offer them for reuse."""
    titles: dict[tuple[str, str], str] = {}
    for row in _filed(audit.CATEGORY).get("category_info_list") or []:
        for link in row.get("certificate_url") or []:
            titles[link, Document.Kind.CERTIFICATE] = str(row.get("second_category_name") or _("Category"))
    brand = _filed(audit.BRAND).get("brand_info") or {}
    for name, kind in (
        ("sale_authorization", Document.Kind.AUTHORIZATION),
        ("trademark_registration_certificate", Document.Kind.TRADEMARK),
    ):
        for link in brand.get(name) or []:
            titles[link, kind] = str(brand.get("brand_wording") or _("Brand"))

    def store() -> None:
        for (link, kind), name in titles.items():
            title = text(Document, "title", _("%(title)s (filed with the mini program)") % {"title": name})
            image = Image.objects.filter(link=link).first() or Image.objects.create(link=link, name=title)
            Document.objects.get_or_create(image=image, kind=kind, defaults={"title": title})
        pulled.mark(len(titles))

    return store


def _filed(req_type: int) -> dict:
    try:
        return audit.get_miniapp_certificate(req_type)
    except Refused as error:
        if error.errcode == NOTHING_FILED:
            return {}
        raise
