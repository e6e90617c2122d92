from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Brand, Category, Need
from wechat.errors import Refused, StateConflict
from wechat.models import Image, PulledList
from wechat.operations import upload_image
from wechat.shop import audit
from wechat.steps.errors import Conflict
from wechat.steps.operations import ASK, operation
from wechat.steps.pulls import pull

from . import payloads
from .materials import BRAND_PICTURES, missing_of_brand, missing_of_category
from .models import AuditStatus, BrandQualification, CategoryQualification, Document, UnclaimedAudit

APPROVED_ALREADY, NEEDS_NONE, NOTHING_FILED = 1050003, 1050011, 1050006


def _upload(record, fields) -> None:
    """Give WeChat the pictures it has not got yet; each is a step of its own."""
    for field in fields:
        for document in getattr(record, field).select_related("image"):
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


def _adopt(record, audit_id: str):
    """A person found the audit_id: it must be one WeChat knows and none of our rounds."""
    if record.rounds.model.objects.filter(audit_id=audit_id).exists():
        raise Conflict(_("Another round has this audit_id already."))
    began, data = timezone.now(), audit.result(audit_id)

    def keep():
        record.open_round(audit_id, {})
        UnclaimedAudit.objects.filter(audit_id=audit_id).delete()
        (_judge_brand if isinstance(record, BrandQualification) else _judge_category)(record, data, began)

    return keep


@operation(
    on=BrandQualification,
    name="submit_brand",
    label=gettext_lazy("Submit for review"),
    allowed=BrandQualification.may_submit,
    check=missing_of_brand,
    prepare=_upload_brand,
    recover=ASK,
    adopt=_adopt,
)
def submit_brand(brand: BrandQualification, sent: dict):
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
def refresh_brand(brand: BrandQualification, sent: dict):
    """Read where the brand's last review stands."""
    began, data = timezone.now(), audit.result(brand.last_round.audit_id)
    return lambda: _judge_brand(brand, data, began)


@operation(
    on=CategoryQualification,
    name="submit_category",
    label=gettext_lazy("Submit for review"),
    allowed=CategoryQualification.may_submit,
    check=missing_of_category,
    prepare=_upload_category,
    recover=ASK,
    adopt=_adopt,
)
def submit_category(qualification: CategoryQualification, sent: dict):
    """Send a category's papers for review and open a round."""
    sent = payloads.category(qualification)
    category = Category.objects.filter(pk=qualification.category_id)
    try:
        audit_id = audit.audit_category(sent)
    except StateConflict as error:
        # The aim is reached: it is ours already, or never needed papers.
        if error.errcode == APPROVED_ALREADY:
            return lambda: category.update(granted=True)
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
def refresh_category(qualification: CategoryQualification, sent: dict):
    """Read where the category's last review stands."""
    began, data = timezone.now(), audit.result(qualification.last_round.audit_id)
    return lambda: _judge_category(qualification, data, began)


@pull(
    "filed_certificates",
    gettext_lazy("Certificates filed with the mini program"),
    name="pull_filed_certificates",
    label=gettext_lazy("Pull filed certificates"),
)
def pull_filed_certificates(pulled: PulledList, sent: dict):
    """Read the papers once filed with the mini program, to offer them for reuse."""
    found: dict[tuple[str, str], str] = {}
    for row in _filed(audit.CATEGORY).get("category_info_list") or []:
        for link in row.get("certificate_url") or []:
            found[link, Document.Kind.CERTIFICATE] = str(row.get("second_category_name") or _("Category"))
    brand = _filed(audit.BRAND).get("brand_info") or {}
    for name, kind in (
        ("sale_authorization", Document.Kind.AUTHORIZATION),
        ("trademark_registration_certificate", Document.Kind.TRADEMARK),
    ):
        for link in brand.get(name) or []:
            found[link, kind] = str(brand.get("brand_wording") or _("Brand"))

    def keep():
        for (link, kind), title in found.items():
            title = (_("%(title)s (filed with the mini program)") % {"title": title})[:100]
            image = Image.objects.filter(link=link).first() or Image.objects.create(link=link, name=title)
            Document.objects.get_or_create(image=image, kind=kind, defaults={"title": title})
        pulled.mark(len(found))

    return keep


def _filed(req_type: int) -> dict:
    try:
        return audit.get_miniapp_certificate(req_type)
    except Refused as error:
        if error.errcode == NOTHING_FILED:
            return {}
        raise


def _judge_brand(brand: BrandQualification, data: dict, began) -> None:
    last = brand.last_round
    if not last.apply(data, began) or last.status != AuditStatus.APPROVED or not data.get("brand_id"):
        return
    last.brand_id = brand.brand_id = int(data["brand_id"])
    last.save(update_fields=["brand_id"])
    brand.save(update_fields=["brand_id"])
    Brand.objects.update_or_create(
        brand_id=brand.brand_id, defaults={"brand_wording": brand.brand_wording, "gone": False}
    )


def _judge_category(qualification: CategoryQualification, data: dict, began) -> None:
    last = qualification.last_round
    if last.apply(data, began) and last.status == AuditStatus.APPROVED:
        Category.objects.filter(pk=qualification.category_id).update(granted=True)
