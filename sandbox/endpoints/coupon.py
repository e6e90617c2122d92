"""Section 8: coupons, their stock, and who has received them. A buyer receives what the merchant says it has given."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from .. import pushes
from ..models import Account, Coupon, UserCoupon
from ..platform import Refusal, Request, endpoint, need
from ..values import seconds, whole

EVENT = "open_product_receive_coupon"
TEST = {"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}
UNKNOWN, WRONG_ANSWER, UNREACHABLE, WRONG_STATE = 1090005, 1090020, 1090032, 1000000
DISCOUNT, REDUCTION, UNIFORM, DIRECT, TRADE_IN, BUY_AND_GET = range(1, 7)
WHOLE_SHOP = 100  # 101 to 104 are 1 to 4, for everything
PAGE, DAY = 200, 86400
ARROWS = {Coupon.EDITING: (Coupon.EFFECTIVE,), Coupon.EFFECTIVE: (Coupon.EXPIRED, Coupon.VOIDED)}


def _call(path: str):
    """A call that is refused before coupon/confirm has succeeded."""

    def register(function):
        def guarded(request: Request) -> dict:
            if not request.account.coupon_url and request.account.on("coupons_need_confirm"):
                raise Refusal(48001, "call coupon/confirm first")
            return function(request)

        return endpoint(f"/shop/coupon/{path}")(guarded)

    return register


@endpoint("/shop/coupon/confirm", calls_back=True)
def confirm(request: Request) -> dict:
    """The merchant shows that it answers; the address that showed it last is the one asked from then on."""
    address = settings.WECHAT_CALLBACK_URL
    answer = _ask(TEST, address)
    if answer.get("out_user_coupon_id") != "test_coupon_user_coupon_id":
        raise Refusal(WRONG_ANSWER, "the callback answered wrongly")
    Account.objects.filter(pk=request.account.pk).update(coupon_url=address)
    return {}


@_call("add")
def add(request: Request) -> dict:
    coupon, now = _coupon(request), timezone.now()
    known = {"content": coupon, "created_at": now, "updated_at": now}
    _row, new = Coupon.objects.get_or_create(out_coupon_id=coupon["out_coupon_id"], defaults=known)
    if not new:
        raise Refusal(40097, "out_coupon_id exists, use update")
    return {}


@_call("get")
def get(request: Request) -> dict:
    return {"result": {"coupon": _shown(request.account, _find(request.data))}}


@_call("get_list")
def get_list(request: Request) -> dict:
    rows, total = _page(request, Coupon.objects.order_by("pk"))
    listed = []
    for coupon in rows:
        row = {"coupon": _shown(request.account, coupon)}
        if coupon.stocked_at:
            row["coupon_stock"] = _stock(coupon)
        listed.append(row)
    return {"result_list": listed, "total_num": total}


@_call("update")
def update(request: Request) -> dict:
    given = _coupon(request)
    _find(given)
    fields = {"content": given, "updated_at": timezone.now()}
    editing = Coupon.objects.filter(out_coupon_id=given["out_coupon_id"], status=Coupon.EDITING)
    if not editing.update(**fields):
        raise Refusal(WRONG_STATE, "only a coupon that is being edited can be changed")
    return {}


@_call("update_status")
def update_status(request: Request) -> dict:
    """1 to 2, 2 to 3 or 4; what it is already is no error."""
    coupon, (status,) = _find(request.data), need(request.data, "status")
    if status not in (Coupon.EDITING, Coupon.EFFECTIVE, Coupon.EXPIRED, Coupon.VOIDED):
        raise Refusal(40097, "status is 1 to 4")
    set_status(coupon, status)
    return {}


@_call("update_coupon_stock")
def update_coupon_stock(request: Request) -> dict:
    given = request.data.get("coupon_stock")
    given = given if isinstance(given, dict) else {}
    coupon, info, now = _find(given), given.get("stock_info"), timezone.now()
    numbers = [info.get(name) for name in ("issued_num", "receive_num")] if isinstance(info, dict) else [None]
    if not all(whole(number) for number in numbers):
        raise Refusal(40097, "stock_info has issued_num and receive_num")
    stock = dict(zip(("issued_num", "receive_num"), numbers, strict=True))
    since = {"stocked_at": coupon.stocked_at or now, "stock_updated_at": now}
    Coupon.objects.filter(pk=coupon.pk).update(**stock, **since)
    return {}


@_call("add_user_coupon")
def add_user_coupon(request: Request) -> dict:
    """One that the merchant has given by itself; the stock is not touched."""
    openid, given, at = _user_coupon(request)
    coupon = _find(given)
    status = given.get("status", UserCoupon.VALID)
    _known_status(status)
    kept, _new = _give(coupon, openid, given["out_user_coupon_id"], at, status)
    if kept.openid != openid:
        raise Refusal(40097, "out_user_coupon_id is another buyer's")
    return {}


@_call("get_usercoupon_list")
def get_usercoupon_list(request: Request) -> dict:
    openid = _openid(request.data)
    rows, total = _page(request, UserCoupon.objects.filter(openid=openid).select_related("coupon").order_by("pk"))
    return {"result_list": [_shown_to(row) for row in rows], "total_num": total}


@_call("update_user_coupon")
def update_user_coupon(request: Request) -> dict:
    """When it was received and used; its status is update_usercoupon_status's to change."""
    openid, given, at = _user_coupon(request)
    kept, info = _find_given(openid, given), given.get("ext_info") or {}
    use_time = info.get("use_time") or 0 if isinstance(info, dict) else None
    if not whole(use_time, 2**32):
        raise Refusal(40097, "use_time is in Unix seconds")
    fields = _validity(kept.coupon, at) | {"use_time": use_time, "updated_at": timezone.now()}
    UserCoupon.objects.filter(pk=kept.pk).update(**fields)
    return {}


