from .aftersales import AftersaleAdmin
from .complaints import ComplaintAdmin
from .disputes import DisputeAdmin
from .replies import SavedReplyAdmin

__all__ = ["AftersaleAdmin", "ComplaintAdmin", "DisputeAdmin", "SavedReplyAdmin"]
