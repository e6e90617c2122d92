import pytest

from aftersales.models import Aftersale
from orders import parcels
from orders.models import Order
from orders.operations import refresh_order, ship_order
from tests.factories import make_companies, make_order, order_body, order_lines, own_number
from wechat.models import AccountInfo

HOME = {"receiver_name": "仓库", "tel_number": "020-1", "detailed_address": "龙洞 250 号"}


@pytest.fixture(autouse=True)
def home(db):
    """The shop's address for returns."""
    AccountInfo.objects.create(official_service=True, **HOME)


def ours(aftersale) -> Aftersale:
    return Aftersale.objects.get(aftersale_id=aftersale.aftersale_id)


@pytest.fixture
def bought(platform):
    """A paid order of two red and one blue dress, with 5 yuan freight; shipped or received if told so."""
    make_companies()

    def make(*, shipped=False, received=False, own=False, **counts) -> Order:
        goods = {"product_infos": order_lines(**(counts or {"red": 2, "blue": 1})), "price_info": {"freight": 500}}
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


@pytest.fixture
def raised(platform, bought, hear):
    """An after-sale that the buyer raised in WeChat and we heard of."""

    def make(sku="red", type=1, **how) -> Aftersale:
        order = bought(**{name: how.pop(name) for name in ("shipped", "received") if name in how})
        aftersale = platform.apply(order.out_order_id, sku, type, **how)
        hear()
        return ours(aftersale)

    return make
