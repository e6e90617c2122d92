"""The old family, in which the merchant reports its own claims; and the end of the days for claims (BEHAVIOUR 5.1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from ..models import MirroredClaim, Order
from ..platform import Refusal, Request, endpoint, need
from ..values import moment, objects, whole
from .order import find, move, seen

STATUSES = (*range(9), *range(11, 20))
KEYS = ("out_aftersale_id", "path", "type", "status", "refund", "create_time", "product_infos")


@endpoint("/shop/aftersale/add")
def add(request: Request) -> dict:
    order, given = find(request), request.data
    if order.status in (Order.UNPAID, Order.REFUNDED, Order.CANCELLED):
        raise Refusal(100000, f"order state flow error: {order.status}")
    number, goods, done = _number(given), _goods(given, order), _finished(given)
    fields = {name: given.get(name) for name in KEYS} | {"product_infos": goods}
    _check(fields)
    if order.fund_type == 1 and request.account.on("fund_1_not_mirrored"):
        return {}
    MirroredClaim.objects.update_or_create(order=order, out_aftersale_id=number, defaults=fields)
    _finish(order, done)
    seen(request.account, "add_aftersale")
    return {}


@endpoint("/shop/aftersale/update")
def update(request: Request) -> dict:
    order, given = find(request), request.data
    number, done = _number(given), _finished(given)
    if not _status(given.get("status")):
        raise Refusal(40097, "status is one of the list")
    if not order.mirrored.filter(out_aftersale_id=number).update(status=given["status"]):
        raise Refusal(2747007, "the aftersale does not exist")
    _finish(order, done)
    return {}


@endpoint("/shop/aftersale/get")
def get(request: Request) -> dict:
    order = find(request)
    ids = {"order_id": order.order_id, "out_order_id": order.out_order_id, "openid": order.openid}
    return {"aftersale_infos": [ids | claim for claim in order.mirrored.order_by("pk").values(*KEYS)]}


@endpoint("/shop/aftersale/update_deadline")
def update_deadline(request: Request) -> dict:
    """G3 in spite of its path: as far from now by the clock as the merchant means."""
    order = find(request)
    (ends,) = need(request.data, "after_sale_deadline")
    if not whole(ends, 2**32):
        raise Refusal(40097, "after_sale_deadline is in Unix seconds")
    if order.fund_type != 1:
        raise Refusal(2747027, "this is not a second-level merchant order")
    if order.status not in Order.PAID or order.settled:
        raise Refusal(100000, f"order state flow error: {order.status}")
    until = datetime.fromtimestamp(ends, UTC) + timedelta(seconds=request.account.clock)
    Order.objects.filter(pk=order.pk).update(claims_until=until, updated_at=timezone.now())
    return {}


def _number(given: dict) -> str:
    (number,) = need(given, "out_aftersale_id")
    if not isinstance(number, str):
        raise Refusal(40097, "out_aftersale_id is a string")
    if len(number) > 200:
        raise Refusal(990008, "out_aftersale_id is too long")
    return number


def _finished(given: dict) -> bool:
    (finished,) = need(given, "finish_all_aftersale")
    if not whole(finished, 1):
        raise Refusal(40097, "finish_all_aftersale is 0 or 1")
    return bool(finished)


def _goods(given: dict, order: Order) -> list[dict]:
    goods = objects(need(given, "product_infos")[0], "product_infos")
    ordered = {(line["out_product_id"], line["out_sku_id"]) for line in order.lines}
    for item in goods:
        if (str(item.get("out_product_id")), str(item.get("out_sku_id"))) not in ordered:
            raise Refusal(1020004, "the goods are not in the original order")
        if not whole(item.get("product_cnt", 1)):
            raise Refusal(40097, "product_cnt is a whole number")
    return goods


def _check(given: dict) -> None:
    need(given, "path", "type", "status", "refund", "create_time")
    if not isinstance(given["path"], str):
        raise Refusal(40097, "path is a string")
    if not whole(given["type"], 3) or not given["type"] or not _status(given["status"]) or not whole(given["refund"]):
        raise Refusal(40097, "type is 1 to 3, status one of the list, refund a whole number of fen")
    moment(given["create_time"], "create_time", 40097)


def _status(value: Any) -> bool:
    return whole(value) and value in STATUSES


def _finish(order: Order, done: bool) -> None:
    """Apply finish_all_aftersale, which concerns the order: nothing of it is left to claim."""
    if done and order.status != Order.REFUNDED:
        move(order, Order.PAID, Order.REFUNDED, errcode=100000)
