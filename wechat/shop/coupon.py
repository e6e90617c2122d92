"""Coupons (BEHAVIOUR section 8). A coupon is named by our `out_coupon_id`; before `confirm` nothing else is allowed."""

from wechat import client
from wechat.errors import UnreadableAnswer

EDITING, EFFECTIVE, EXPIRED, VOIDED = 1, 2, 3, 4
USER_VALID, USER_EXPIRED, USER_USED = 100, 101, 102


def confirm() -> None:
    """WeChat sends a trial event to our push address during this call: another worker must answer (BEHAVIOUR 14.25)."""
    client.post("/shop/coupon/confirm")


def add(coupon: dict) -> None:
    """Create a coupon: {out_coupon_id, type, promote_type, coupon_info}."""
    client.post("/shop/coupon/add", {"coupon": coupon})


def get(out_coupon_id: str) -> dict:
    """One coupon, with its status and times (Unix seconds)."""
    result = client.post("/shop/coupon/get", {"out_coupon_id": out_coupon_id}).get("result")
    coupon = result.get("coupon") if isinstance(result, dict) else None
    if not coupon:
        raise UnreadableAnswer("coupon/get answered without a coupon")
    return coupon


def get_list(offset: int, page_size: int = 200) -> tuple[list[dict], int]:
    """Some coupons (offset from 0, at most 200), each {coupon, coupon_stock}, and how many there are.

    A stock's issued_num is what is left, receive_num what was given out; a coupon without stock has none.
    """
    return _results(client.post("/shop/coupon/get_list", {"offset": offset, "page_size": page_size}))


def update(coupon: dict) -> None:
    """Change a coupon that is still being edited."""
    client.post("/shop/coupon/update", {"coupon": coupon})


def update_status(out_coupon_id: str, status: int) -> None:
    """Put a coupon into effect (2), or let it expire (3) or void it (4) after that."""
    client.post("/shop/coupon/update_status", {"out_coupon_id": out_coupon_id, "status": status})


def update_coupon_stock(out_coupon_id: str, issued_num: int, receive_num: int) -> None:
    """Report how many are left (issued_num) and how many were given out (receive_num)."""
    stock = {"issued_num": issued_num, "receive_num": receive_num}
    body = {"coupon_stock": {"out_coupon_id": out_coupon_id, "stock_info": stock}}
    client.post("/shop/coupon/update_coupon_stock", body)


def add_user_coupon(openid: str, user_coupon: dict, recv_time: int) -> None:
    """Report a coupon that was given outside WeChat: {out_user_coupon_id, out_coupon_id, status}."""
    body = {"openid": openid, "user_coupon": user_coupon, "recv_time": recv_time}
    client.post("/shop/coupon/add_user_coupon", body)


def get_usercoupon_list(openid: str, offset: int, page_size: int = 200) -> tuple[list[dict], int]:
    """Some of a buyer's coupons (offset from 0, at most 200), and how many there are."""
    query = {"openid": openid, "offset": offset, "page_size": page_size}
    return _results(client.post("/shop/coupon/get_usercoupon_list", query))


def update_user_coupon(openid: str, user_coupon: dict, recv_time: int) -> None:
    """Change when one was received and used: {out_user_coupon_id, out_coupon_id, ext_info: {use_time}}."""
    body = {"openid": openid, "user_coupon": user_coupon, "recv_time": recv_time}
    client.post("/shop/coupon/update_user_coupon", body)


def update_usercoupon_status(openid: str, out_user_coupon_id: str, out_coupon_id: str, status: int) -> None:
    """Report that a buyer's coupon is expired (101) or used (102)."""
    ids = {"openid": openid, "out_user_coupon_id": out_user_coupon_id, "out_coupon_id": out_coupon_id}
    client.post("/shop/coupon/update_usercoupon_status", ids | {"status": status})


def _results(answer: dict) -> tuple[list[dict], int]:
    rows = client.rows_of(answer, "result_list")
    try:
        return rows, int(answer.get("total_num") or 0)
    except (TypeError, ValueError):
        raise UnreadableAnswer("WeChat answered without a readable total_num") from None
