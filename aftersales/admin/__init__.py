from .aftersales import AftersaleAdmin
from .disputes import ComplaintAdmin, DisputeAdmin

__all__ = ["AftersaleAdmin", "ComplaintAdmin", "DisputeAdmin"]
