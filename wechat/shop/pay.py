"""Raw payment orders, without a component order behind them (BEHAVIOUR 7.2). Money is in fen, times Unix seconds."""

from wechat import client
from wechat.errors import UnreadableAnswer


def createorder(order: dict) -> dict:
    """{timeStamp, nonceStr, package, paySign, signType} to pay with.

    `order` has openid, expire_time, and combine_trade_no with sub_orders, or the fields of the only one.
    """
    params = client.post("/shop/pay/createorder", order).get("payment_params")
    if not isinstance(params, dict) or not {"timeStamp", "nonceStr", "package", "paySign", "signType"} <= params.keys():
        raise UnreadableAnswer("pay/createorder answered without parameters")
    return params


def closeorder(order: dict) -> None:
    """Close what is unpaid: {openid, combine_trade_no, sub_orders: [{mchid, trade_no}]}, or the only one's fields."""
    client.post("/shop/pay/closeorder", order)


def getorder(trade_no: str) -> dict:
    """One payment order with its refund_list and profit_sharing_list."""
    order = client.post("/shop/pay/getorder", {"trade_no": trade_no}).get("order")
    if not order:
        raise UnreadableAnswer("pay/getorder answered without an order")
    return order


def getorderlist(begin: int, end: int, last_index: str = "", page_size: int = 100) -> tuple[list[str], bool, str]:
    """The trade_nos created in a span, whether there are more, and the last_index to go on from; 100 a page at most."""
    query = {"begin_create_time": begin, "end_create_time": end, "page_size": page_size}
    answer = client.post("/shop/pay/getorderlist", query | ({"last_index": last_index} if last_index else {}))
    numbers = [str(number) for number in answer.get("trade_no_list") or []]
    return numbers, bool(answer.get("has_more")), str(answer.get("last_index") or "")


def refundorder(refund: dict) -> None:
    """Refund some or all: {mchid, openid, trade_no, refund_no, total_amount, refund_amount}; by refund_no once."""
    client.post("/shop/pay/refundorder", refund)


def profitsharingorder(sharing: dict) -> None:
    """Release an order's money: {mchid, openid, trade_no, profit_sharing_no}; by profit_sharing_no once."""
    client.post("/shop/pay/profitsharingorder", sharing)
