"""The sales figures counted one by one in Python, from the rows: what the tables of `books.sales` have to equal."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.coupons.models import UserCoupon
from catalog.models import SPU
from orders.models import Order

SHANGHAI = ZoneInfo("Asia/Shanghai")
AMOUNTS = ("pieces", "gross", "discount", "freight", "extra", "refunded", "fee")


def paid_orders() -> list[Order]:
    orders = Order.objects.prefetch_related("lines")
    return [order for order in orders if order.paid_at and order.status not in (181, 250)]


def fee_on(order: Order, left: int) -> int:
    part = Decimal(max(0, left)) * settings.SETTLEMENT_FEE / 100
    return int(part.quantize(Decimal(1), ROUND_HALF_UP)) if order.fund_type == 1 else 0


def coupon_of(order: Order) -> str:
    day = order.paid_at.astimezone(SHANGHAI).date()
    used = [
        (row.used_at, row.pk, row.coupon.out_coupon_id)
        for row in UserCoupon.objects.select_related("coupon")
        if order.openid and row.openid == order.openid and row.used_at
        if row.used_at.astimezone(SHANGHAI).date() == day
    ]
    return min(used)[2] if used else ""


def amounts_of(order: Order) -> dict:
    refunded = order.order_price if order.status == 200 else sum(line.refunded_fen for line in order.lines.all())
    return {
        "pieces": sum(line.product_cnt for line in order.lines.all()),
        "gross": order.order_price - order.freight + order.discounted_price - order.additional_price,
        "discount": order.discounted_price,
        "freight": order.freight,
        "extra": order.additional_price,
        "refunded": refunded,
        "fee": fee_on(order, order.order_price - refunded),
    }


def amounts_of_line(order: Order, line) -> dict:
    gross = line.sale_price * line.product_cnt
    refunded = line.sku_real_price if order.status == 200 else line.refunded_fen
    return {
        "pieces": line.product_cnt,
        "gross": gross,
        "discount": gross - line.sku_real_price,
        "freight": 0,
        "extra": 0,
        "refunded": refunded,
        "fee": fee_on(order, line.sku_real_price - refunded),
    }


class Sum:
    def __init__(self) -> None:
        self.orders, self.openids = set(), set()
        self.amounts = dict.fromkeys(AMOUNTS, 0)

    def add(self, order: Order, amounts: dict) -> None:
        self.orders.add(order.pk)
        self.openids.add(order.openid or order.pk)
        for name, amount in amounts.items():
            self.amounts[name] += amount

    @property
    def row(self) -> tuple:
        return (len(self.orders), len(self.openids), *self.amounts.values())


def figures() -> dict[tuple, tuple]:
    """{(day, dimension, key, part): (orders, buyers, amounts …)}, all zeros left out."""
    sums: dict[tuple, Sum] = defaultdict(Sum)
    categories = dict(SPU.objects.values_list("out_product_id", "category__third_cat_id"))
    for order in paid_orders():
        paid = order.paid_at.astimezone(SHANGHAI)
        began = order.live_started_at
        keys = {
            "day": ("", ""),
            "hour": (str(paid.hour), ""),
            "scene": (str(order.scene), ""),
            "room": (
                order.finder_nickname,
                began.astimezone(SHANGHAI).isoformat() if began else "",
            ),
            "promoter": (order.promoter_id, ""),
            "sharer": (order.sharer_openid, ""),
            "coupon": (coupon_of(order), ""),
        }
        whole = amounts_of(order)
        for dimension, key in keys.items():
            sums[paid.date(), dimension, *key].add(order, whole)
        left = {dimension: dict(whole) for dimension in ("product", "sku", "category")}
        for line in order.lines.all():
            category = str(categories.get(line.out_product_id) or "?")
            of = {
                "product": (line.out_product_id, category),
                "sku": (line.out_product_id, line.out_sku_id),
                "category": (category, ""),
            }
            amounts = amounts_of_line(order, line)
            for dimension, key in of.items():
                sums[paid.date(), dimension, *key].add(order, amounts)
                for name, amount in amounts.items():
                    left[dimension][name] -= amount
        for dimension, rest in left.items():
            for name, amount in rest.items():
                sums[paid.date(), dimension, "", ""].amounts[name] += amount
    return {key: found.row for key, found in sums.items() if any(found.row)}
