"""Orders (BEHAVIOUR section 4). An order is named by our `out_order_id` and the buyer's openid."""

from django.utils.translation import gettext as _

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number

PAID, FAILED, CANCELLED_BY_USER, TIMED_OUT, CANCELLED_BY_MERCHANT, OTHER = 1, 2, 3, 4, 5, 10
NEWEST_FIRST, OLDEST_FIRST = 1, 2


def add(order: dict) -> dict:
    """Push an order; returns {order_id, out_order_id, ticket, ticket_expire_time, final_price (fen)}."""
    data = client.post("/shop/order/add", order).get("data")
    if not isinstance(data, dict) or not str(data.get("order_id") or "").isdigit():
        raise UnreadableAnswer("order/add answered without an order_id")
    return data


def pay(out_order_id: str, openid: str, report: dict) -> None:
    """Report the outcome of a payment to the merchant's own number: {action_type, transaction_id, pay_time, …}."""
    client.post("/shop/order/pay", {"out_order_id": out_order_id, "openid": openid, **report})


def get(out_order_id: str, openid: str) -> dict:
    """One order as WeChat has it; refused with 1010011 when number and openid do not match."""
    order = client.post("/shop/order/get", {"out_order_id": out_order_id, "openid": openid}).get("order")
    if not isinstance(order, dict) or number(order.get("status")) is None:
        raise UnreadableAnswer(_("order/get answered without an order, or without its status."))
    return order


def get_list(start: str, end: str, page: int, page_size: int = 100, sort_order: int = OLDEST_FIRST) -> list[dict]:
    """A page (from 1, at most 100) of the orders created in a span, `yyyy-MM-dd HH:mm:ss` in Shanghai's time."""
    query = {"start_create_time": start, "end_create_time": end, "sort_order": sort_order}
    return _orders(client.post("/shop/order/get_list", query | {"page": page, "page_size": page_size}))


def get_list_by_finder(promoter_id: str, start: str, end: str, page: int, page_size: int = 100) -> list[dict]:
    """A page of a promoter's orders paid in a span; each carries its promotion_info."""
    query = {"promoter_id": promoter_id, "start_pay_time": start, "end_pay_time": end}
    return _orders(client.post("/shop/order/get_list_by_finder", query | {"page": page, "page_size": page_size}))


def get_list_by_sharer(sharer_openid: str, start: str, end: str, page: int, page_size: int = 100) -> list[dict]:
    """A page of a sharer's orders paid in a span; each carries its sharer_info."""
    query = {"sharer_openid": sharer_openid, "start_pay_time": start, "end_pay_time": end}
    return _orders(client.post("/shop/order/get_list_by_sharer", query | {"page": page, "page_size": page_size}))


def getpaymentparams(out_order_id: str, openid: str) -> dict:
    """{timeStamp, nonceStr, package, paySign, signType} for wx.requestOrderPayment; freezes the price. fund_type 1."""
    answer = client.post("/shop/order/getpaymentparams", {"out_order_id": out_order_id, "openid": openid})
    params = answer.get("payment_params")
    if not isinstance(params, dict) or not {"timeStamp", "nonceStr", "package", "paySign", "signType"} <= params.keys():
        raise UnreadableAnswer("order/getpaymentparams answered without parameters")
    return params


def close(out_order_id: str, openid: str) -> None:
    """Close an unpaid order."""
    client.post("/shop/order/close", {"out_order_id": out_order_id, "openid": openid})


def _orders(answer: dict) -> list[dict]:
    # Documented as `data`, really `orders` (BEHAVIOUR 14.4).
    return client.rows_of(answer, "orders", "data")
