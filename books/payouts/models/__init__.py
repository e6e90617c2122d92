from .periods import Period
from .rates import Rate, Role
from .statements import Commission, Statement

__all__ = ["Commission", "Period", "Rate", "Role", "Statement"]
