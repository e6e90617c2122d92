"""A large price cut takes two people: what is on sale for ¥199.00 is not sold for ¥1.99 by one person's slip."""

from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext as _

from console.approvals import Rule
from wechat.values import number

from .models import SPU


def cuts(spu: SPU) -> list[list]:
    """[[SKU, price online, our price]] in fen, of SKUs that would be cheaper by more than the setting allows."""
    if not settings.PRICE_CUT_SECOND_PERSON or not spu.online:
        return []
    least = 100 - settings.PRICE_CUT_SECOND_PERSON  # % of the price online
    prices = {sku.get("out_sku_id"): number(sku.get("sale_price")) or 0 for sku in spu.online.get("skus") or []}
    lowest = min(prices.values(), default=0)  # a new SKU stands beside the others
    if "skus" not in getattr(spu, "_prefetched_objects_cache", {}):
        spu.load_content()  # what is sent afterwards is what was looked at
    return [
        [f"{sku} ({sku.out_sku_id})", was, sku.sale_price]
        for sku in spu.skus.all()
        if sku.sale_price * 100 < (was := prices.get(sku.out_sku_id, lowest)) * least
    ]


def _why(spu: SPU) -> str:
    if not cuts(spu):
        return ""
    text = _("A price is cut by more than %(most)d %%: a second person has to approve.")
    return text % {"most": settings.PRICE_CUT_SECOND_PERSON}


PRICE_CUT = Rule(
    "price-cut",
    permission="console.approve_acts",
    why=_why,
    mark=lambda spu: sha256(repr(cuts(spu)).encode()).hexdigest(),
    changes=cuts,
    again=True,
)
