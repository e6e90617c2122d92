from .account import AccountInfoAdmin
from .alert_channels import AlertChannelAdmin
from .alerts import AlertAdmin
from .approvals import ApprovalAdmin
from .calls import CallAdmin, CallbackAdmin, StepAdmin
from .differences import DifferenceAdmin
from .erasures import ErasureAdmin
from .exports import ExportAdmin
from .jobs import JobAdmin
from .keys import APIKeyAdmin
from .people import EditAdmin, PersonAdmin, RevealAdmin, RoleAdmin
from .pulled import PulledListAdmin
from .reconciliation import ReconciliationDayAdmin
from .unread import UnreadRecordAdmin
from .webhooks import WebhookEndpointAdmin

__all__ = [
    "APIKeyAdmin",
    "AccountInfoAdmin",
    "AlertAdmin",
    "AlertChannelAdmin",
    "ApprovalAdmin",
    "CallAdmin",
    "CallbackAdmin",
    "DifferenceAdmin",
    "EditAdmin",
    "ErasureAdmin",
    "ExportAdmin",
    "JobAdmin",
    "PersonAdmin",
    "PulledListAdmin",
    "ReconciliationDayAdmin",
    "RevealAdmin",
    "RoleAdmin",
    "StepAdmin",
    "UnreadRecordAdmin",
    "WebhookEndpointAdmin",
]
