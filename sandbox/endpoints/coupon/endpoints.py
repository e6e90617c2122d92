"""The calls of coupons (BEHAVIOUR 8)."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ...models import Account, Coupon, UserCoupon
from ...platform import Endpoint, Refusal, Request, endpoint, need
from ...values import seconds, whole
from .checks import (
    WRONG_ANSWER,
    WRONG_STATE,
    check_user_status,
    find_coupon,
    find_user_coupon,
    need_openid,
    read_coupon,
    read_user_coupon,
)
from .receiving import ask_merchant, give, validity
from .states import set_status, set_user_status

TEST = {"out_coupon_id": "test_coupon", "request_id": "test_coupon_request_id"}
PAGE = 200


def _call(path: str) -> Callable[[Endpoint], Endpoint]:
    """A call that is refused before coupon/confirm has succeeded."""

    def register(function: Endpoint) -> Endpoint:
        def guarded(request: Request) -> dict:
            if not request.account.coupon_url and request.account.on("coupons_need_confirm"):
                raise Refusal(48001, "call coupon/confirm first")
            return function(request)

        return endpoint(f"/shop/coupon/{path}")(guarded)

    return register


@endpoint("/shop/coupon/confirm", calls_back=True)
def confirm(request: Request) -> dict:
    """Test whether the merchant answers; the address that answered last gets the requests from then on."""
    address = settings.WECHAT_CALLBACK_URL
    answer = ask_merchant(TEST, address)
    if answer.get("out_user_coupon_id") != "test_coupon_user_coupon_id":
        raise Refusal(WRONG_ANSWER, "the callback answered wrongly")
    Account.objects.filter(pk=request.account.pk).update(coupon_url=address)
    return {}


@_call("add")
def add(request: Request) -> dict:
    coupon, now = read_coupon(request), timezone.now()
    known = {"content": coupon, "created_at": now, "updated_at": now}
    _row, new = Coupon.objects.get_or_create(out_coupon_id=coupon["out_coupon_id"], defaults=known)
    if not new:
        raise Refusal(40097, "out_coupon_id exists, use update")
    return {}


@_call("get")
def get(request: Request) -> dict:
    return {"result": {"coupon": _shown(request.account, find_coupon(request.data))}}


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
    given = read_coupon(request)
    find_coupon(given)
    fields = {"content": given, "updated_at": timezone.now()}
    editing = Coupon.objects.filter(out_coupon_id=given["out_coupon_id"], status=Coupon.EDITING)
    if not editing.update(**fields):
        raise Refusal(WRONG_STATE, "only a coupon that is being edited can be changed")
    return {}


@_call("update_status")
def update_status(request: Request) -> dict:
    """Allowed are 1 to 2, and 2 to 3 or 4; the present status again is no error."""
    coupon, (status,) = find_coupon(request.data), need(request.data, "status")
    if status not in (Coupon.EDITING, Coupon.EFFECTIVE, Coupon.EXPIRED, Coupon.VOIDED):
        raise Refusal(40097, "status is 1 to 4")
    set_status(coupon, status)
    return {}


@_call("update_coupon_stock")
def update_coupon_stock(request: Request) -> dict:
    given = request.data.get("coupon_stock")
    given = given if isinstance(given, dict) else {}
    coupon, info, now = find_coupon(given), given.get("stock_info"), timezone.now()
    numbers = [info.get(name) for name in ("issued_num", "receive_num")] if isinstance(info, dict) else [None]
    if not all(whole(number) for number in numbers):
        raise Refusal(40097, "stock_info has issued_num and receive_num")
    stock = dict(zip(("issued_num", "receive_num"), numbers, strict=True))
    since = {"stocked_at": coupon.stocked_at or now, "stock_updated_at": now}
    Coupon.objects.filter(pk=coupon.pk).update(**stock, **since)
    return {}


@_call("add_user_coupon")
def add_user_coupon(request: Request) -> dict:
    """Store a coupon that the merchant gave outside WeChat; the stock does not change."""
    openid, given, at = read_user_coupon(request)
    coupon = find_coupon(given)
    status = given.get("status", UserCoupon.VALID)
    check_user_status(status)
    kept, _new = give(coupon, openid, given["out_user_coupon_id"], at, status)
    if kept.openid != openid:
        raise Refusal(40097, "out_user_coupon_id is another buyer's")
    return {}


@_call("get_usercoupon_list")
def get_usercoupon_list(request: Request) -> dict:
    openid = need_openid(request.data)
    rows, total = _page(request, UserCoupon.objects.filter(openid=openid).select_related("coupon").order_by("pk"))
    return {"result_list": [_shown_to(row) for row in rows], "total_num": total}


@_call("update_user_coupon")
def update_user_coupon(request: Request) -> dict:
    """Set when it was received and used; only update_usercoupon_status changes its status."""
    openid, given, at = read_user_coupon(request)
    kept, info = find_user_coupon(openid, given), given.get("ext_info") or {}
    use_time = info.get("use_time") or 0 if isinstance(info, dict) else None
    if not whole(use_time, 2**32):
        raise Refusal(40097, "use_time is in Unix seconds")
    fields = validity(kept.coupon, at) | {"use_time": use_time, "updated_at": timezone.now()}
    UserCoupon.objects.filter(pk=kept.pk).update(**fields)
    return {}


@_call("update_usercoupon_status")
def update_usercoupon_status(request: Request) -> dict:
    (status,) = need(request.data, "status")
    check_user_status(status)
    set_user_status(find_user_coupon(need_openid(request.data), request.data), status, request.account)
    return {}


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
