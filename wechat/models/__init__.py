from .access import AccessToken, Pace
from .account import AccountInfo
from .image import Image
from .pulled import PulledList
from .single import Single
from .step import Step
from .wire import Call, Callback

__all__ = ["AccessToken", "AccountInfo", "Call", "Callback", "Image", "Pace", "PulledList", "Single", "Step"]
