from .account import AccountInfoAdmin
from .jobs import JobAdmin
from .keys import APIKeyAdmin
from .people import EditAdmin, PersonAdmin, RevealAdmin, RoleAdmin
from .pulled import PulledListAdmin
from .wire import CallAdmin, CallbackAdmin, StepAdmin

__all__ = [
    "APIKeyAdmin",
    "AccountInfoAdmin",
    "CallAdmin",
    "CallbackAdmin",
    "EditAdmin",
    "JobAdmin",
    "PersonAdmin",
    "PulledListAdmin",
    "RevealAdmin",
    "RoleAdmin",
    "StepAdmin",
]
