from .periods import PeriodAdmin
from .rates import RateAdmin
from .statements import CommissionAdmin, StatementAdmin

__all__ = ["CommissionAdmin", "PeriodAdmin", "RateAdmin", "StatementAdmin"]
