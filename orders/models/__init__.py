from .buyer import BuyerHash
from .delivery import ExpressCompany, Parcel, ParcelItem
from .line import OrderLine, StatusChange
from .order import DeliveryType, FundType, Order, OrderStatus, PayMethod
from .stock import MoveKind, Oversold, StockCount, StockCountRow, StockedSKU, StockMove, StockPush

__all__ = [
    "BuyerHash",
    "DeliveryType",
    "ExpressCompany",
    "FundType",
    "MoveKind",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Oversold",
    "Parcel",
    "ParcelItem",
    "PayMethod",
    "StatusChange",
    "StockCount",
    "StockCountRow",
    "StockMove",
    "StockPush",
    "StockedSKU",
]
