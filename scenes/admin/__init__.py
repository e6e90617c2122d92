from .access import AccessAdmin
from .liveday import LiveDayAdmin
from .people import PromoterAdmin, SellingSettingsAdmin, SharerAdmin
from .scenes import SceneAdmin, SceneGroupAdmin

__all__ = [
    "AccessAdmin",
    "LiveDayAdmin",
    "PromoterAdmin",
    "SceneAdmin",
    "SceneGroupAdmin",
    "SellingSettingsAdmin",
    "SharerAdmin",
]
