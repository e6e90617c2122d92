"""Gives coupons to buyers: each request is decided once (BEHAVIOUR section 8).

WeChat waits for the answer, so nothing here calls WeChat.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation

from console.edits import trace_edit
from wechat.values import text, texts

from .models import Coupon, CouponRequest, CouponSetup, RetCode, UserCoupon, ValidType
from .snapshots import validity

BUYERS_LANGUAGE = "zh-hans"  # the buyer reads the answer in WeChat
TRIAL = {"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}
TRIAL_ANSWER = {"ret_code": 0, "ret_msg": "ok", **TRIAL, "out_user_coupon_id": "test_coupon_user_coupon_id"}
MOST = 128  # characters of a request_id


class NotGiven(Exception):
    def __init__(self, code: RetCode) -> None:
        self.code = code
        super().__init__(code.name)


def answer(out_coupon_id: str, request_id: str, openid: str) -> dict:
    """The fields of the answer to WeChat's request, also to its trial event."""
    if {"out_coupon_id": out_coupon_id, "request_id": request_id} == TRIAL:
        CouponSetup.objects.update(heard_at=timezone.now())
        return TRIAL_ANSWER
    # A longer request_id, cut to the column's length, could equal another one: refuse it.
    if not 0 < len(request_id) <= MOST:
        return {
            "ret_code": RetCode.UNKNOWN.value,
            "ret_msg": _message(RetCode.UNKNOWN),
            "request_id": request_id[:MOST],
        }
    return give(out_coupon_id, request_id, openid).answer


def give(out_coupon_id: str, request_id: str, openid: str, *, by_wechat: bool = True) -> CouponRequest:
    """Give one coupon, or return the reason why not; a repeated request_id always gets the same answer.

    by_wechat: WeChat made the request and counts the coupon itself; after other requests the stock is sent to WeChat.
    """
    requests = CouponRequest.objects.select_related("user_coupon")
    if existing := requests.filter(request_id=request_id).first():
        return existing
    openid = text(UserCoupon, "openid", openid)
    fields = {"request_id": request_id, **texts(CouponRequest, out_coupon_id=out_coupon_id, openid=openid)}
    try:
        with transaction.atomic():
            user_coupon = _take(out_coupon_id, openid, by_wechat)
            return CouponRequest.objects.create(ret_code=RetCode.GIVEN, ret_msg="ok", user_coupon=user_coupon, **fields)
    except NotGiven as error:
        answer = {"ret_code": error.code, "ret_msg": _message(error.code)}
        return requests.get_or_create(request_id=request_id, defaults=fields | answer)[0]
    except IntegrityError:  # another process answered the same request meanwhile
        return requests.get(request_id=request_id)


def _message(code: RetCode) -> str:
    with translation.override(BUYERS_LANGUAGE):
        return str(code.label)


def _take(out_coupon_id: str, openid: str, by_wechat: bool) -> UserCoupon:
    """Take one from the stock for this buyer, within a transaction; raises NotGiven."""
    if not openid:  # without it the limit cannot be checked, and the coupon cannot be reported to WeChat
        raise NotGiven(RetCode.NOBODY)
    coupon = Coupon.objects.filter(out_coupon_id=out_coupon_id).first()
    if coupon is None:
        raise NotGiven(RetCode.UNKNOWN)
    if not coupon.is_effective:
        raise NotGiven(RetCode.NOT_EFFECTIVE)
    now = timezone.now()
    if not _is_open(coupon, now):
        raise NotGiven(RetCode.NOT_NOW)
    # This UPDATE locks the coupon's row until the transaction ends. So one request at a time counts the buyer's coupons
    # below, and the limit holds; where it is exceeded, NotGiven rolls the UPDATE back.
    counts: dict = {"left": F("left") - 1, "given": F("given") + 1}
    if not by_wechat:
        counts["stock_set_at"] = now
    if not Coupon.objects.filter(pk=coupon.pk, left__gt=0).update(**counts):
        raise NotGiven(RetCode.OUT)
    limit = coupon.limit_num_one_person
    if limit and coupon.user_coupons.filter(openid=openid)[:limit].count() >= limit:
        raise NotGiven(RetCode.LIMIT)
    return UserCoupon.objects.create(coupon=coupon, openid=openid, received_at=now, **validity(coupon, now))


def _is_open(coupon: Coupon, now: datetime) -> bool:
    """Whether it can be received now and has not expired already."""
    start, end = coupon.receive_start_time, coupon.receive_end_time
    if coupon.valid_type == ValidType.FIXED and coupon.valid_end_time and coupon.valid_end_time <= now:
        return False
    return not (start and now < start) and not (end and now > end)


def set_left(coupon: Coupon, left: int) -> None:
    """Set how many are left to give; `update_coupon_stock` sends it to WeChat."""
    Coupon.objects.filter(pk=coupon.pk).update(left=left, stock_set_at=timezone.now())
    if left != coupon.left:
        trace_edit(coupon, {"left": [str(coupon.left), str(left)]})
