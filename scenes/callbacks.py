"""WeChat tells of access, scenes and sharers; where each stands is read, never taken from the message."""

from wechat.callbacks import after_our_own, on

from . import operations
from .models import Access, Sharer


@on("open_product_account_register", "open_product_scene_group_audit")
def access_changed(event):
    """Opened, cancelled, or a scene group was reviewed: one reading tells it all."""
    access = Access.load()
    after_our_own(access)
    operations.refresh_access(access)
    return access


@on("miniprogram_sharer_bind_status_change", "miniprogram_sharer_action")
def sharer_changed(event):
    """Only says whom to read; somebody bound outside this console is met here for the first time."""
    openid = str(event.get("openid") or "")[:64]
    if not openid:
        return None
    sharer = Sharer.objects.filter(openid=openid).first()
    if sharer is None:
        return operations.import_sharer(openid)
    after_our_own(sharer)
    operations.refresh_sharer(sharer)
    return sharer