@_call("update_usercoupon_status")
def update_usercoupon_status(request: Request) -> dict:
    (status,) = need(request.data, "status")
    _known_status(status)
    set_user_status(_find_given(_openid(request.data), request.data), status, request.account)
    return {}


# --- the buyer


def receive(coupon: Coupon, openid: str) -> UserCoupon:
    """The buyer takes one; whether it is given, the merchant says, and who had how many is the merchant's to count."""
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
        answer = _ask(asked, account.coupon_url, openid)
        with transaction.atomic(using="sandbox"):
            kept, new = _give(coupon, openid, answer["out_user_coupon_id"], seconds(account.now()))
            if new:
                stock.update(receive_num=F("receive_num") + 1)
        if not new and kept.openid != openid:
            raise Refusal(WRONG_ANSWER, "the callback gave what another buyer has")
        return kept
    finally:
        if not new:
            stock.update(issued_num=F("issued_num") + 1)


def set_status(coupon: Coupon, status: int) -> None:
    if status == coupon.status:
        return
    before = [known for known, goals in ARROWS.items() if status in goals]
    moved = Coupon.objects.filter(pk=coupon.pk, status__in=before).update(status=status, updated_at=timezone.now())
    if not moved:
        raise Refusal(WRONG_STATE, f"the coupon's status does not allow this: {coupon.status}")


def set_user_status(kept: UserCoupon, status: int, account: Account) -> None:
    """Used or expired it stays; being used, it has a time."""
    if status == kept.status:
        return
    if kept.status != UserCoupon.VALID and account.on("user_coupons_only_once"):
        raise Refusal(WRONG_STATE, f"the user coupon's status does not allow this: {kept.status}")
    now = timezone.now()
    use_time = (kept.use_time or seconds(now)) if status == UserCoupon.USED else kept.use_time
    UserCoupon.objects.filter(pk=kept.pk).update(status=status, use_time=use_time, updated_at=now)


def _ask(asked: dict, address: str, buyer: str = "") -> dict[str, str]:
    """The merchant's answer, which has to be about what it was asked for. The buyer is the event's sender."""
    sender = {"FromUserName": buyer} if buyer else {}
    try:
        answer = pushes.ask(EVENT, asked | sender, address)
    except pushes.Unanswered:
        raise Refusal(UNREACHABLE, "the callback could not be reached") from None
    right = all(answer.get(name) == value for name, value in asked.items())
    if answer.get("ret_code") != "0" or not right or not answer.get("out_user_coupon_id"):
        raise Refusal(WRONG_ANSWER, f"the callback answered wrongly: {answer.get('ret_msg', '')}".rstrip(": "))
    return answer


def _coupon(request: Request) -> dict:
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
    """What each type takes off, and on what condition."""
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


def _find(given: dict) -> Coupon:
    (number,) = need(given, "out_coupon_id")
    coupon = Coupon.objects.filter(out_coupon_id=str(number)).first()
    if coupon is None:
        raise Refusal(UNKNOWN, "the coupon does not exist")
    return coupon


