from .delivery import confirm_receipt, ship_order
from .lists import pull_express_companies, pull_orders, pull_orders_of_promoter, pull_orders_of_sharer
from .orders import close_order, confirm_payment, get_payment_params, place_order, refresh_order

__all__ = [
    "close_order",
    "confirm_payment",
    "confirm_receipt",
    "get_payment_params",
    "place_order",
    "pull_express_companies",
    "pull_orders",
    "pull_orders_of_promoter",
    "pull_orders_of_sharer",
    "refresh_order",
    "ship_order",
]
