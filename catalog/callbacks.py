"""WeChat tells that a product was decided or taken off sale; where it stands is read, never taken from the message."""

from wechat.callbacks import after_our_own, on
from wechat.values import number

from . import operations
from .models import SPU


@on("open_product_spu_audit", "open_product_spu_status_update")
def product_changed(event):
    """Only says which product to read again; one we do not know comes with the next pull."""
    ours, theirs = event.get("out_product_id"), number(event.get("product_id"))
    found = SPU.objects.filter(out_product_id=ours) if ours else SPU.objects.filter(product_id=theirs)
    spu = found.first()
    if spu is None:
        return None
    after_our_own(spu)
    operations.refresh_spu(spu)
    return spu
