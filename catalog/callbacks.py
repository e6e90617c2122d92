"""WeChat tells that a product was decided or taken off sale; where it stands is read, never taken from the message."""

from wechat.callbacks import on
from wechat.models import Step

from . import operations
from .copies import number
from .models import SPU


class TooEarly(Exception):
    """Our own asking is still under way: the message is handled again in a moment."""


@on("open_product_spu_audit", "open_product_spu_status_update")
def product_changed(event):
    """Only says which product to read again; one we do not know comes with the next pull."""
    ours, theirs = event.get("out_product_id"), number(event.get("product_id"))
    found = SPU.objects.filter(out_product_id=ours) if ours else SPU.objects.filter(product_id=theirs)
    spu = found.first()
    if spu is None:
        return None
    if Step.objects.of(spu).filter(reads=False, state=Step.State.SENT).exists():
        raise TooEarly(ours)
    operations.refresh_spu(spu)
    return spu
