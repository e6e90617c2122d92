"""Hides differences in equal records, each in a record of its own.

It changes rows in the console's database or in the sandbox's directly, and knows nothing of how they are compared.
"""

import random
from collections.abc import Callable
from typing import Any

from django.db.models import Model

from catalog.models import SKU
from orders.funds.models import Flow
from orders.models import Order
from sandbox import models as theirs
from scenes.models import Sharer


def _some(model: type[Model], count: int, chance: random.Random, used: set, **where: Any) -> list[Any]:
    """Other rows than those in which something is hidden already."""
    pks = [
        pk
        for pk in model._default_manager.filter(**where).order_by("pk").values_list("pk", flat=True)
        if (model, pk) not in used
    ]
    chosen = chance.sample(pks, count)
    used |= {(model, pk) for pk in chosen}
    return list(model._default_manager.filter(pk__in=chosen))


def hide(kind: str, count: int, chance: random.Random, used: set) -> set[str]:
    """Hide so many differences of a kind, each in a record of its own; returns the records' numbers."""
    found: set[str] = set()
    for nth in range(count):
        found.add(HIDDEN[kind](nth, chance, used))
    return found


def _hide_order(nth: int, chance: random.Random, used: set) -> str:
    if nth % 3 == 0:
        (order,) = _some(Order, 1, chance, used)
        Order.objects.filter(pk=order.pk).update(order_price=order.order_price + 1)
        used.add((theirs.Order, order.order_id))
        return order.out_order_id
    (order,) = _some(theirs.Order, 1, chance, used)
    used.add((Order, Order.objects.get(order_id=order.order_id).pk))
    if nth % 3 == 1:
        order.status = 30 if order.status == 21 else 200
    else:
        order.content["order_detail"]["product_infos"][0]["product_cnt"] = 3
    order.save()
    return order.out_order_id


def _hide_payment(nth: int, chance: random.Random, used: set) -> str:
    if nth % 2:
        (trade,) = _some(theirs.Trade, 1, chance, used)
        trade.amount += 100
        trade.save()
        return trade.trade_no
    (order,) = _some(theirs.Order, 1, chance, used)
    used.add((Order, Order.objects.get(order_id=order.order_id).pk))
    theirs.Order.objects.filter(pk=order.pk).update(transaction_id="4300")
    return order.out_order_id


def _hide_parcel(nth: int, chance: random.Random, used: set) -> str:
    where = {"status": 21} if nth % 2 else {"status": 20}
    (order,) = _some(theirs.Order, 1, chance, used, **where)
    used.add((Order, Order.objects.get(order_id=order.order_id).pk))
    order.parcels = [] if nth % 2 else [{"delivery_id": "YTO", "waybill_id": f"Y{order.pk}"}]
    order.save()
    return order.out_order_id


def _hide_claim(nth: int, chance: random.Random, used: set) -> str:
    (claim,) = _some(theirs.Claim, 1, chance, used, status=2)
    theirs.Claim.objects.filter(pk=claim.pk).update(status=[1, 8, 15][nth % 3])
    return str(claim.pk)


def _hide_refund(nth: int, chance: random.Random, used: set) -> str:
    (claim,) = _some(theirs.Claim, 1, chance, used, status=13)
    change = {"orderamt": claim.orderamt - 3} if nth % 2 else {"refund_id": "another"}
    theirs.Claim.objects.filter(pk=claim.pk).update(**change)
    return str(claim.pk)


def _hide_product(nth: int, chance: random.Random, used: set) -> str:
    if nth % 3 == 0:
        (sku,) = _some(SKU, 1, chance, used)
        used.add((theirs.Product, sku.spu.product_id))
        SKU.objects.filter(pk=sku.pk).update(sale_price=sku.sale_price - 900, market_price=19900)
        return sku.spu.out_product_id
    (product,) = _some(theirs.Product, 1, chance, used)
    used.add((SKU, SKU.objects.get(spu__product_id=product.pk).pk))
    if nth % 3 == 1:
        product.draft["title"] += "（改）"
    else:
        product.draft["skus"][0]["sku_code"] = "X1"
    product.save()
    return product.out_product_id


def _hide_stock(nth: int, chance: random.Random, used: set) -> str:
    if nth % 2:
        (sku,) = _some(SKU, 1, chance, used)
        used.add((theirs.Product, sku.spu.product_id))
        SKU.objects.filter(pk=sku.pk).update(stock_num=4)
        return sku.spu.out_product_id
    (product,) = _some(theirs.Product, 1, chance, used)
    used.add((SKU, SKU.objects.get(spu__product_id=product.pk).pk))
    for copy in (product.draft, product.online):
        copy["skus"][0]["stock_num"] = 99
    product.save()
    return product.out_product_id


def _hide_coupon(nth: int, chance: random.Random, used: set) -> str:
    (coupon,) = _some(theirs.Coupon, 1, chance, used)
    change = [{"status": 4}, {"issued_num": 19}, {"receive_num": 12}][nth % 3]
    theirs.Coupon.objects.filter(pk=coupon.pk).update(**change)
    return coupon.out_coupon_id


def _hide_sharer(nth: int, chance: random.Random, used: set) -> str:
    (sharer,) = _some(theirs.Sharer, 1, chance, used)
    change = {"status": 2} if nth % 2 else {"nickname": "别名"}
    theirs.Sharer.objects.filter(pk=sharer.pk).update(**change)
    return str(Sharer.objects.get(openid=sharer.openid).pk)


def _hide_withdrawal(nth: int, chance: random.Random, used: set) -> str:
    (withdrawal,) = _some(theirs.Withdrawal, 1, chance, used)
    change = {"status": "REFUND"} if nth % 2 else {"amount": withdrawal.amount + 1}
    theirs.Withdrawal.objects.filter(pk=withdrawal.pk).update(**change)
    return withdrawal.out_request_no


def _hide_movement(nth: int, chance: random.Random, used: set) -> str:
    (flow,) = _some(Flow, 1, chance, used)
    if nth % 2:
        flow.delete()
    else:
        Flow.objects.filter(pk=flow.pk).update(amount=flow.amount + 1)
    return flow.funds_flow_id


HIDDEN: dict[str, Callable[[int, random.Random, set], str]] = {
    "orders": _hide_order,
    "payments": _hide_payment,
    "parcels": _hide_parcel,
    "aftersales": _hide_claim,
    "refunds": _hide_refund,
    "products": _hide_product,
    "stock": _hide_stock,
    "coupons": _hide_coupon,
    "sharers": _hide_sharer,
    "withdrawals": _hide_withdrawal,
    "movements": _hide_movement,
}
