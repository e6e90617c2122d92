"""Checks of the input of coupon calls (BEHAVIOUR 8)."""

from typing import Any

from ...models import Coupon, UserCoupon
from ...platform import Refusal, Request, need
from ...values import whole

UNKNOWN, WRONG_ANSWER, UNREACHABLE, WRONG_STATE = 1090005, 1090020, 1090032, 1000000
DISCOUNT, REDUCTION, UNIFORM, DIRECT, TRADE_IN, BUY_AND_GET = range(1, 7)
WHOLE_SHOP = 100  # 101 to 104 are types 1 to 4 for the whole shop


def read_coupon(request: Request) -> dict:
    given = request.data.get("coupon")
    if not isinstance(given, dict):
        raise Refusal(990007, "missing parameter coupon")
    number, kind, _promoted, info = need(given, "out_coupon_id", "type", "promote_type", "coupon_info")
    if not isinstance(number, str) or len(number) > 200 or not isinstance(info, dict):
        raise Refusal(40097, "out_coupon_id is text of 200 letters at most, coupon_info an object")
    if not whole(kind) or (kind not in range(1, 7) and kind not in range(101, 105)):
        raise Refusal(40097, "type is 1 to 6, or 101 to 104")
    _name, discount, valid = need(info, "name", "discount_info", "valid_info")
    if not isinstance(discount, dict) or not isinstance(valid, dict):
        raise Refusal(40097, "discount_info and valid_info are objects")
    rate = discount.get("discount_num")
    if rate is not None and (not whole(rate) or not 1000 <= rate <= 10000):
        raise Refusal(40097, "discount_num is 1000 to 10000: 5100 is 51 %")
    _check_valid(valid)
    _check_span(info.get("receive_info") or {})
    if request.account.on("coupon_terms_fit_type"):
        _check_terms(kind, discount)
    return given


def _check_valid(valid: dict) -> None:
    kind = valid.get("valid_type")
    if kind == 1:
        need(valid, "start_time", "end_time")
        _check_span(valid)
        return
    name = {2: "valid_day_num", 3: "valid_second"}.get(kind if isinstance(kind, int) else 0, "")
    if not whole(valid.get(name)) or not valid[name]:
        raise Refusal(40097, "valid_type is 1 with its times, 2 with valid_day_num, or 3 with valid_second")


def _check_span(given: dict) -> None:
    start, end = given.get("start_time") or 0, given.get("end_time") or 0
    if not whole(start, 2**32) or not whole(end, 2**32):
        raise Refusal(40097, "start_time and end_time are in Unix seconds")
    if end and start > end:
        raise Refusal(990009, "the start lies after the end")


def _check_terms(kind: int, discount: dict) -> None:
    """Check each type's discount and its conditions."""
    terms: dict[str, Any] = discount.get("discount_condition") or {}
    shop, kind = kind > WHOLE_SHOP, kind % WHOLE_SHOP
    wanted = {
        DISCOUNT: discount.get("discount_num") and (terms.get("product_cnt") or terms.get("product_price")),
        REDUCTION: discount.get("discount_fee") and terms.get("product_price"),
        UNIFORM: discount.get("discount_num"),
        DIRECT: discount.get("discount_fee"),
        TRADE_IN: terms.get("tradein_info"),
        BUY_AND_GET: terms.get("buyget_info"),
    }[kind]
    if not wanted:
        raise Refusal(40097, f"type {kind} needs other discount terms")
    if not shop and kind <= DIRECT and not terms.get("out_product_ids"):
        raise Refusal(40097, "a product's coupon names out_product_ids")


def read_user_coupon(request: Request) -> tuple[str, dict, int]:
    given, (at,) = request.data.get("user_coupon"), need(request.data, "recv_time")
    if not isinstance(given, dict):
        raise Refusal(990007, "missing parameter user_coupon")
    (number,) = need(given, "out_user_coupon_id")
    if not isinstance(number, str) or len(number) > 200 or not whole(at, 2**32):
        raise Refusal(40097, "out_user_coupon_id is text, recv_time in Unix seconds")
    return need_openid(request.data), given, at


def check_user_status(status: Any) -> None:
    if status not in (UserCoupon.VALID, UserCoupon.EXPIRED, UserCoupon.USED):
        raise Refusal(40097, "status is 100, 101 or 102")


def need_openid(given: dict) -> str:
    (openid,) = need(given, "openid")
    if not isinstance(openid, str) or not openid.startswith("o") or not 20 <= len(openid) <= 40:
        raise Refusal(990001, "openid is illegal")
    return openid


def find_coupon(given: dict) -> Coupon:
    (number,) = need(given, "out_coupon_id")
    coupon = Coupon.objects.filter(out_coupon_id=str(number)).first()
    if coupon is None:
        raise Refusal(UNKNOWN, "the coupon does not exist")
    return coupon


def find_user_coupon(openid: str, given: dict) -> UserCoupon:
    coupon, (number,) = find_coupon(given), need(given, "out_user_coupon_id")
    kept = UserCoupon.objects.filter(coupon=coupon, openid=openid, out_user_coupon_id=str(number)).first()
    if kept is None:
        raise Refusal(UNKNOWN, "the buyer has no such coupon")
    return kept
