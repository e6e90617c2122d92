from .document import Document
from .qualification import BrandQualification, CategoryQualification, Qualification
from .round import AuditStatus, BrandRound, CategoryRound, UnclaimedAudit

__all__ = [
    "AuditStatus",
    "BrandQualification",
    "BrandRound",
    "CategoryQualification",
    "CategoryRound",
    "Document",
    "Qualification",
    "UnclaimedAudit",
]
