from .access import Access, Tick
from .evening import LiveBoard, LiveProduct, LiveState, LiveTerm, Wanted
from .liveday import LiveDay
from .people import Binding, BindStatus, Invitation, Promoter, SellingSettings, Sharer, SharerLive
from .scene import GroupStatus, ItemStatus, Scene, SceneGroup, SceneItem, SceneVerdict

__all__ = [
    "Access",
    "BindStatus",
    "Binding",
    "GroupStatus",
    "Invitation",
    "ItemStatus",
    "LiveBoard",
    "LiveDay",
    "LiveProduct",
    "LiveState",
    "LiveTerm",
    "Promoter",
    "Scene",
    "SceneGroup",
    "SceneItem",
    "SceneVerdict",
    "SellingSettings",
    "Sharer",
    "SharerLive",
    "Tick",
    "Wanted",
]
