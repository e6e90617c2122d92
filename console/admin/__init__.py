from .account import AccountInfoAdmin
from .approvals import ApprovalAdmin
from .calls import CallAdmin, CallbackAdmin, StepAdmin
from .exports import ExportAdmin
from .jobs import JobAdmin
from .keys import APIKeyAdmin
from .people import EditAdmin, PersonAdmin, RevealAdmin, RoleAdmin
from .pulled import PulledListAdmin
from .unread import UnreadRecordAdmin

__all__ = [
    "APIKeyAdmin",
    "AccountInfoAdmin",
    "ApprovalAdmin",
    "CallAdmin",
    "CallbackAdmin",
    "EditAdmin",
    "ExportAdmin",
    "JobAdmin",
    "PersonAdmin",
    "PulledListAdmin",
    "RevealAdmin",
    "RoleAdmin",
    "StepAdmin",
    "UnreadRecordAdmin",
]
