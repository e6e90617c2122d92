from .delivery import ExpressCompany, Parcel, ParcelItem
from .order import DeliveryType, FundType, Order, OrderLine, OrderStatus, PayMethod, StatusChange

__all__ = [
    "DeliveryType",
    "ExpressCompany",
    "FundType",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Parcel",
    "ParcelItem",
    "PayMethod",
    "StatusChange",
]
