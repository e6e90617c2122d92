from .alerts import Alert, AlertChannel, AlertChannelQuerySet, AlertDelivery, AlertDeliveryQuerySet, AlertQuerySet
from .approvals import Approval, ApprovalQuerySet
from .base import AuditedRecord
from .differences import (
    Difference,
    DifferenceQuerySet,
    ReconciliationDay,
    ReconciliationRun,
    ReconciliationRunQuerySet,
    ReconciliationSeen,
)
from .drafts import Draft, DraftQuerySet
from .edit_chain import EditAnchor, EditCheck, EditLink
from .erasures import Erasure, ErasureQuerySet
from .feed import FeedEvent, FeedMark
from .jobs import Job, JobQuerySet, failed, records_to_retry
from .key_requests import RequestCount, RequestError
from .keys import APIKey, APIKeyQuerySet
from .lists import Export, ExportQuerySet, SavedView, SavedViewQuerySet
from .notes import Mention, Note
from .search import SearchMark, SearchText
from .second_factors import Authenticator, RecoveryCode
from .sign_ins import (
    KnownBrowser,
    PasswordTry,
    PasswordTryQuerySet,
    SignIn,
    SignInNotice,
    SignInNoticeQuerySet,
    SignInQuerySet,
)
from .signs import SignOfLife
from .traces import Edit, Reveal, Trace
from .two_people import TwoPeople
from .webhooks import WebhookDelivery, WebhookDeliveryQuerySet, WebhookEndpoint, WebhookEndpointQuerySet

__all__ = [
    "APIKey",
    "APIKeyQuerySet",
    "Alert",
    "AlertChannel",
    "AlertChannelQuerySet",
    "AlertDelivery",
    "AlertDeliveryQuerySet",
    "AlertQuerySet",
    "Approval",
    "ApprovalQuerySet",
    "AuditedRecord",
    "Authenticator",
    "Difference",
    "DifferenceQuerySet",
    "Draft",
    "DraftQuerySet",
    "Edit",
    "EditAnchor",
    "EditCheck",
    "EditLink",
    "Erasure",
    "ErasureQuerySet",
    "Export",
    "ExportQuerySet",
    "FeedEvent",
    "FeedMark",
    "Job",
    "JobQuerySet",
    "KnownBrowser",
    "Mention",
    "Note",
    "PasswordTry",
    "PasswordTryQuerySet",
    "ReconciliationDay",
    "ReconciliationRun",
    "ReconciliationRunQuerySet",
    "ReconciliationSeen",
    "RecoveryCode",
    "RequestCount",
    "RequestError",
    "Reveal",
    "SavedView",
    "SavedViewQuerySet",
    "SearchMark",
    "SearchText",
    "SignIn",
    "SignInNotice",
    "SignInNoticeQuerySet",
    "SignInQuerySet",
    "SignOfLife",
    "Trace",
    "TwoPeople",
    "WebhookDelivery",
    "WebhookDeliveryQuerySet",
    "WebhookEndpoint",
    "WebhookEndpointQuerySet",
    "failed",
    "records_to_retry",
]
