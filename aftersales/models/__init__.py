from .aftersale import Aftersale, ClaimChange, ClaimVersion, ECStatus, Family, Kind, OldStatus
from .dispute import Complaint, Dispute, Evidence
from .reply import SavedReply

__all__ = [
    "Aftersale",
    "ClaimChange",
    "ClaimVersion",
    "Complaint",
    "Dispute",
    "ECStatus",
    "Evidence",
    "Family",
    "Kind",
    "OldStatus",
    "SavedReply",
]
