"""Steps 5 to 7 with a test order, and 13 to 17 with an order of the scene: placed, paid, shipped, refunded."""

from itertools import count

from django.utils.translation import gettext as _

from . import board
from .access import PROMOTER
from .client import Client
from .papers import ADDRESS, PRICE, PRODUCT, SKU

OPENID = "oWalkthrough_buyer_000000001"
TEST, LIVE = "walkthrough-test", "walkthrough-live"
# WeChat's states of an order and of an after-sale.
TO_PAY, PAYING, TO_SHIP, PARTLY_SHIPPED, SHIPPED, COMPLETED, REFUNDED = 10, 11, 20, 21, 30, 100, 200
AFTERSALE_OVER = (1, 13, 14, 18, 19)


def finish_orders(client: Client) -> None:
    place(client, TEST)
    pay(client, TEST)
    board.finish(client, 5, "finish_orders")


def finish_delivery(client: Client) -> None:
    ship(client, TEST)
    board.finish(client, 6, "finish_delivery")


def finish_aftersales(client: Client) -> None:
    open_aftersale(client, TEST)
    board.finish(client, 7, "finish_aftersales")


def generate_order(client: Client) -> None:
    place(client, LIVE)
    board.wait_until_completed(client, 13)


def pay_with_verification(client: Client) -> None:
    number = pay(client, LIVE)
    client.sandbox("attribute_to_promoter", out_order_id=number, promoter_id=PROMOTER)
    board.wait_until_completed(client, 14)


def synchronise_state(client: Client) -> None:
    board.wait_until_completed(client, 15)


def synchronise_logistics(client: Client) -> None:
    number = ship(client, LIVE)
    if _status(client, number) == SHIPPED:
        client.sandbox("confirm_order", out_order_id=number)
    board.wait_until_completed(client, 16)


def synchronise_aftersales(client: Client) -> None:
    aftersale = open_aftersale(client, LIVE)
    if aftersale["status"] not in AFTERSALE_OVER:
        client.operate(f"aftersales/{aftersale['id']}/accept_refund/")
    board.wait_until_completed(client, 17)


# --- what the steps do with an order


def place(client: Client, name: str) -> None:
    number = _number(client, name)
    item = {"out_product_id": PRODUCT, "out_sku_id": SKU, "product_cnt": 1, "sale_price": PRICE}
    order = {
        "out_order_id": number,
        "openid": OPENID,
        "scene": 1177,
        "path": f"pages/order?id={number}",
        "product_infos": [item],
        "price_info": {"discounted_price": PRICE - 1},
        "address_info": ADDRESS,
    }
    client.post("orders/", order)
    if _status(client, number) == TO_PAY:
        client.post(f"orders/{number}/get_payment_params/")


def pay(client: Client, name: str) -> str:
    """Pay the order as its buyer; returns its number."""
    number = _number(client, name)
    if _status(client, number) == TO_PAY:
        client.sandbox("pay_order", out_order_id=number)
    client.wait(lambda: _status(client, number) not in (TO_PAY, PAYING), _("the order is paid"))
    return number


def ship(client: Client, name: str) -> str:
    """Ship the order; returns its number."""
    number = _number(client, name)
    if _status(client, number) in (TO_SHIP, PARTLY_SHIPPED):
        parcel = {"delivery_id": "SF", "waybill_id": f"SF{number}"}
        client.post(f"orders/{number}/ship_order/", {"parcels": [parcel]})
    client.wait(lambda: _status(client, number) in (SHIPPED, COMPLETED, REFUNDED), _("the order is shipped"))
    return number


def open_aftersale(client: Client, name: str) -> dict:
    """Open a refund of one fen for the order; asking again returns the same one."""
    number = _number(client, name)
    item = {"out_product_id": PRODUCT, "out_sku_id": SKU, "product_cnt": 1}
    refund = {"type": 1, "orderamt": 1, "refund_reason": "不想要了"}
    return client.post("aftersales/", {"out_aftersale_id": f"{number}-1", "out_order_id": number, **item, **refund})


def _number(client: Client, name: str) -> str:
    """The number of the order of that name. WeChat accepts no number that it refused before: then use the next."""
    return next(number for nth in count(1) if _is_usable(client, number := f"{name}-{nth}"))


def _is_usable(client: Client, number: str) -> bool:
    order = client.get_or_none(f"orders/{number}/")
    return order is None or not order["refusal"]


def _status(client: Client, number: str) -> int:
    return client.get(f"orders/{number}/")["status"]
