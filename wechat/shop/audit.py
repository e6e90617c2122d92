from wechat import client
from wechat.errors import Unreachable

CATEGORY, BRAND = 1, 2


def audit_brand(audit_req: dict) -> str:
    """Submit a brand's papers; returns the audit_id, by which `result` reads the review."""
    return _audit_id(client.post("/shop/audit/audit_brand", {"audit_req": audit_req}))


def audit_category(audit_req: dict) -> str:
    """Submit a category's papers; returns the audit_id, by which `result` reads the review."""
    return _audit_id(client.post("/shop/audit/audit_category", {"audit_req": audit_req}))


def result(audit_id: str) -> dict:
    """The state of a review: {status: 0 in review, 1 approved, 9 rejected; brand_id; reject_reason}."""
    return client.post("/shop/audit/result", {"audit_id": audit_id}).get("data") or {}


def get_miniapp_certificate(req_type: int) -> dict:
    """Papers the mini program submitted before: {brand_info} or {category_info_list}; refused with 1050006 if none."""
    return client.post("/shop/audit/get_miniapp_certificate", {"req_type": req_type})


def _audit_id(answer: dict) -> str:
    if not answer.get("audit_id"):
        raise Unreachable("WeChat took the papers but gave no audit_id")
    return str(answer["audit_id"])
