"""An order as the platform returns it (BEHAVIOUR 4.5)."""

from datetime import datetime

from ...models import Account, Order, Product
from ...values import stamp

METHODS = {0: "微信支付", 1: "货到付款", 2: "商家会员储蓄卡抵扣"}


def show(orders: list[Order]) -> list[dict]:
    products = products_of([line for order in orders for line in order.lines])
    now = Account.only().now()
    return [_shown(order, products, now) for order in orders]


def _shown(order: Order, products: dict[str, Product], now: datetime) -> dict:
    """As BEHAVIOUR 4.5 returns it: without the address, and with a delivery only after a send."""
    detail = {
        "product_infos": [_line(order, line, products.get(line["out_product_id"]), now) for line in order.lines],
        "pay_info": _payment(order),
        "price_info": order.content["order_detail"]["price_info"],
        "promotion_info": order.promotion and order.promotion | order.sharer,
        "sharer_info": order.sharer,
    }
    if order.parcels or order.shipped_at:
        listed = [{name: parcel.get(name, "") for name in ("delivery_id", "waybill_id")} for parcel in order.parcels]
        finished = int(order.shipped_at is not None)
        detail["delivery_detail"] = {
            "delivery_type": order.delivery_type,
            "finish_all_delivery": finished,
            "delivery_list": listed,
        }
    stamps = {"create_time": stamp(order.create_time), "update_time": stamp(order.updated_at)}
    kept = {name: order.content[name] for name in ("path", "default_receiving_address") if name in order.content}
    state = {"status": order.status, "fund_type": order.fund_type, "scene": order.scene}
    return ids_of(order) | state | kept | {"order_detail": detail} | stamps


def _line(order: Order, line: dict, product: Product | None, now: datetime) -> dict:
    ids, own = platform_ids(product, line["out_sku_id"]), {}
    if product:
        own = {"title": product.draft["title"], "path": product.draft["path"], "head_img": product.draft["head_img"][0]}
    # BEHAVIOUR 14.3: one piece, where sku_real_price is all of them
    own["real_price"] = line.get("sku_real_price", 0) // line["product_cnt"]
    if order.fund_type == 1:
        claimed = order.refunded.get(line["out_sku_id"], 0) >= line["product_cnt"]
        over = order.settled or (order.claimable_until or now) < now
        own["can_after_sale"] = order.status in Order.PAID and not over and not claimed
    return own | ids | line


def platform_ids(product: Product | None, out_sku_id: str) -> dict[str, int]:
    if product is None:
        return {"product_id": 0, "sku_id": 0}
    nth = {sku["out_sku_id"]: nth for nth, sku in enumerate(product.draft["skus"], 1)}.get(out_sku_id)
    return {"product_id": product.product_id, "sku_id": product.product_id + nth if nth else 0}


def _payment(order: Order) -> dict:
    method = pay_method(order.content)
    info = {**order.content["order_detail"]["pay_info"], "pay_method": METHODS[method], "pay_method_type": method}
    if order.paid_at:
        info |= {"transaction_id": order.transaction_id, "pay_time": stamp(order.paid_at)}
    return info


def pay_method(content: dict) -> int:
    return content["order_detail"]["pay_info"].get("pay_method_type", 0)


def products_of(lines: list[dict]) -> dict[str, Product]:
    wanted = {line["out_product_id"] for line in lines}
    return {found.out_product_id: found for found in Product.objects.filter(out_product_id__in=wanted, deleted=False)}


def ids_of(order: Order) -> dict:
    return {"order_id": order.order_id, "out_order_id": order.out_order_id}
