"""What the last review of an application rejected: whether it has changed since, and which fields it names."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.masking import shown
from console.refusals import Refusal

from . import payloads
from .models import AuditStatus, BrandQualification, Document, Qualification

# WeChat's words for the fields of the form; a word that may mean several of them has none.
BRAND = {
    "营业执照": "license",
    "品牌名称": "brand_wording",
    "商标名称": "brand_wording",
    "商标注册证": "trademark_registration_certificate",
    "商标注册人": "trademark_registrant",
    "商标有效期": "trademark_authorization_period",
    "注册号": "trademark_registrant_nu",
    "商标受理通知书": "trademark_registration_application",
    "受理通知书": "trademark_registration_application",
    "商标申请人": "trademark_applicant",
    "商标变更证明": "trademark_change_certificate",
    "商标类别": "trademark_type",
    "销售授权": "sale_authorization",
    "授权书": "sale_authorization",
    "报关单": "imported_goods_form",
}
CATEGORY = {"营业执照": "license", "经营许可证": "certificate", "生产许可证": "certificate", "类目资质": "certificate"}


def refusal_of(qualification: Qualification) -> Refusal | None:
    """The last review, where it rejected the application; None where it did not."""
    last = qualification.last_round
    if last is None or last.status != AuditStatus.REJECTED:
        return None
    is_brand = isinstance(qualification, BrandQualification)
    make: Any = payloads.brand if is_brand else payloads.category
    changes = changes_between(qualification, last.sent, make(qualification))
    return Refusal(last.reject_reason, last.audit_id, changes, BRAND if is_brand else CATEGORY)


def question(qualification: Qualification) -> str | Promise:
    """What is asked before a rejected application is sent again as it was."""
    refusal = refusal_of(qualification)
    if refusal is None or refusal.changes != {}:
        return ""
    return _("Nothing has changed since WeChat rejected it: it would be reviewed as it was.")


def changes_between(qualification: Qualification, before: dict, after: dict) -> dict[str, list[str]] | None:
    """{label: [before, after]} of two submissions, personal data masked; None where one of them is not known."""
    if not before or not after:
        return None
    old, new = _flat(before), _flat(after)
    fields = {field.name: field for field in qualification._meta.get_fields() if hasattr(field, "verbose_name")}
    differing = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    titles = _titles([link for name in differing for link in (*_links(old.get(name)), *_links(new.get(name)))])
    return {
        str(getattr(fields.get(name), "verbose_name", name)): [
            shown(name, _words(fields.get(name), side.get(name), titles)) for side in (old, new)
        ]
        for name in differing
    }


def _flat(sent: dict) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in sent.items():
        if isinstance(value, dict):
            flat |= _flat(value)
        elif value:
            flat[name] = value
    return flat


def _links(value: Any) -> list[str]:
    return [link for link in value if isinstance(link, str)] if isinstance(value, list) else []


def _titles(links: list[str]) -> dict[str, str]:
    """{link: title of its document}."""
    return dict(
        Document.objects.filter(image__link__in=links).exclude(image__link="").values_list("image__link", "title")
    )


def _words(field: Any, value: Any, titles: dict[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(titles.get(one) or str(_("a new document") if one == "" else one) for one in value)
    names = {str(key): str(name) for key, name in getattr(field, "flatchoices", [])}
    return names.get(str(value), str(value).removesuffix(" 00:00:00"))
