"""Buyers, through the mini program's backend and in WeChat."""

from datetime import timedelta

from django.utils import timezone

from orders.models import Order as Ours
from sandbox.endpoints import complaint
from sandbox.endpoints import order as till
from sandbox.endpoints.order import moves
from sandbox.models import Order

from ..seams import chance, clock
from ..shop import BUYERS, PRICES
from .registry import act

ADDRESS = {"receiver_name": "张三", "tel_number": "13800138000", "detailed_address": "体育西路 1 号 901"}
UNPAID = (Order.UNPAID, Order.UNSYNCED)


def order_body(world) -> dict:
    """What the backend sends: one to three kinds of goods."""
    lines = []
    for nth in chance.sample(range(len(PRICES)), chance.choice((1, 1, 2, 3))):
        lines.append(
            {
                "out_product_id": f"goods-{nth}",
                "out_sku_id": f"goods-{nth}-{chance.choice(('red', 'blue'))}",
                "product_cnt": chance.choice((1, 1, 2, 3)),
                "sale_price": PRICES[nth],
            }
        )
    body = {
        "out_order_id": f"o-{world.salt}",
        "openid": chance.choice(BUYERS),
        "fund_type": int(chance.random() < 0.85),
        "scene": 1177,
        "path": f"pages/order?id={world.salt}",
        "product_infos": lines,
        "price_info": {"freight": chance.choice((0, 500)), "discounted_price": chance.choice((0, 0, 300))},
        "address_info": ADDRESS,
    }
    if not body["fund_type"]:
        body["pay_info"] = {"prepay_id": f"wx{world.salt}", "prepay_time": timezone.now().isoformat()}
    if chance.random() < 0.2:
        body["expire_at"] = (timezone.now() + timedelta(days=2)).isoformat()
    return body


@act(2, "a buyer orders")
def place_order(world):
    body = order_body(world)
    world.memory.setdefault("asked", {})[body["out_order_id"]] = body
    world.focus = body["out_order_id"]
    world.follow(world.focus)
    return str(world.ask("post", "orders/", body).status_code)


@act(3, "the backend sends an order once more")
def repeat_order(world):
    number = world.pick(sorted(world.memory.get("asked", {})))
    return f"{number} {world.ask('post', 'orders/', world.memory['asked'][number]).status_code}"


@act(4, "a buyer pays")
def pay_order(world):
    order = world.pick(Order.objects.filter(status=Order.UNPAID), lambda row: row.out_order_id)
    if order.fund_type == 1:
        world.ask("post", f"orders/{order.out_order_id}/get_payment_params/")
    till.pay(order)
    return f"{order.out_order_id} ¥{order.price / 100:.2f}"


@act(5, "the backend reports a payment to the own number")
def report_payment(world):
    order = world.pick(Order.objects.filter(fund_type=0, status__in=UNPAID), lambda row: row.out_order_id)
    paid = order.status == Order.UNSYNCED
    report = {"action_type": 1, "transaction_id": f"4200{order.out_order_id}", "pay_time": timezone.now().isoformat()}
    answer = world.ask(
        "post",
        f"orders/{order.out_order_id}/confirm_payment/",
        report if paid or chance.random() < 0.5 else {"action_type": chance.choice((2, 3, 4, 5))},
    )
    return f"{order.out_order_id} {answer.status_code}"


@act(0.7, "somebody forges a payment")
def forge_payment(world):
    order = world.pick(Order.objects.filter(fund_type=1, status=Order.UNPAID), lambda row: row.out_order_id)
    till.pay(order, forged=True)
    return order.out_order_id


@act(0.7, "a message tells of a smaller payment")
def tell_less(world):
    paid = Order.objects.filter(fund_type=1, status__in=(Order.UNPAID, Order.TO_SHIP))
    order = world.pick(paid, lambda row: row.out_order_id)
    till.pay(order, amount=order.price - chance.choice((1, order.price // 2)))
    return order.out_order_id


@act(2, "a buyer cancels in WeChat")
def cancel_order(world):
    order = world.pick(Order.objects.filter(status=Order.UNPAID), lambda row: row.out_order_id)
    till.cancel(order)
    return order.out_order_id


@act(2, "the backend closes an order")
def close_order(world):
    order = world.pick(Ours.objects.filter(status=10), lambda row: row.out_order_id)
    return f"{order} {world.ask('post', f'orders/{order}/close_order/').status_code}"


@act(5, "a buyer confirms the receipt in WeChat")
def confirm_receipt(world):
    order = world.pick(Order.objects.filter(status=Order.SHIPPED), lambda row: row.out_order_id)
    till.confirm(order)
    return order.out_order_id


@act(3, "the backend confirms a receipt")
def confirm_receipt_by_api(world):
    order = world.pick(Ours.objects.filter(status=30), lambda row: row.out_order_id)
    return f"{order} {world.ask('post', f'orders/{order}/confirm_receipt/').status_code}"


@act(5, "WeChat says who sold an order")
def attribute_order(world):
    kind = chance.choice(("promoter", "sharer"))
    sold = {"promoter": till.PROMOTER, "sharer": till.SHARER}[kind]
    key, nth = next(iter(sold)), chance.choice((1, 1, 2))
    order = world.pick(Order.objects.exclude(paid_at=None).filter(**{key: ""}), lambda row: row.out_order_id)
    till.attribute(order, **{kind: sold | {key: f"{sold[key][:-1]}{nth}"}})
    return f"{order.out_order_id}: {kind} {nth}"


@act(0.8, "WeChat tells that an order changed")
def tell_of_order(world):
    order = world.pick(Order.objects.all(), lambda row: row.out_order_id)
    moves.tell(order, "update")
    return order.out_order_id


@act(1, "an order settles before its time")
def settle_order(world):
    order = world.pick(
        Order.objects.filter(status=Order.FINISHED, settled=False, fund_type=1), lambda row: row.out_order_id
    )
    till.settle(order)
    return order.out_order_id


@act(0.7, "WeChat refunds a whole order")
def refund_order(world):
    order = world.pick(
        Order.objects.filter(status__in=Order.PAID, settled=False, fund_type=1, claims=None),
        lambda row: row.out_order_id,
    )
    till.refund_all(order)
    return order.out_order_id


@act(1.3, "a buyer complains to WeChat")
def complain(world):
    order = world.pick(Order.objects.exclude(paid_at=None), lambda row: row.out_order_id)
    complaint.complain(order)
    return order.out_order_id


@act(0.7, "the clock stands at midnight")
def see_midnight(world):
    clock.advance(86400 - (clock.seconds + 8 * 3600) % 86400 - chance.choice((1.0, 0.2, -0.1)))
    return "now"
