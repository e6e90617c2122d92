from .express import ExpressCompanyAdmin
from .orders import OrderAdmin
from .stock import StockAdmin, StockCountAdmin

__all__ = ["ExpressCompanyAdmin", "OrderAdmin", "StockAdmin", "StockCountAdmin"]
