"""Messages that a product was reviewed or taken off sale: they cause a read; the state is never set from a message."""

from wechat.callbacks import after_our_own, on
from wechat.messages import Event

from . import operations
from .models import SPU


@on("open_product_spu_audit", "open_product_spu_status_update")
def product_changed(event: Event) -> SPU | None:
    """Reads the product again; one that is not here yet is imported by the next pull, one deleted since is not read."""
    if ours := event.get("out_product_id"):
        spu = SPU.objects.filter(out_product_id=ours).first()
    else:
        spu = SPU.objects.filter(product_id=event.need_number("product_id")).first()
    if spu is None or not spu.may_refresh:
        return spu
    after_our_own(spu)
    operations.refresh_spu(spu)
    return spu
