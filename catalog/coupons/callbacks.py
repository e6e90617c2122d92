"""WeChat asks whether a buyer gets a coupon, and waits for the answer (BEHAVIOUR section 8)."""

from wechat.callbacks import on

from . import receiving


@on("open_product_receive_coupon", replies=True)
def coupon_wanted(event):
    """Answered within the push. Who wants it is the event's openid, where it names none its sender."""
    openid = event.get("openid") or event.envelope.get("FromUserName") or ""
    return receiving.answer(str(event.get("out_coupon_id") or ""), str(event.get("request_id") or ""), str(openid))
