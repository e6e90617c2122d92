import pytest

from orders import parcels
from orders.models import Order
from orders.operations import refresh_order, ship_order
from tests.factories import make_companies, make_order, order_body, own_number


def lines(**counts) -> list[dict]:
    """Goods at 10 yuan a piece."""
    return [
        {
            "out_product_id": "p",
            "out_sku_id": sku,
            "product_cnt": count,
            "sale_price": 1000,
            "title": f"裙 {sku}",
            "path": "p",
            "head_img": "https://mmecimage.cn/p/x/1",
        }
        for sku, count in counts.items()
    ]


@pytest.fixture
def bought(platform):
    """A paid order of two red and one blue dress, with 5 yuan freight; shipped or received if told so."""
    make_companies()

    def make(*, shipped=False, received=False, own=False, **counts) -> Order:
        goods = {"product_infos": lines(**(counts or {"red": 2, "blue": 1})), "price_info": {"freight": 500}}
        order = make_order(own_number(**goods) if own else order_body(**goods))
        if own:
            Order.objects.filter(pk=order.pk).update(status=20)
            theirs = platform.order(order.out_order_id)
            theirs.status = 20
            theirs.save()
        else:
            platform.pay(order.out_order_id)
            refresh_order(order)
        order.refresh_from_db()
        if shipped or received:
            parcels.add(order, [{"delivery_id": "SF", "waybill_id": f"SF-{order.pk}"}])
            ship_order(order)
        if received:
            platform.receive(order.out_order_id)
            refresh_order(order)
        order.refresh_from_db()
        return order

    return make
