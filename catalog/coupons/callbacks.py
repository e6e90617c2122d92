"""The one event whose answer WeChat waits for: whether a buyer gets a coupon (BEHAVIOUR section 8)."""

from wechat.callbacks import on
from wechat.messages import Event

from . import receiving


@on("open_product_receive_coupon", replies=True)
def coupon_wanted(event: Event) -> dict:
    """Answered inside WeChat's request. The buyer is the event's openid, else the sender of the message."""
    openid = event.get("openid") or event.envelope.get("FromUserName") or ""
    return receiving.answer(str(event.get("out_coupon_id") or ""), str(event.get("request_id") or ""), str(openid))
