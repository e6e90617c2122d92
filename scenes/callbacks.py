"""Messages about access, scenes and sharers: they cause a read; the state is never set from a message."""

from wechat.callbacks import after_our_own, on
from wechat.messages import Event
from wechat.values import text

from . import operations
from .models import Access, Sharer


@on("open_product_account_register", "open_product_scene_group_audit")
def access_changed(event: Event) -> Access:
    """The access was opened or cancelled, or a scene group was reviewed: one read covers all of these."""
    access = Access.load()
    after_our_own(access)
    operations.refresh_access(access)
    return access


@on("miniprogram_sharer_bind_status_change", "miniprogram_sharer_action")
def sharer_changed(event: Event) -> Sharer | None:
    """Read the sharer that the message names; one who was bound outside this console is imported."""
    openid = text(Sharer, "openid", event.need("openid"))
    sharer = Sharer.objects.filter(openid=openid).first()
    if sharer is None:
        return operations.import_sharer(openid)
    after_our_own(sharer)
    operations.refresh_sharer(sharer)
    return sharer
