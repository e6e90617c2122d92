from .access import AccessToken, Pace
from .account import AccountInfo, PulledList
from .image import Image
from .step import Step
from .wire import Call, Callback

__all__ = ["AccessToken", "AccountInfo", "Call", "Callback", "Image", "Pace", "PulledList", "Step"]
