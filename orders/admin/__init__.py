from .express import ExpressCompanyAdmin
from .orders import OrderAdmin

__all__ = ["ExpressCompanyAdmin", "OrderAdmin"]
