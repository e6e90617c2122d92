"""Reviews of categories and brands (BEHAVIOUR 2)."""

import secrets
from datetime import datetime
from typing import Any

from ..models import Account, Audit, Brand, Category
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from . import img

# BEHAVIOUR 2.3: the papers that each case needs, in addition to those that all cases need
REGISTERED = (
    "trademark_registration_certificate",
    "trademark_registrant",
    "trademark_authorization_period",
)
APPLIED = ("trademark_registration_application", "trademark_applicant", "trademark_application_time")
PICTURES = (
    "sale_authorization",
    "trademark_registration_certificate",
    "trademark_change_certificate",
    "trademark_registration_application",
    "imported_goods_form",
)

CATEGORY, BRAND = 1, 2  # req_type of the papers submitted with the mini program
FILED_WITH_A_BRAND = ("sale_authorization", "trademark_registration_certificate")


@endpoint("/shop/audit/audit_brand")
def audit_brand(request: Request) -> dict:
    (req,) = need(request.data, "audit_req")
    licence, info = need(req, "license", "brand_info")
    kind, management, trademark, origin, _wording, _number = need(
        info,
        "brand_audit_type",
        "brand_management_type",
        "trademark_type",
        "commodity_origin_type",
        "brand_wording",
        "trademark_registrant_nu",
    )
    if kind not in (1, 2, 3, 4) or management not in (1, 2, 3) or origin not in (1, 2):
        raise Refusal(40097, "invalid brand_audit_type, brand_management_type or commodity_origin_type")
    if trademark not in [str(number) for number in range(1, 46)]:
        raise Refusal(40097, 'trademark_type is a string from "1" to "45"')
    need(info, *(REGISTERED if kind in (1, 3) else APPLIED))
    if management == 2:
        need(info, "sale_authorization")
    if origin == 1 and request.account.on("imported_needs_customs_form"):
        need(info, "imported_goods_form")
    for name in ("trademark_authorization_period", "trademark_application_time"):
        _datetime(info.get(name), name)
    pictures = [picture for name in PICTURES for picture in _list(info.get(name), name)]
    _check_pictures(request.account, [*_list(licence, "license", single=True), *pictures])
    return _open(Audit.BRAND, req)


@endpoint("/shop/audit/audit_category")
def audit_category(request: Request) -> dict:
    (req,) = need(request.data, "audit_req")
    licence, info = need(req, "license", "category_info")
    first, second, third = need(info, "level1", "level2", "level3")
    if request.account.on("scene_group_wanted") and not req.get("scene_group_list"):
        raise Refusal(1040035, "category audit submission failed")
    category = Category.objects.filter(third_cat_id=third).first()
    if category is None:
        others = Category.objects.filter(second_cat_id=third) | Category.objects.filter(first_cat_id=third)
        raise Refusal(1000007 if others.exists() else 1000009, "level3 is no third-level category")
    if (category.first_cat_id, category.second_cat_id) != (first, second):
        raise Refusal(1000009, "the levels do not belong together")
    if category.qualification_type == 0:
        raise Refusal(1050011, "the category needs no application")
    if category.granted:
        raise Refusal(1050003, "the category is approved already")
    need(info, "certificate")
    _check_pictures(
        request.account, [*_list(licence, "license", single=True), *_list(info["certificate"], "certificate")]
    )
    return _open(Audit.CATEGORY, req)


@endpoint("/shop/audit/result")
def result(request: Request) -> dict:
    (audit_id,) = need(request.data, "audit_id")
    audit = Audit.objects.filter(audit_id=audit_id).first()
    if audit is None:
        raise Refusal(40097, "unknown audit_id")
    data = {"status": audit.status, "reject_reason": audit.reject_reason}
    return {"data": data | ({"brand_id": audit.brand_id} if audit.kind == Audit.BRAND else {})}


@endpoint("/shop/audit/get_miniapp_certificate")
def get_miniapp_certificate(request: Request) -> dict:
    if request.data.get("req_type") not in (CATEGORY, BRAND):
        raise Refusal(40097, "invalid req_type")
    filed = request.account.filed.get(str(request.data["req_type"]))
    if not filed:
        raise Refusal(1050006, "no certificate is stored")
    return filed


def file_brand(account: Account, brand_wording: str) -> None:
    """The mini program submits papers of a brand on its own pages; only the last brand is stored (BEHAVIOUR 2.5)."""
    pictures = {name: [img.new_link(account, f"filed-{name}")] for name in FILED_WITH_A_BRAND}
    account.filed = {**account.filed, str(BRAND): {"brand_info": {"brand_wording": brand_wording, **pictures}}}
    account.save(update_fields=["filed"])


def decide(audit: Audit, approved: bool, reason: str = "") -> None:
    """The reviewer's decision: it is stored, pushed and, if approved, granted (BEHAVIOUR 2.4)."""
    if audit.status != 0:
        raise Refusal(100000, "this review is decided already")
    account = Account.only()
    audit.status, audit.reject_reason = (1, "") if approved else (9, reason)
    event = {"status": audit.status, "audit_id": audit.audit_id, "reject_reason": reason}
    if audit.kind == Audit.BRAND:
        if approved:
            audit.brand_id, account.next_brand_id = account.next_brand_id, account.next_brand_id + 1
            account.save()
            Brand.objects.create(brand_id=audit.brand_id, brand_wording=audit.request["brand_info"]["brand_wording"])
        event |= {"audit_type": 1 if account.on("brand_audit_type_is_1") else 0, "brand_id": audit.brand_id}
    else:
        event |= {"audit_type": 2}
        if approved:
            Category.objects.filter(third_cat_id=audit.request["category_info"]["level3"]).update(granted=True)
    audit.save()
    push(f"open_product_{audit.kind}_audit", {"QualificationAuditResult": event})


def _open(kind: str, req: dict) -> dict:
    audit = Audit.objects.create(audit_id=f"RQAAA{secrets.token_urlsafe(12)}", kind=kind, request=req)
    return {"audit_id": audit.audit_id}


def _list(value: Any, name: str, single: bool = False) -> list:
    if value in (None, ""):
        return []
    # BEHAVIOUR 2.3: license is a list, although old samples show a string
    if single and isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(40097, f"{name} is a list of strings")
    return value


def _check_pictures(account: Account, pictures: list[str]) -> None:
    for picture in pictures:
        img.check(account, picture, media_id=True)


def _datetime(value: Any, name: str) -> None:
    if value in (None, ""):
        return
    try:
        datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        raise Refusal(40097, f"{name} is yyyy-MM-dd HH:mm:ss") from None
