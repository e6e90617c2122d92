"""A buyer receives a coupon: the merchant is asked, and its answer is stored."""

import secrets

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ... import pushes
from ...models import Account, Coupon, UserCoupon
from ...platform import Refusal
from ...values import seconds
from .checks import UNKNOWN, UNREACHABLE, WRONG_ANSWER, WRONG_STATE

EVENT = "open_product_receive_coupon"
DAY = 86400


def receive(coupon: Coupon, openid: str) -> UserCoupon:
    """A buyer requests a coupon. The merchant decides, and counts how many each buyer has."""
    account = Account.only()
    coupon.refresh_from_db()
    if not account.coupon_url:
        raise Refusal(48001, "coupon/confirm has not succeeded yet")
    if coupon.status != Coupon.EFFECTIVE:
        raise Refusal(WRONG_STATE, "the coupon is not effective")
    _open_now(account, coupon)
    stock = Coupon.objects.filter(pk=coupon.pk)
    if not stock.filter(issued_num__gt=0).update(issued_num=F("issued_num") - 1, stock_updated_at=timezone.now()):
        raise Refusal(UNKNOWN, "there is no stock left")
    new = False
    try:
        asked = {"out_coupon_id": coupon.out_coupon_id, "request_id": secrets.token_hex(16)}
        answer = ask_merchant(asked, account.coupon_url, openid)
        with transaction.atomic(using="sandbox"):
            kept, new = give(coupon, openid, answer["out_user_coupon_id"], seconds(account.now()))
            if new:
                stock.update(receive_num=F("receive_num") + 1)
        if not new and kept.openid != openid:
            raise Refusal(WRONG_ANSWER, "the callback gave what another buyer has")
        return kept
    finally:
        if not new:
            stock.update(issued_num=F("issued_num") + 1)


def ask_merchant(asked: dict, address: str, buyer: str = "") -> dict[str, str]:
    """Ask the merchant; its answer must name the requested coupon. The buyer is the event's sender."""
    sender = {"FromUserName": buyer} if buyer else {}
    try:
        answer = pushes.ask(EVENT, asked | sender, address)
    except pushes.Unanswered:
        raise Refusal(UNREACHABLE, "the callback could not be reached") from None
    right = all(answer.get(name) == value for name, value in asked.items())
    if answer.get("ret_code") != "0" or not right or not answer.get("out_user_coupon_id"):
        raise Refusal(WRONG_ANSWER, f"the callback answered wrongly: {answer.get('ret_msg', '')}".rstrip(": "))
    return answer


def give(coupon: Coupon, openid: str, number: str, at: int, status: int = UserCoupon.VALID) -> tuple[UserCoupon, bool]:
    """Store a buyer's coupon; the same out_user_coupon_id again is the same coupon."""
    now = timezone.now()
    use_time = at if status == UserCoupon.USED else 0
    fields = validity(coupon, at) | {"openid": openid, "status": status, "use_time": use_time}
    return UserCoupon.objects.get_or_create(
        coupon=coupon, out_user_coupon_id=number, defaults=fields | {"created_at": now, "updated_at": now}
    )


def validity(coupon: Coupon, at: int) -> dict[str, int]:
    """The period of validity in Unix seconds, by the coupon's valid_type."""
    valid = coupon.content["coupon_info"]["valid_info"]
    if valid["valid_type"] == 1:
        return {"start_time": valid["start_time"], "end_time": valid["end_time"]}
    lasts = valid["valid_day_num"] * DAY if valid["valid_type"] == 2 else valid["valid_second"]
    return {"start_time": at, "end_time": at + lasts}


def _open_now(account: Account, coupon: Coupon) -> None:
    span, now = coupon.content["coupon_info"].get("receive_info") or {}, seconds(account.now())
    if now < (span.get("start_time") or 0) or (span.get("end_time") and now > span["end_time"]):
        raise Refusal(WRONG_STATE, "the coupon cannot be received now")
