import pytest

from orders.models import Order
from orders.operations import refresh_order
from tests.factories import make_companies, make_order, order_body, order_lines


@pytest.fixture
def paid(platform):
    """A paid order of two kinds of goods."""
    make_companies()

    def make(**counts) -> Order:
        order = make_order(order_body(product_infos=order_lines(**(counts or {"red": 2, "blue": 1})), price_info={}))
        platform.pay(order.out_order_id)
        refresh_order(order)
        order.refresh_from_db()
        return order

    return make
