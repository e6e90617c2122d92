"""Parcels (BEHAVIOUR 4.6)."""

from collections import Counter

from ..models import Order
from ..platform import Refusal, Request, endpoint, need
from ..values import moment, objects, whole
from .order import find, move, seen

COMPANIES = {
    "SF": "顺丰速运",
    "YTO": "圆通速递",
    "ZTO": "中通快递",
    "STO": "申通快递",
    "YD": "韵达速递",
    "JD": "京东物流",
    "EMS": "EMS",
    "YZPY": "邮政快递包裹",
    "JTSD": "极兔速递",
    "DBL": "德邦快递",
    "ZJS": "宅急送",
    "UC": "优速快递",
    "OTHERS": "其他",
}


@endpoint("/shop/delivery/get_company_list")
def get_company_list(request: Request) -> dict:
    return {"company_list": [{"delivery_id": key, "delivery_name": name} for key, name in COMPANIES.items()]}


@endpoint("/shop/delivery/send")
def send(request: Request) -> dict:
    account, given, order = request.account, request.data, find(request)
    allowed: tuple[int, ...] = (Order.TO_SHIP, Order.PART_SHIPPED)
    if not account.on("send_needs_payment"):
        allowed = (Order.UNPAID, *allowed)
    if order.status not in allowed:
        raise Refusal(1000000, f"order state flow error: {order.status}")
    finished = _finished(given)
    listed = _parcels(given, order)
    # A parcel that is listed again is the same parcel, with what it now holds; a call without a new one is a repeat.
    fresh = [parcel for parcel in listed if parcel not in order.parcels]
    if listed and not fresh and not finished:
        raise Refusal(1000000, "these parcels were sent already")
    kept = [parcel for parcel in order.parcels if parcel in listed or _number(parcel) not in map(_number, fresh)]
    left = _left(order, kept, order.freed if account.on("refunds_free_unshipped") else {})
    _put(fresh, left, strict=account.on("parcels_hold_what_was_ordered"))
    parcels = [*kept, *fresh]
    if finished and parcels and any(count > 0 for count in left.values()):
        raise Refusal(1010042, "finishing delivery failed, some goods have no logistics")
    if finished:
        move(order, allowed, Order.SHIPPED, parcels=parcels, shipped_at=account.now())
    else:
        part = Order.PART_SHIPPED if account.on("part_shipped_is_21") else order.status
        move(order, allowed, part, parcels=parcels)
    seen(account, "send_delivery")
    return {}


@endpoint("/shop/delivery/recieve")
def recieve(request: Request) -> dict:
    move(find(request), (Order.SHIPPED,), Order.FINISHED)
    return {}


def _finished(given: dict) -> bool:
    (finished,) = need(given, "finish_all_delivery")
    if not whole(finished, 1):
        raise Refusal(40097, "finish_all_delivery is 0 or 1")
    if finished and given.get("ship_done_time"):
        moment(given["ship_done_time"], "ship_done_time", 40097)
    return bool(finished)


def _parcels(given: dict, order: Order) -> list[dict]:
    if order.delivery_type == 1:
        need(given, "delivery_list")
    parcels = objects(given.get("delivery_list") or [], "delivery_list")
    for parcel in parcels:
        company, goods = need(parcel, "delivery_id", "product_info_list")
        if not isinstance(company, str) or company not in COMPANIES:
            raise Refusal(40097, "delivery_id comes from get_company_list")
        objects(goods, "product_info_list")
    return parcels


def _number(parcel: dict) -> tuple[object, object]:
    return parcel.get("delivery_id"), parcel.get("waybill_id") or id(parcel)


def _left(order: Order, parcels: list[dict], freed: dict[str, int]) -> Counter[tuple[str, str]]:
    """The pieces that are in no parcel yet, without those that need none."""
    left: Counter[tuple[str, str]] = Counter()
    for line in order.lines:
        left[_key(line)] += line["product_cnt"]
    for parcel in parcels:
        for item in parcel["product_info_list"]:
            left[_key(item)] -= item["product_cnt"]
    for sku, count in freed.items():
        for key in [key for key in left if key[1] == sku]:
            taken = min(count, max(left[key], 0))
            left[key] -= taken
            count -= taken
    return left


def _put(parcels: list[dict], left: Counter[tuple[str, str]], strict: bool) -> None:
    """Subtract the pieces of the parcels from those left."""
    for item in [item for parcel in parcels for item in parcel["product_info_list"]]:
        key, count = _key(item), item.get("product_cnt")
        if key not in left:
            raise Refusal(1010002, "part of the products does not exist in the order")
        if not whole(count) or not count:
            raise Refusal(40097, "product_cnt counts from 1")
        left[key] -= count
        if strict and left[key] < 0:
            raise Refusal(1010002, "the parcels hold more than was ordered")


def _key(item: dict) -> tuple[str, str]:
    return str(item.get("out_product_id")), str(item.get("out_sku_id"))