def _find_given(openid: str, given: dict) -> UserCoupon:
    coupon, (number,) = _find(given), need(given, "out_user_coupon_id")
    kept = UserCoupon.objects.filter(coupon=coupon, openid=openid, out_user_coupon_id=str(number)).first()
    if kept is None:
        raise Refusal(UNKNOWN, "the buyer has no such coupon")
    return kept


def _openid(given: dict) -> str:
    (openid,) = need(given, "openid")
    if not isinstance(openid, str) or not openid.startswith("o") or not 20 <= len(openid) <= 40:
        raise Refusal(990001, "openid is illegal")
    return openid


def _user_coupon(request: Request) -> tuple[str, dict, int]:
    given, (at,) = request.data.get("user_coupon"), need(request.data, "recv_time")
    if not isinstance(given, dict):
        raise Refusal(990007, "missing parameter user_coupon")
    (number,) = need(given, "out_user_coupon_id")
    if not isinstance(number, str) or len(number) > 200 or not whole(at, 2**32):
        raise Refusal(40097, "out_user_coupon_id is text, recv_time in Unix seconds")
    return _openid(request.data), given, at


def _known_status(status) -> None:
    if status not in (UserCoupon.VALID, UserCoupon.EXPIRED, UserCoupon.USED):
        raise Refusal(40097, "status is 100, 101 or 102")


def _give(coupon: Coupon, openid: str, number: str, at: int, status: int = UserCoupon.VALID) -> tuple[UserCoupon, bool]:
    """The same out_user_coupon_id again is the same coupon."""
    now = timezone.now()
    use_time = at if status == UserCoupon.USED else 0
    fields = _validity(coupon, at) | {"openid": openid, "status": status, "use_time": use_time}
    return UserCoupon.objects.get_or_create(
        coupon=coupon, out_user_coupon_id=number, defaults=fields | {"created_at": now, "updated_at": now}
    )


def _validity(coupon: Coupon, at: int) -> dict[str, int]:
    """From when to when, in Unix seconds, by how the coupon counts."""
    valid = coupon.content["coupon_info"]["valid_info"]
    if valid["valid_type"] == 1:
        return {"start_time": valid["start_time"], "end_time": valid["end_time"]}
    lasts = valid["valid_day_num"] * DAY if valid["valid_type"] == 2 else valid["valid_second"]
    return {"start_time": at, "end_time": at + lasts}


def _open_now(account: Account, coupon: Coupon) -> None:
    span, now = coupon.content["coupon_info"].get("receive_info") or {}, seconds(account.now())
    if now < (span.get("start_time") or 0) or (span.get("end_time") and now > span["end_time"]):
        raise Refusal(WRONG_STATE, "the coupon cannot be received now")


def _page(request: Request, found: QuerySet) -> tuple[list, int]:
    offset, size = request.data.get("offset"), request.data.get("page_size")
    if not whole(offset) or not whole(size) or not size:
        raise Refusal(40097, "offset counts from 0, page_size from 1")
    if size > PAGE:
        raise Refusal(990005, f"page_size is at most {PAGE}")
    return list(found[offset : offset + size]), found.count()


def _shown(account: Account, coupon: Coupon) -> dict:
    return coupon.content | {"appid": account.appid, "status": coupon.status} | _times(coupon)


def _stock(coupon: Coupon) -> dict:
    numbers = {"issued_num": coupon.issued_num, "receive_num": coupon.receive_num}
    times = {"create_time": _at(coupon.stocked_at), "update_time": _at(coupon.stock_updated_at)}
    return {"out_coupon_id": coupon.out_coupon_id, "stock_info": numbers} | times


def _shown_to(kept: UserCoupon) -> dict:
    names = ("openid", "out_user_coupon_id", "status", "start_time", "end_time")
    used = {"use_time": kept.use_time} if kept.status == UserCoupon.USED else {}
    shown = {name: getattr(kept, name) for name in names}
    return shown | {"out_coupon_id": kept.coupon.out_coupon_id, "ext_info": used} | _times(kept)


def _times(row: Coupon | UserCoupon) -> dict[str, int]:
    return {"create_time": seconds(row.created_at), "update_time": seconds(row.updated_at)}


def _at(moment: datetime | None) -> int:
    return seconds(moment) if moment else 0
