"""What the warehouse picks and packs: the pieces that are left to ship of the chosen orders, by SKU or by order."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import Prefetch

from wechat.chunks import in_chunks

from .models import Order, OrderLine
from .models.order import OrderQuerySet
from .shipping import whole_address


class Goods(NamedTuple):
    line: Any  # an OrderLine with its SKU and `picture`
    pieces: int


class Pack(NamedTuple):
    order: Order
    goods: list[Goods]

    @property
    def pieces(self) -> int:
        return sum(one.pieces for one in self.goods)

    @property
    def receiver(self) -> dict[str, str]:
        address = self.order.address or {}
        names = ("receiver_name", "tel_number")
        return {"address": whole_address(address), **{name: str(address.get(name, "")) for name in names}}


class Pick(NamedTuple):
    """The pieces of one SKU, and in which orders they are."""

    line: Any
    orders: list[tuple[str, int]]

    @property
    def pieces(self) -> int:
        return sum(count for _number, count in self.orders)


def packs(orders: OrderQuerySet) -> Iterator[Pack]:
    """Of the orders those that may be shipped and lack something, in a constant number of queries per 200."""
    lines = OrderLine.objects.select_related("sku").with_pictures()
    for order in in_chunks(orders.prefetch_related(Prefetch("lines", lines), "parcels__items"), 200):
        left = order.left_to_ship()
        goods = [Goods(line, left[line.pk]) for line in order.lines.all() if left[line.pk] > 0]
        if goods and order.may_ship:
            yield Pack(order, goods)


def picks(packed: Iterable[Pack]) -> list[Pick]:
    """The same pieces by SKU, in the order of their ids."""
    found: dict[tuple[str, str], Pick] = {}
    for pack in packed:
        for line, pieces in pack.goods:
            pick = found.setdefault((line.out_product_id, line.out_sku_id), Pick(line, []))
            pick.orders.append((pack.order.out_order_id, pieces))
    return [found[key] for key in sorted(found)]
