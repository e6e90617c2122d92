from .access import AccessToken, Pace
from .account import AccountInfo
from .belonging import Belonging
from .buyers import BuyerKey
from .call_counts import CallCount, ErrorCode
from .calls import Call, Callback
from .image import Image
from .pulled import PulledList
from .sealing_key import SealingKey
from .single import Single
from .step import Step
from .unread import UnreadRecord

__all__ = [
    "AccessToken",
    "AccountInfo",
    "Belonging",
    "BuyerKey",
    "Call",
    "CallCount",
    "Callback",
    "ErrorCode",
    "Image",
    "Pace",
    "PulledList",
    "SealingKey",
    "Single",
    "Step",
    "UnreadRecord",
]
