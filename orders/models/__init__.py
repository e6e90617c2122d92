from .buyer import BuyerHash
from .delivery import ExpressCompany, Parcel, ParcelItem
from .line import OrderLine, StatusChange
from .order import DeliveryType, FundType, Order, OrderStatus, PayMethod

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
