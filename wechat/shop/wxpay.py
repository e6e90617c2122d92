"""The merchant account at WeChat (BEHAVIOUR 7.1). Its state has to be polled: no event reports it."""

from wechat import client
from wechat.errors import UnreadableAnswer


def apply(application: dict) -> None:
    """Submit the papers; pictures by the pay_media_id and media_id of their upload."""
    client.post("/shop/wxpay/apply", application)


def get() -> dict:
    """{pay_req: what was submitted, pay_resp: {applyment_state, sign_url, account_validation, audit_detail, …}}."""
    answer = client.post("/shop/wxpay/get")
    if not isinstance(answer.get("pay_resp"), dict) or not answer["pay_resp"].get("applyment_state"):
        raise UnreadableAnswer("wxpay/get answered without a state")
    return {"pay_req": answer.get("pay_req") or {}, "pay_resp": answer["pay_resp"]}


def get_info() -> dict:
    """What WeChat already knows of the mini program's owner; personal data come masked."""
    return client.post("/shop/wxpay/get_info").get("pay_req") or {}
