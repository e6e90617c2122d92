from .approvals import Approval, ApprovalQuerySet
from .base import AuditedRecord
from .drafts import Draft, DraftQuerySet
from .jobs import Job, JobQuerySet, failed, records_to_retry
from .keys import APIKey, APIKeyQuerySet
from .lists import Export, ExportQuerySet, SavedView, SavedViewQuerySet
from .notes import Mention, Note
from .search import SearchMark, SearchText
from .traces import Edit, Reveal, Trace
from .two_people import TwoPeople

__all__ = [
    "APIKey",
    "APIKeyQuerySet",
    "Approval",
    "ApprovalQuerySet",
    "AuditedRecord",
    "Draft",
    "DraftQuerySet",
    "Edit",
    "Export",
    "ExportQuerySet",
    "Job",
    "JobQuerySet",
    "Mention",
    "Note",
    "Reveal",
    "SavedView",
    "SavedViewQuerySet",
    "SearchMark",
    "SearchText",
    "Trace",
    "TwoPeople",
    "failed",
    "records_to_retry",
]
