from wechat import client
from wechat.errors import Unreachable

CATEGORY, BRAND = 1, 2


def audit_brand(audit_req: dict) -> str:
    """Submit a brand's papers; returns the audit_id to ask about later."""
    return _audit_id(client.post("/shop/audit/audit_brand", {"audit_req": audit_req}))


def audit_category(audit_req: dict) -> str:
    """Submit a category's papers; returns the audit_id to ask about later."""
    return _audit_id(client.post("/shop/audit/audit_category", {"audit_req": audit_req}))


def result(audit_id: str) -> dict:
    """Where a review stands: {status: 0 in review, 1 passed, 9 rejected; brand_id; reject_reason}."""
    return client.post("/shop/audit/result", {"audit_id": audit_id}).get("data") or {}


def get_miniapp_certificate(req_type: int) -> dict:
    """What the mini program once filed: {brand_info} or {category_info_list}; 1050006 when there is nothing."""
    return client.post("/shop/audit/get_miniapp_certificate", {"req_type": req_type})


def _audit_id(answer: dict) -> str:
    if not answer.get("audit_id"):
        raise Unreachable("WeChat took the papers but gave no audit_id")
    return str(answer["audit_id"])
