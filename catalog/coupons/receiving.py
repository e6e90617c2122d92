"""A buyer takes a coupon: whether it is given is decided here, once for each request (BEHAVIOUR section 8).

WeChat waits for the answer, so nothing is asked of WeChat on the way.
"""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation

from console.edits import trace_edit

from .models import Coupon, CouponRequest, CouponSetup, RetCode, UserCoupon, ValidType
from .snapshots import validity

BUYERS_LANGUAGE = "zh-hans"  # whoever takes a coupon reads the answer in WeChat
TRIAL = {"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}
TRIAL_ANSWER = {"ret_code": 0, "ret_msg": "ok", **TRIAL, "out_user_coupon_id": "test_coupon_user_coupon_id"}


MOST = 128  # letters of a request_id


class NotGiven(Exception):
    def __init__(self, code: RetCode):
        self.code = code
        super().__init__(code.name)


def answer(out_coupon_id: str, request_id: str, openid: str) -> dict:
    """The fields of the answer to WeChat's question, its trial included."""
    if {"out_coupon_id": out_coupon_id, "request_id": request_id} == TRIAL:
        CouponSetup.objects.update(heard_at=timezone.now())
        return TRIAL_ANSWER
    if not 0 < len(request_id) <= MOST:  # it could not be told from another
        return {"ret_code": RetCode.UNKNOWN.value, "ret_msg": _said(RetCode.UNKNOWN), "request_id": request_id[:MOST]}
    return give(out_coupon_id, request_id, openid).answer


def give(out_coupon_id: str, request_id: str, openid: str, *, asked_for: bool = True) -> CouponRequest:
    """Give one, or say why not; the same request_id is answered the same for ever.

    asked_for: by WeChat, which then counts it by itself; of any other its stock has to be told.
    """
    requests = CouponRequest.objects.select_related("user_coupon")
    if known := requests.filter(request_id=request_id).first():
        return known
    asked = {"request_id": request_id, "out_coupon_id": out_coupon_id[:200], "openid": openid[:64]}
    try:
        with transaction.atomic():
            given = _take(out_coupon_id, openid[:64], asked_for)
            return CouponRequest.objects.create(ret_code=RetCode.GIVEN, ret_msg="ok", user_coupon=given, **asked)
    except NotGiven as no:
        said = {"ret_code": no.code, "ret_msg": _said(no.code)}
        return requests.get_or_create(request_id=request_id, defaults=asked | said)[0]
    except IntegrityError:  # the same request, answered beside us meanwhile
        return requests.get(request_id=request_id)


def _said(code: RetCode) -> str:
    with translation.override(BUYERS_LANGUAGE):
        return str(code.label)


def _take(out_coupon_id: str, openid: str, asked_for: bool) -> UserCoupon:
    """One from the stock into the buyer's hands, within a transaction; raises NotGiven."""
    if not openid:  # there would be no limit, and no telling WeChat of it
        raise NotGiven(RetCode.NOBODY)
    coupon = Coupon.objects.filter(out_coupon_id=out_coupon_id).first()
    if coupon is None:
        raise NotGiven(RetCode.UNKNOWN)
    if not coupon.is_effective:
        raise NotGiven(RetCode.NOT_EFFECTIVE)
    now = timezone.now()
    if not _is_open(coupon, now):
        raise NotGiven(RetCode.NOT_NOW)
    # Holds the coupon's row until the end, so that nobody counts or takes beside us.
    counted: dict = {"left": F("left") - 1, "given": F("given") + 1} | ({} if asked_for else {"stock_set_at": now})
    if not Coupon.objects.filter(pk=coupon.pk, left__gt=0).update(**counted):
        raise NotGiven(RetCode.OUT)
    limit = coupon.limit_num_one_person
    if limit and coupon.user_coupons.filter(openid=openid)[:limit].count() >= limit:
        raise NotGiven(RetCode.LIMIT)
    return UserCoupon.objects.create(coupon=coupon, openid=openid, received_at=now, **validity(coupon, now))


def _is_open(coupon: Coupon, now) -> bool:
    """Within the time in which it is received, and not when it would be over at once."""
    start, end = coupon.receive_start_time, coupon.receive_end_time
    if coupon.valid_type == ValidType.FIXED and coupon.valid_end_time and coupon.valid_end_time <= now:
        return False
    return not (start and now < start) and not (end and now > end)


def set_left(coupon: Coupon, left: int) -> None:
    """A person says how many are left to give; WeChat is told by `update_coupon_stock`."""
    Coupon.objects.filter(pk=coupon.pk).update(left=left, stock_set_at=timezone.now())
    if left != coupon.left:
        trace_edit(coupon, {"left": [str(coupon.left), str(left)]})
