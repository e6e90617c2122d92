from .buyer import BuyerHash
from .delivery import ExpressCompany, Parcel, ParcelItem
from .order import DeliveryType, FundType, Order, OrderLine, OrderStatus, PayMethod, StatusChange

__all__ = [
    "BuyerHash",
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
