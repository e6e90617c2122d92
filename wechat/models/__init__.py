from .access import AccessToken, Pace
from .account import AccountInfo
from .calls import Call, Callback
from .image import Image
from .pulled import PulledList
from .single import Single
from .step import Step
from .unread import UnreadRecord

__all__ = [
    "AccessToken",
    "AccountInfo",
    "Call",
    "Callback",
    "Image",
    "Pace",
    "PulledList",
    "Single",
    "Step",
    "UnreadRecord",
]
