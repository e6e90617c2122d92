from .account import AccountInfoAdmin, PulledListAdmin
from .jobs import JobAdmin
from .keys import APIKeyAdmin
from .people import EditAdmin, PersonAdmin, RevealAdmin, RoleAdmin
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
